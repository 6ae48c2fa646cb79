/* Text that grows, and JSON in it. A failed allocation ends the program. */
#ifndef PEER_TEXT_H
#define PEER_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct text {
	char *bytes;
	size_t length, size;
};

/* Appends; the bytes may move. */
void text_add(struct text *, const void *bytes, size_t length);
void text_add_integer(struct text *, int64_t);
/* Appends these UTF-8 bytes as a JSON string with its quotes. */
void text_add_json(struct text *, const char *bytes, size_t length);
void text_free(struct text *);

/* Appends a string constant. */
#define TEXT_ADD(text, constant) text_add((text), "" constant, sizeof(constant) - 1)

#endif

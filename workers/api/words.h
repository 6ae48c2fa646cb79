/* Texts of a declaration that are JSON, without quotes, in which placeholders stand for what only a
 * request says. */
#ifndef POSTERN_WORDS_H
#define POSTERN_WORDS_H

#include "buf.h"
#include "str.h"

/* What the placeholders stand for: texts that need no escaping in JSON. ptr NULL: the placeholder
 * is text like any other. */
struct said {
	struct str id;    /* "{id}": a key */
	struct str field; /* "{field}": the name of a field */
};

/* Appends the text. */
void words_write(struct buf *out, const char *text, const struct said *said);

#endif

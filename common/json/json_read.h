/*
 * Parses JSON text to a tree, with the grammar, messages and error positions of CPython's json
 * module, which are part of the answers (422 json_invalid). Beyond RFC 8259 it accepts NaN,
 * Infinity and -Infinity.
 */
#ifndef POSTERN_JSON_READ_H
#define POSTERN_JSON_READ_H

#include "arena.h"
#include "json.h"
#include "str.h"

#include <stddef.h>

enum {
	JSON_READ_DEPTH_MAX = 65200, /* nesting of arrays and objects */
	JSON_READ_DIGITS_MAX = 4300, /* digits of an integer: the limit of CPython's int() */
};

enum json_outcome {
	JSON_OK,
	JSON_SYNTAX,  /* see struct json_error */
	JSON_REFUSED, /* a limit above is exceeded before any syntax error */
};

struct json_error {
	const char *message; /* static */
	size_t position;     /* number of code points before the error */
};

/* Parses text that json_text_decode has returned. On JSON_OK *root is the tree, in the arena; it
 * borrows strings from text. On JSON_SYNTAX *error is set. Takes linear time (n log n in the keys
 * of an object) and at most about 20 bytes of memory per byte of text. */
enum json_outcome json_read(struct arena *arena, struct str text, const struct json **root,
	struct json_error *error) __attribute__((warn_unused_result));

#endif

/*
 * JSON text to a tree, with the grammar, the messages and the positions of CPython's json module:
 * they are part of the answers (422 json_invalid) that clients of the API know. Beyond RFC 8259 it
 * takes NaN, Infinity and -Infinity.
 */
#ifndef POSTERN_JSON_READ_H
#define POSTERN_JSON_READ_H

#include "arena.h"
#include "json.h"
#include "str.h"

#include <stddef.h>

enum {
	JSON_READ_DEPTH_MAX = 65200, /* arrays and objects inside one another */
	JSON_READ_DIGITS_MAX = 4300, /* of an integer: int() of CPython takes no more */
};

enum json_outcome {
	JSON_OK,
	JSON_SYNTAX,  /* see struct json_error */
	JSON_REFUSED, /* one of the limits above is passed, before any error of syntax */
};

struct json_error {
	const char *message; /* a literal */
	size_t position;     /* code points before the error */
};

/* Reads text, which json_text_decode has made. On JSON_OK *root is the tree; it lives in the arena
 * and borrows from the text. On JSON_SYNTAX *error is set. Time is linear (n log n for the keys of
 * an object with many), memory at most some 20 bytes per byte of text. */
enum json_outcome json_read(struct arena *arena, struct str text, const struct json **root,
	struct json_error *error) __attribute__((warn_unused_result));

#endif

/*
 * A JSON value as a tree of small nodes in an arena, shared by reader, validation and writer.
 *
 * Text is WTF-8: UTF-8 in which a lone surrogate (in JSON "\ud800") is encoded as three bytes,
 * ED A0..BF xx.
 */
#ifndef POSTERN_JSON_H
#define POSTERN_JSON_H

#include "str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_type {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_INT,
	JSON_FLOAT,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
	JSON__COUNT
};

/*
 * The children of an array are its items; those of an object are key, value, key, value and so on,
 * with unique keys. Each container links to its parent, so that a walk over the tree needs no
 * stack, however deep the nesting.
 */
struct json {
	struct json *next;  /* in the same container; NULL in the last child */
	uint32_t count;     /* a string's code points; an array's items; an object's members */
	uint8_t type;       /* enum json_type */
	bool has_surrogate; /* a string with a lone surrogate: not valid Unicode text */
	union {
		struct str text; /* of a string; of an integer its digits, of any magnitude */
		double number;   /* of a float; may be NaN or infinite */
		struct {
			struct json *first;  /* of an array or object; NULL if it is empty */
			struct json *parent; /* NULL for the root */
		};
	};
};

_Static_assert(sizeof(struct json) <= 32, "a body of n bytes can hold n/2 nodes");

/* The value of a key, which is compared byte by byte; NULL if the object does not have it. */
static inline const struct json *json_get(const struct json *object, struct str key)
{
	for (const struct json *k = object->first; k; k = k->next->next) {
		if (str_equal(k->text, key))
			return k->next;
	}
	return NULL;
}

/* True if a string or a key in the value, or the value itself, has a lone surrogate. */
bool json_has_surrogate(const struct json *value);

#endif

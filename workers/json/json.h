/*
 * A JSON value as a tree of small nodes in an arena. Reader, validation and writer share it.
 *
 * Text is WTF-8: UTF-8 in which a lone surrogate (JSON can spell one as "\ud800") stands as its
 * three bytes, ED A0..BF xx.
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
 * each key once. Every container knows the one around it, so that a walk over the tree needs no
 * stack, however deep it is nested.
 */
struct json {
	struct json *next;  /* in the same container; NULL is the last */
	uint32_t count;     /* a string's code points; an array's items; an object's members */
	uint8_t type;       /* enum json_type */
	bool has_surrogate; /* a string that is no Unicode text: a lone surrogate is in it */
	union {
		struct str text; /* of a string; of an integer its digits, without limit of size */
		double number;   /* of a float; NaN and the infinities are possible */
		struct {
			struct json *first;  /* of an array or object; NULL when it is empty */
			struct json *parent; /* NULL for the top value */
		};
	};
};

_Static_assert(sizeof(struct json) <= 32, "a body of n bytes can hold n/2 nodes");

/* The value of a key, compared byte by byte; NULL if the object has no such key. */
static inline const struct json *json_get(const struct json *object, struct str key)
{
	for (const struct json *k = object->first; k; k = k->next->next) {
		if (str_equal(k->text, key))
			return k->next;
	}
	return NULL;
}

#endif

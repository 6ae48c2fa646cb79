/*
 * Values that a client could send for a field, as JSON, from the field's declaration. Whether a
 * key is that of a row is not known here.
 */
#ifndef POSTERN_FIELD_VALUE_H
#define POSTERN_FIELD_VALUE_H

#include "arena.h"
#include "resource.h"

/* A valid value. Other numbers n give other values, as far as the field has so many. Of a field
 * with a pattern it is valid unless none was found by chance. */
struct str field_value(struct arena *arena, const struct field *f, uint64_t n);

/* A valid value of a text field with this length in code points, which may be out of the field's
 * bounds. Of an e-mail address the length is at least FIELD_VALUE_EMAIL_LEAST, of a URL at least
 * FIELD_VALUE_URL_LEAST. */
enum { FIELD_VALUE_EMAIL_LEAST = 6, FIELD_VALUE_URL_LEAST = 12 };
struct str field_value_of_length(
	struct arena *arena, const struct field *f, uint64_t n, size_t length);

/* A list with this many valid items. */
struct str field_value_of_items(
	struct arena *arena, const struct field *f, uint64_t n, size_t items);

#endif

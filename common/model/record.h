/*
 * A typed scalar, and a record: the values of one row, or the part of one that a client sent.
 */
#ifndef POSTERN_RECORD_H
#define POSTERN_RECORD_H

#include "resource.h"

enum value_kind {
	VALUE_NULL,
	VALUE_INT,
	VALUE_STR,
	VALUE_ZONED /* a FIELD_DATETIME that has a zone: integer and offset */
};

enum { VALUE_OFFSET_MOST = 24 * 60 * 60 };

struct value {
	enum value_kind kind;
	int32_t offset; /* VALUE_ZONED: seconds ahead of UTC, at most that many either way */
	union {
		int64_t integer; /* FIELD_INT, FIELD_DATETIME */
		struct str text; /* borrowed: UTF-8, may hold NUL */
	};
};

struct record {
	const struct resource *resource;
	uint32_t present; /* bit i: values[i] says something; else the field was absent */
	struct value values[RESOURCE_MAX_FIELDS];
};

static inline bool record_has(const struct record *r, unsigned field)
{
	return (r->present >> field & 1) != 0;
}

static inline void record_set(struct record *r, unsigned field, struct value value)
{
	r->present |= UINT32_C(1) << field;
	r->values[field] = value;
}

static inline struct value value_null(void)
{
	return (struct value){ .kind = VALUE_NULL };
}

static inline struct value value_int(int64_t integer)
{
	return (struct value){ .kind = VALUE_INT, .integer = integer };
}

/* The moment is the day and time that the text names, as if it were in UTC. */
static inline struct value value_zoned(int64_t moment, int32_t offset)
{
	return (struct value){ .kind = VALUE_ZONED, .offset = offset, .integer = moment };
}

static inline struct value value_text(struct str text)
{
	return (struct value){ .kind = VALUE_STR, .text = text };
}

/* How a type's values are held when they are not null; a date that another program has written may
 * also be VALUE_ZONED. */
extern const enum value_kind value_kinds[FIELD_TYPE__COUNT];

static inline enum value_kind value_kind_of(enum field_type type)
{
	return value_kinds[type];
}

/* May a client send this record? Only input fields are present; each value is null or of its
 * field's kind, and text is UTF-8 (RFC 3629) within its bounds. When whole, no input field is
 * absent and none is null. dbd asks this of every record that a worker sends. */
bool record_is_input(const struct record *r, bool whole);

/* The input fields that are present and null, as bits. */
uint32_t record_nulls(const struct record *r);

#endif

/*
 * Values and records. A value is a typed scalar. A record has the values of one row, or those
 * fields of a row that a client sent.
 */
#ifndef POSTERN_RECORD_H
#define POSTERN_RECORD_H

#include "resource.h"

enum value_kind {
	VALUE_NULL,
	VALUE_INT,
	VALUE_STR,
	VALUE_ZONED /* a stored FIELD_DATETIME with a zone: integer and offset */
};

enum { VALUE_OFFSET_MOST = 24 * 60 * 60 /* seconds, either way */ };

struct value {
	enum value_kind kind;
	int32_t offset; /* VALUE_ZONED: seconds ahead of UTC */
	union {
		int64_t integer; /* FIELD_INT, FIELD_DATETIME */
		struct str text; /* borrowed; UTF-8 that may contain NUL */
	};
};

struct record {
	const struct resource *resource;
	uint32_t present; /* bit i: values[i] is set; else the field is absent */
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

/* The moment is the local day and time, in microseconds as if they were in UTC. */
static inline struct value value_zoned(int64_t moment, int32_t offset)
{
	return (struct value){ .kind = VALUE_ZONED, .offset = offset, .integer = moment };
}

static inline struct value value_text(struct str text)
{
	return (struct value){ .kind = VALUE_STR, .text = text };
}

/* The form of a field type's values. */
struct value_form {
	enum value_kind kind; /* of all values that are not null */
	bool may_have_zone;   /* a value that another program has stored may be VALUE_ZONED */
};

extern const struct value_form value_forms[FIELD_TYPE__COUNT];

static inline enum value_kind value_kind_of(enum field_type type)
{
	return value_forms[type].kind;
}

/* True if a client may send this record. Only input fields are present. Each value is null or of
 * its field's type, within the field's bounds; a text is UTF-8 (RFC 3629). With whole, each input
 * field is present and not null. dbd checks every record that a worker sends. */
bool record_is_input(const struct record *r, bool whole);

/* The fields that are present and null, as bits. */
uint32_t record_nulls(const struct record *r);

#endif

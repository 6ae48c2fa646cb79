/* A record has the values of one row, or those fields of a row that a client sent. */
#ifndef POSTERN_RECORD_H
#define POSTERN_RECORD_H

#include "resource.h"
#include "value.h"

#include <string.h>

struct record {
	const struct resource *resource;
	uint64_t present; /* bit i: values[i] is set; else the field is absent */
	struct value values[RESOURCE_MAX_FIELDS];
};

static inline bool record_has(const struct record *r, unsigned field)
{
	return (r->present >> field & 1) != 0;
}

/* All fields of a resource that have a column, as bits: those of a row. */
static inline uint64_t record_all(const struct resource *r)
{
	return UINT64_MAX >> ((64 - resource_columns(r)) & 63);
}

/* All fields of a resource, as bits. */
static inline uint64_t record_fields(const struct resource *r)
{
	return UINT64_MAX >> (64 - r->nfields);
}

static inline void record_set(struct record *r, unsigned field, struct value value)
{
	r->present |= UINT64_C(1) << field;
	r->values[field] = value;
}

/* The number of values, from the first on, that are used. A record has room for many more, and may
 * be allocated without them. */
static inline size_t record_used(const struct record *r)
{
	return r->present ? 64 - (size_t)__builtin_clzll(r->present) : 0;
}

/* Copies the values that are used. */
static inline void record_copy(struct record *to, const struct record *from)
{
	to->resource = from->resource;
	to->present = from->present;
	memcpy(to->values, from->values, record_used(from) * sizeof(*to->values));
}

/* The form of a field type's values. */
struct value_form {
	enum value_kind kind; /* of all values that are not null */
	bool may_have_zone;   /* a value may be VALUE_ZONED */
};

extern const struct value_form value_forms[FIELD_TYPE__COUNT];

static inline enum value_kind value_kind_of(enum field_type type)
{
	return value_forms[type].kind;
}

/* True if a client may send this value for the field: one that is refused, or one of the field's
 * type and within its bounds, as for a record below. */
bool value_is_input(const struct value *v, const struct field *f);

/* True if a client may send this record with the operation, which has a body. Only members of the
 * body are present, and all of them unless the operation is partial. Each value is refused or of
 * its member's type, within the bounds that value.h and the member's lengths and choices set; a
 * text is UTF-8 (RFC 3629). A value is null only if the member may be, or is by default. Limits,
 * digits and patterns are not checked. dbd checks every record that a worker sends. */
bool record_is_input(const struct record *r, const struct operation *operation);

/* The fields that are present and that no row can have like this: those that are refused, and those
 * that are null and not nullable. As bits. */
uint64_t record_refused(const struct record *r);

#endif

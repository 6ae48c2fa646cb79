/*
 * Records as JSON objects, as Pydantic's serializer writes them: the input fields first, then the
 * others, each in the declared order, without the hidden ones.
 */
#ifndef POSTERN_RECORD_JSON_H
#define POSTERN_RECORD_JSON_H

#include "arena.h"
#include "buf.h"
#include "record.h"
#include "value_json.h"

/* A resource's fields in the order of the JSON object. */
struct record_json {
	unsigned nfields;
	struct record_json_field {
		unsigned index;    /* in the resource and in a record */
		struct str before; /* {"name": or ,"name": */
		const struct field *field;
		value_json_writer *write;
	} * fields;
};

/* Makes the form of every resource of the API in the arena. Called once, before the first
 * record_json_of. */
void record_json_prepare(struct arena *arena);

/* The prepared form of a resource of the API. */
const struct record_json *record_json_of(const struct resource *r);

/* Makes the form of any resource in the arena. */
void record_json_init(struct record_json *json, const struct resource *r, struct arena *arena);

/* Appends one object. With open, its last brace is left out, so that embedded children can follow.
 * The record must be of the resource that json was made for. Absent fields are null. The buffer's
 * failure is sticky. */
void record_json_write(
	struct buf *out, const struct record_json *json, const struct record *record, bool open);

/* Appends one value of a field, of any kind, as it is in the object. */
void record_json_value(struct buf *out, const struct field *f, const struct value *v);

#endif

/*
 * Rows as JSON objects, as Pydantic's serializer writes them: the members of a schema in its order.
 * Each schema of the API has a form, which is prepared once.
 */
#ifndef POSTERN_RECORD_JSON_H
#define POSTERN_RECORD_JSON_H

#include "arena.h"
#include "buf.h"
#include "record.h"
#include "value_json.h"

/* A schema's members in the order of the JSON object. */
struct record_json {
	unsigned nfields;
	struct record_json_field {
		unsigned index;    /* in the resource and in a record */
		struct str before; /* {"name": or ,"name": */
		const struct field *field;
		value_json_writer *write;
	} * fields;
	/* The members that are not fields divide the fields into nembeds + 1 parts. */
	unsigned nembeds;
	struct record_json_embed {
		const struct member *member;
		struct str before; /* {"name": or ,"name": and for an array its bracket */
		struct str none;   /* what follows if there are no rows: null or ] */
		unsigned nfields;  /* of the parts before it */
	} * embeds;
	uint64_t shape; /* of the schema */
};

/* A member of a schema that is not a field: where its rows belong. */
struct embed_json {
	const struct record_json *in; /* the form of the objects that have the member */
	unsigned place;               /* in the embeds of that */
	bool is_array;
	const struct record_json *json; /* the form of its rows */
	uint64_t shape;                 /* of its rows, in digests */
};

/* Makes the forms of all schemas of the API in the arena. Called once, before record_json_of and
 * embed_json_of. */
void record_json_prepare(struct arena *arena);

/* The prepared form of a schema of the API. */
const struct record_json *record_json_of(const struct schema *schema);

/* Where the rows of a member of the API belong; not a field. */
const struct embed_json *embed_json_of(const struct member *m);

/* Makes the form of any schema in the arena. */
void record_json_init(struct record_json *json, const struct schema *schema, struct arena *arena);

/* Appends an object without embeds. The record must be of the resource that json was made for.
 * Absent fields are null. The buffer's failure is sticky. */
void record_json_write(
	struct buf *out, const struct record_json *json, const struct record *record);

/* Appends the part of an object with embeds that is before the first one. */
void record_json_begin(
	struct buf *out, const struct record_json *json, const struct record *record);

/* Pushes the parts behind the embeds, for record_json_pop, to which the values need not last. Does
 * nothing if there are no fields behind. */
void record_json_push(
	struct buf *parts, const struct record_json *json, const struct record *record);

/* Appends the part behind an embed: the last one that was pushed and not popped yet. */
void record_json_pop(struct buf *out, struct buf *parts, const struct record_json *json);

/* Appends one value of a field, of any kind, as it is in the object. */
void record_json_value(struct buf *out, const struct field *f, const struct value *v);

#endif

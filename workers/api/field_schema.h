/* JSON Schemas of fields, byte for byte as FastAPI writes those of Pydantic: Pydantic decides what
 * a schema has, FastAPI's model of OpenAPI in which order. */
#ifndef POSTERN_FIELD_SCHEMA_H
#define POSTERN_FIELD_SCHEMA_H

#include "arena.h"
#include "buf.h"
#include "resource.h"

/* What a schema is for. */
enum schema_form {
	SCHEMA_INPUT,    /* the class of a body */
	SCHEMA_OUTPUT,   /* the class of an answer */
	SCHEMA_PARAMETER /* a parameter: as input, in the order of Pydantic */
};

/* True if the member is in the list of required properties. In the class of an answer, too, a field
 * with a default that clients may send is not required, as it is inherited from the model that they
 * send. */
bool field_schema_requires(const struct member *m);

/* Appends the property of a MEMBER_FIELD with its name: "title":{…}. Scratch memory comes from the
 * arena. */
void field_schema_write(
	struct buf *out, const struct member *m, enum schema_form form, struct arena *arena);

/* Appends the schema of a parameter of a path or query. title: NULL for the one that its name
 * makes.
 */
void field_schema_write_parameter(
	struct buf *out, const struct field *f, const char *title, struct arena *arena);

/* The enumeration to which the field's schema refers; NULL: none. */
const struct choices *field_schema_enum(const struct field *f);

/* Appends the schema of an enumeration. */
void field_schema_write_enum(struct buf *out, const struct choices *choices);

#endif

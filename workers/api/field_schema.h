/* JSON Schemas of fields, byte for byte as FastAPI writes those of Pydantic: Pydantic decides what
 * a schema has, FastAPI's model of OpenAPI in which order. */
#ifndef POSTERN_FIELD_SCHEMA_H
#define POSTERN_FIELD_SCHEMA_H

#include "arena.h"
#include "buf.h"
#include "resource.h"

/* The schemas of a resource that have a field. */
enum schema_form {
	SCHEMA_CREATE,
	SCHEMA_UPDATE, /* each field may be absent or null */
	SCHEMA_RESPONSE
};

/* True if a schema of this form has the field: clients send it, or see it. */
bool field_schema_has(const struct field *f, enum schema_form form);

/* True if the field is in the list of required properties. In a response, too, a field with a
 * default that clients may send is not required, as it is inherited from the model that they send.
 */
bool field_schema_requires(const struct field *f, enum schema_form form);

/* Appends the property with its name: "title":{…}. Scratch memory comes from the arena. */
void field_schema_write(
	struct buf *out, const struct field *f, enum schema_form form, struct arena *arena);

/* The enumeration to which the field's schema refers; NULL: none. */
const struct choices *field_schema_enum(const struct field *f);

/* Appends the schema of an enumeration. */
void field_schema_write_enum(struct buf *out, const struct choices *choices);

#endif

/* The words that declare a field, of a property of a JSON Schema as Pydantic writes it. */
#ifndef POSTERN_IMPORT_WORDS_H
#define POSTERN_IMPORT_WORDS_H

#include "import_model.h"

/* A property without its null. */
struct import_type {
	const struct json *schema; /* of the value; of a decimal that of the number */
	bool nullable;
	bool decimal; /* as input: a number or a string */
};

/* Splits a property. Returns false if it is a union of other types. */
bool import_type_of(const struct json *property, struct import_type *type);

/* The name of the schema of objects that a property has: one, or null (array false), or an array of
 * them. ptr NULL: another property. */
struct str import_embedded_name(const struct import *im, const struct json *property, bool *array);

/* The words of a property: an object with "type" and so on, in the order in which a person writes
 * them. required: the schema's "required" has it. NULL: Postern has no such type; *reason says why
 * then. */
struct json *import_words(const struct import *im, struct str name, const struct json *property,
	bool required, const char **reason);

/* The words by which a property differs from a field; NULL: by none. */
struct json *import_words_differ(
	const struct import *im, const struct json *field, const struct json *words, bool required);

/* Copies description and examples, where they are. */
void import_put_notes(const struct import *im, struct json *words, const struct json *schema);

#endif

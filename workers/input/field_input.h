/*
 * Reads one value that a client sent for a field, as Pydantic's lax mode does: a JSON value of a
 * body, or a text of a query or a path, which is a JSON_STRING node.
 */
#ifndef POSTERN_FIELD_INPUT_H
#define POSTERN_FIELD_INPUT_H

#include "arena.h"
#include "issue.h"
#include "value.h"

/* The input of one field, and its outcome. */
struct field_input {
	struct arena *arena; /* for the texts of value and issues */
	const struct field *field;
	const struct json *json;
	bool is_change; /* of an update: a null, and an integer beyond 64 bits, become null, which
			   dbd refuses if the row is there */
	struct issues *issues;
	struct value value;
};

/* Sets value and returns true, or adds issues and returns false. Texts of the value are borrowed
 * from the input or the arena. */
bool field_input_read(struct field_input *input);

/* Adds the issue of a field whose valid input dbd has refused (FAULT_NULL_FIELD): a null, or an
 * integer beyond 64 bits. */
void field_input_refused(struct field_input *input);

/* Adds the issue of a field that is absent from an object. */
void field_input_missing(
	struct issues *issues, const struct field *field, const struct json *object);

#endif

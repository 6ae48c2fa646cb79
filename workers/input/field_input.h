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
	const struct field *array; /* the array whose items the field is; NULL: none */
	size_t item;               /* of the array: the index of this one */
	enum issue_place place;    /* of issues: IN_FIELD (0), IN_QUERY or IN_PATH */
	const struct json *json;
	bool optional;      /* null is valid, too; dbd refuses it if the column is not nullable */
	bool storable_only; /* what no column can store gets an issue, and else VALUE_REFUSED */
	struct issues *issues;
	struct value value;
};

/* Sets value and returns true, or adds issues and returns false. Texts of the value are borrowed
 * from the input or the arena. */
bool field_input_read(struct field_input *input);

/* Adds the issue of an input that was read and that dbd has refused (FAULT_REFUSED). */
void field_input_refused(struct field_input *input);

/* Adds the issue of a field that is absent from input->json, an object; NULL: from a query. */
void field_input_missing(struct field_input *input);

/* Returns a text of a query or a path, which is valid UTF-8, as the string of a body. The node is
 * in the arena, its text is borrowed. */
const struct json *field_input_string(struct arena *arena, struct str text);

#endif

/*
 * The readers of the field types, one module for each kind, and what they share. Only field_input.c
 * and these modules include this.
 *
 * A reader gets an input of a JSON type that its field type accepts. It sets input->value and
 * returns true, or adds issues and returns false.
 */
#ifndef POSTERN_FIELD_KINDS_H
#define POSTERN_FIELD_KINDS_H

#include "field_input.h"

/* Adds an issue and returns it, for further members. */
struct issue *field_issue_add(struct field_input *input, enum issue_type type, int64_t limit);

/* Adds an issue and returns false. */
bool field_issue(struct field_input *input, enum issue_type type, int64_t limit);

/* The value is valid, but no column can store it: it becomes VALUE_REFUSED, which dbd refuses once
 * it has found the row. Returns false if that is not wanted (storable_only): the reader adds an
 * issue. */
bool field_leaves_to_dbd(struct field_input *input);

/* The same; adds the issue, unless dbd adds it, and returns false then. */
bool field_unstorable(struct field_input *input, enum issue_type type);

/* Adds the issue of a value, which has been read, that some database could store, and that of this
 * server cannot. */
void field_beyond_column(struct field_input *input);

/* Sets *integer if the number is one of 64 bits (float_as_int of pydantic-core), or else *issue. */
bool integer_of_double(double number, int64_t *integer, enum issue_type *issue);

bool read_integer(struct field_input *input);
bool read_number(struct field_input *input);
bool read_decimal(struct field_input *input);
bool read_boolean(struct field_input *input);
bool read_enum(struct field_input *input);
bool read_literal(struct field_input *input);
bool read_text(struct field_input *input);
bool read_email(struct field_input *input);
bool read_date(struct field_input *input);
bool read_time(struct field_input *input);
bool read_datetime(struct field_input *input);
bool read_uuid(struct field_input *input);
bool read_url(struct field_input *input);
bool read_object(struct field_input *input);

/* Reads an array, and each item with the given reader. */
bool read_items(struct field_input *input, bool (*read)(struct field_input *item));

#endif

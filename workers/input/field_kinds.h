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

/* True if the text of an integer is negative. */
bool integer_is_negative(struct str integer);

/* Adds the issue of an integer beyond 64 bits. */
bool integer_out_of_range(struct field_input *input);

bool read_integer(struct field_input *input);
bool read_text(struct field_input *input);
bool read_email(struct field_input *input);
bool read_datetime(struct field_input *input);

#endif

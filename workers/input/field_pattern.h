/*
 * The patterns of the API's fields. A pattern is compiled when it is first needed: a worker with
 * thousands of them starts without delay, and those that nobody uses cost no memory.
 */
#ifndef POSTERN_FIELD_PATTERN_H
#define POSTERN_FIELD_PATTERN_H

#include "resource.h"

/* Takes note of all fields with a pattern, and forgets those of an earlier API. The API is borrowed
 * until field_patterns_close. */
void field_patterns_open(const struct api *declared);
void field_patterns_close(void);

/* True if the text, strict UTF-8, matches the pattern of the field, which must have one. Aborts for
 * a pattern that is not valid: the master has refused it. */
bool field_pattern_matches(const struct field *field, struct str text);

#endif

/*
 * The JSON of values, as Python's json.dumps and isoformat() write them: the form of defaults in a
 * declaration and in OpenAPI, and of items in an array's text. Zones are as Pydantic writes them.
 * Answers differ in some types (workers/api/record_json.c).
 */
#ifndef POSTERN_VALUE_JSON_H
#define POSTERN_VALUE_JSON_H

#include "buf.h"
#include "resource.h"

/* Appends a value of the field that is not null. The buffer's failure is sticky. */
typedef void value_json_writer(struct buf *out, const struct field *f, const struct value *v);

/* The writer of a type:
 *
 *	numbers                "1.5", "1e-05"; null for NaN and infinities
 *	booleans               true or false
 *	enums, literals        the value; null for an index beyond the choices
 *	dates                  "2026-01-02"
 *	times, datetimes       "03:04:05.000006", "2026-01-02T03:04:05": six digits of a fraction
 *	                       unless it is 0; of VALUE_ZONED then Z for UTC, else "+02:00"
 *	objects, arrays        the text of the value, which is JSON
 *	the other texts        a JSON string
 *
 * Every integer can be written: of a day or a moment outside of the years 0 to 9999 the length is
 * right and the digits are meaningless. */
value_json_writer *value_json_writer_of(enum field_type type);

/* Appends a value of the field, which may be null. */
void value_json_write(struct buf *out, const struct field *f, const struct value *v);

/* Appends the value of one of the choices, or null if the index is beyond them. */
void value_json_write_choice(struct buf *out, const struct choices *choices, int64_t index);

#endif

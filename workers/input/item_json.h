/* Writes one converted item of an array into the JSON text that is the array's value. */
#ifndef POSTERN_ITEM_JSON_H
#define POSTERN_ITEM_JSON_H

#include "buf.h"
#include "resource.h"

/* Appends a value of a scalar field, in the form in which answers show a field of that type;
 * numbers as Python's json.dumps writes them. An integer beyond 64 bits is a VALUE_STR, its digits.
 */
void item_json_write(struct buf *out, const struct field *field, const struct value *value);

#endif

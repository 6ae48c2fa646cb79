/* Arrays of texts, as parameters: one of them has the values of several rows. */
#ifndef POSTERN_PG_VALUE_ARRAY_H
#define POSTERN_PG_VALUE_ARRAY_H

#include "buf.h"

/* Appends an element to the array that begins at this offset of the buffer; NULL: null. */
void pg_array_add(struct buf *out, size_t begin, const char *text);

/* Ends the array, also one without an element, and adds a NUL. */
void pg_array_end(struct buf *out, size_t begin);

#endif

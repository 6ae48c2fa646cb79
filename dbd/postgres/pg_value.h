/*
 * Values as PostgreSQL's texts: parameters and results in the text format, by a table of types. The
 * session writes dates in ISO form (DateStyle), and times with a zone in its own TimeZone, which is
 * honoured as the reference honours it.
 */
#ifndef POSTERN_PG_VALUE_H
#define POSTERN_PG_VALUE_H

#include "arena.h"
#include "buf.h"
#include "key.h"
#include "record.h"

/* The text of a parameter for a column of this field, NUL-terminated, in the arena or static; NULL:
 * null. What the column does not store is left out as SQLAlchemy and the driver do. The text must
 * have no NUL: see pg_value_fits. */
const char *pg_value_text(struct arena *arena, const struct field *f, const struct value *value);

/* False if no column of PostgreSQL can store this value for the field: a text with a NUL, an
 * integer beyond the column's type, a decimal beyond numeric. */
bool pg_value_fits(const struct field *f, const struct value *value);

/* The same for a key. */
const char *pg_key_text(struct arena *arena, const struct field *f, struct key key);

/* Appends one key to an array that pg_key_array_end ends: "{1,2". */
void pg_key_array_add(struct buf *out, const struct field *f, struct key key);
void pg_key_array_end(struct buf *out);

/* Reads a column; text NULL: null. Texts are borrowed, or what is converted is in the arena. False:
 * the field's type does not allow it. */
bool pg_value_read(
	struct arena *arena, const struct field *f, struct str text, struct value *value);

/* Reads a key; text NULL: none. */
bool pg_key_read(const struct field *f, struct str text, struct key *key);

/* True if these fields of the record read back as they are once they are stored. */
bool pg_value_keeps(const struct record *record, uint64_t fields);

#endif

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
 * null, which a refused value is, too. A moment with a
 * zone is converted to UTC; one that dbd sets (FIELD_NOW, FIELD_NOW_TOO) is in UTC, and says so if
 * the column has a zone. The text must have no NUL: see pg_value_fits. */
const char *pg_value_text(struct arena *arena, const struct field *f, const struct value *value);

/* False if the column cannot store this value of the field: a text with a NUL, or longer than the
 * column, an integer beyond 4 bytes, a decimal beyond the column's digits, a moment with a zone
 * that is beyond the years 1 to 9999 in UTC, where no row could be read that has it. A key of
 * another row always fits, as the statements find no such row. */
bool pg_value_fits(const struct field *f, const struct value *value);

/* False if no column can be compared with this value: the same, but an integer may have 8 bytes,
 * a text any length, and a decimal any number of digits that a numeric has. */
bool pg_value_compares(const struct field *f, const struct value *value);

/* The text of a key. */
const char *pg_key_text(struct arena *arena, const struct field *f, struct key key);

/* Appends one key to an array, the only content of `out`: "{1,2". pg_key_array_end ends it, also
 * without a key, and adds a NUL. */
void pg_key_array_add(struct buf *out, const struct field *f, struct key key);
void pg_key_array_end(struct buf *out);

/* Reads a column; text NULL: null. Texts are borrowed, or what is converted is in the arena. False:
 * the field's type does not allow it. */
bool pg_value_read(
	struct arena *arena, const struct field *f, struct str text, struct value *value);

/* Reads a key. If the text is NULL the key is key_none. Returns false if the text is no key of the
 * field's type. */
bool pg_key_read(const struct field *f, struct str text, struct key *key);

/* True if these fields of the record, which are present, certainly read back as they are once they
 * are stored. utc: the session's TimeZone is UTC, so that a moment with a zone is read as it is if
 * that is UTC. */
bool pg_value_keeps(const struct record *record, uint64_t fields, bool utc);

#endif

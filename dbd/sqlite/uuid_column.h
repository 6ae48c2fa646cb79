/* UUIDs as SQLAlchemy stores them in SQLite: 32 hexadecimal digits (sqltypes.py, Uuid). */
#ifndef POSTERN_UUID_COLUMN_H
#define POSTERN_UUID_COLUMN_H

#include "uuid.h"

/* Writes the digits of a value, without a NUL. */
void uuid_column_store(const char value[UUID_LENGTH], char text[UUID_DIGITS]);

/* Writes the value, without a NUL, of a text that Python's class UUID accepts: with or without
 * hyphens, in braces, after "urn:uuid:", in either case. False: the text is no UUID. */
bool uuid_column_read(struct str text, char value[UUID_LENGTH]) __attribute__((warn_unused_result));

#endif

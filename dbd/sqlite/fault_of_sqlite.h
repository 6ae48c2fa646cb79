/* What an SQLite result code means: to clients a fault, to operators what is in the way and what to
 * do about it; by tables. */
#ifndef POSTERN_FAULT_OF_SQLITE_H
#define POSTERN_FAULT_OF_SQLITE_H

#include "buf.h"
#include "command.h"

/* code: extended or primary, anything but SQLITE_OK, SQLITE_ROW and SQLITE_DONE. */
enum fault fault_of_sqlite(int code);

/* Appends what keeps the database from being opened or copied, and the remedy where there is one.
 * said is SQLite's own message, which stands where that knows more. */
void store_explain(struct buf *out, int code, const char *said);

#endif

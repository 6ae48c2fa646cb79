/* Translates SQLite's result codes (https://www.sqlite.org/rescode.html) by tables: into faults for
 * clients, and into reasons with remedies for operators. */
#ifndef POSTERN_FAULT_OF_SQLITE_H
#define POSTERN_FAULT_OF_SQLITE_H

#include "buf.h"
#include "command.h"

/* The fault for an extended or primary code other than SQLITE_OK, SQLITE_ROW and SQLITE_DONE;
 * FAULT_INTERNAL if the table has no row for it. */
enum fault fault_of_sqlite(int code);

/* Appends the reason why a database cannot be opened or copied, and the remedy if the table has
 * one. `said` is SQLite's message, which is the reason where the table has none. */
void store_explain(struct buf *out, int code, const char *said);

#endif

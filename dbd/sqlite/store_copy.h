/* Whole databases, copied out of a store and into it; see copy.h. Functions that return int return
 * SQLite's extended result codes. */
#ifndef POSTERN_STORE_COPY_H
#define POSTERN_STORE_COPY_H

#include "copy.h"
#include "store.h"

/* Reader, outside of a transaction: copies the database, as it is now, into another. */
int store_copy(struct store *store, sqlite3 *to, struct copy_watch *watch)
	__attribute__((warn_unused_result));

/* Writer, outside of a transaction: replaces the contents of the database by those of another,
 * which has the same tables and page size, in one transaction, and invalidates everything. */
int store_replace(struct store *store, sqlite3 *from, struct copy_watch *watch)
	__attribute__((warn_unused_result));

/* True if a copy can replace this database; see copy_fit. */
bool store_fit(struct store *store, sqlite3 *copy, struct buf *error)
	__attribute__((warn_unused_result));

#endif

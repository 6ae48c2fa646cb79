/* What a writer's statements change, for changes.h: also by triggers, and by other processes. */
#ifndef POSTERN_STORE_CHANGES_H
#define POSTERN_STORE_CHANGES_H

#include "store.h"

#include <sqlite3.h>

/* Notes every row that the connection inserts, updates or deletes, also by triggers, in these
 * changes, which stay the caller's. SQLite does not report rows that REPLACE deletes, nor a DELETE
 * of all rows unless the authorizer returns SQLITE_IGNORE for it
 * (https://www.sqlite.org/c3ref/update_hook.html). */
void store_publish_changes(struct store *store, struct changes *changes);

/* Outside of a transaction, or in one that has changed nothing: invalidates everything if another
 * process has committed since the last call. Returns SQLite's extended code: unless it is SQLITE_OK
 * the next call detects the same again, and SQLite may have ended the transaction. */
int store_detect_foreign_commits(struct store *store);

/* What a statement has written. */
struct store_written {
	int rows;  /* of its own table, by itself: 0 if a trigger or a constraint ignored them */
	bool more; /* triggers have written rows, too, perhaps these again */
};

/* Executes a statement that writes rows of r, whose keys must have been noted if they are UUIDs, as
 * SQLite does not report them, and notes what triggers have changed elsewhere.
 * Returns SQLite's extended result code; *written is set only on SQLITE_OK. */
int store_write(struct store *store, const struct resource *r, sqlite3_stmt *statement,
	struct store_written *written) __attribute__((warn_unused_result));

/* The same for a statement that writes an association table: the lists of both its ends are noted,
 * with the READs that show linked rows. */
int store_write_links(struct store *store, const struct resource *table, sqlite3_stmt *statement,
	struct store_written *written) __attribute__((warn_unused_result));

/* True if the table of r has an ON CONFLICT clause. A write may then replace or ignore what is
 * taken or NULL, or end the transaction, where SQLite by default would refuse the statement. */
bool store_settles_conflicts(const struct store *store, const struct resource *r);

#endif

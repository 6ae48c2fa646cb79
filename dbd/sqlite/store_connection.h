/* Settings of a connection to SQLite. Functions return SQLite's extended result codes. */
#ifndef POSTERN_STORE_CONNECTION_H
#define POSTERN_STORE_CONNECTION_H

#include "store.h"

enum { STORE_BUSY_TIMEOUT = 5000 /* milliseconds to wait for a lock of another process */ };

/* Reads the first page of the file, whatever the file holds. */
#define STORE_LOOK "SELECT 1 FROM sqlite_schema LIMIT 1;"

/* Opens the file, or a database in memory if path is NULL. flags are those of sqlite3_open_v2. */
int store_connect(struct store *store, const char *path, int flags)
	__attribute__((warn_unused_result));

/* The settings of every connection. */
int store_configure(struct store *store) __attribute__((warn_unused_result));

/* The further settings of the writer: WAL, full synchronization, hooks. */
int store_configure_writer(struct store *store, bool memory) __attribute__((warn_unused_result));

/* Installs the hook that notes commits. Again after the struct has moved. */
void store_hook_commits(struct store *store);

#endif

/* Failures of SQLite and of the storage: how they become faults, and how a writer recovers. */
#ifndef POSTERN_STORE_FAILURE_H
#define POSTERN_STORE_FAILURE_H

#include "store.h"

/* SQLite returned rc for a statement of the command under way. Returns the fault; logs the reason
 * unless it is a conflict or the whole group has failed. */
enum fault store_fault(struct store *store, int rc);

/* The same, with a message of SQLite that store_error no longer returns. */
enum fault store_fault_with(struct store *store, int rc, const char *reason);

/* Before a group: SQLITE_OK if the file may be written, which costs a stat(2). After a failure of
 * the storage this reopens the file, once in each call, and returns the outcome. A file that was
 * moved or replaced is not written until it is back: SQLITE_READONLY_DBMOVED. */
int store_ready(struct store *store) __attribute__((warn_unused_result));

/* A group has failed with this code. Rolls back what is left of it. If the storage has failed, the
 * connection's knowledge of the file is not trusted from then on, and what the group wrote to the
 * log is made invalid as soon as that can be written; see store_ready. Logs the failure, but a full
 * or broken disk only once until a commit succeeds. */
void store_fail(struct store *store, int rc);

#endif

/* Transactions of a connection. */
#ifndef POSTERN_STORE_TRANSACTION_H
#define POSTERN_STORE_TRANSACTION_H

#include "store.h"

/* Returns SQLite's extended result code. A commit marks the changes before and settles them after.
 */
int store_step(struct store *store, enum engine_step step) __attribute__((warn_unused_result));

/* True while a transaction is open. SQLite ends one by itself when the disk is full or fails, or
 * memory runs out (https://www.sqlite.org/lang_transaction.html, 3). */
bool store_in_transaction(const struct store *store);

/* See engine.h. */
enum transaction store_transaction(const struct store *store);

#endif

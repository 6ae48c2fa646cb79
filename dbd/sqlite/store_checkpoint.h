/* Checkpoints of the writer, outside of a transaction. They never wait for readers. */
#ifndef POSTERN_STORE_CHECKPOINT_H
#define POSTERN_STORE_CHECKPOINT_H

#include "store.h"

enum { STORE_CHECKPOINT_EVERY = 4000 /* pages of the log */ };

/* Moves the log into the file whenever it has grown by STORE_CHECKPOINT_EVERY. Returns false if a
 * reader made that incomplete and the log is long, which is logged once. */
bool store_checkpoint_if_long(struct store *store);

/* Moves the log into the file now, and empties it unless a reader needs it. Returns SQLite's
 * extended code; sets the length of the log before and after, in pages. */
int store_checkpoint(struct store *store, int *before, int *after)
	__attribute__((warn_unused_result));

#endif

/* Checkpoints of the writer, outside of a transaction. They never wait for readers. */
#ifndef POSTERN_STORE_CHECKPOINT_H
#define POSTERN_STORE_CHECKPOINT_H

#include "store.h"

/* Pages of the log after which it is moved into the file. Writes wait meanwhile, so the number is
 * adapted to take STORE_CHECKPOINT_NS, within these bounds. */
enum {
	STORE_CHECKPOINT_FIRST = 1000,
	STORE_CHECKPOINT_LEAST = 200,
	STORE_CHECKPOINT_MOST = 4000,
	STORE_CHECKPOINT_NS = 8 * 1000 * 1000
};

/* The pages until the next checkpoint, after one of so many has taken so many nanoseconds: as many
 * as take STORE_CHECKPOINT_NS, but at most a quarter more than before. */
int store_checkpoint_next(int pages, uint64_t ns);

/* Moves the log into the file whenever it has grown by so many pages. Returns false if a
 * reader made that incomplete and the log is long, which is logged once. */
bool store_checkpoint_if_long(struct store *store);

/* Moves the log into the file now, and empties it unless a reader needs it. Returns SQLite's
 * extended code; sets the length of the log before and after, in pages. */
int store_checkpoint(struct store *store, int *before, int *after)
	__attribute__((warn_unused_result));

#endif

/*
 * Checkpoints of the writer, outside of a transaction. They never wait for readers.
 *
 * Writes wait for a checkpoint, most of all for the fsync of scattered pages. So the log is moved
 * into the file in slices, below an anchor (anchor.h), without an fsync; a thread has the device
 * write them meanwhile (writeback.h). After a round of slices, the few pages that are left are
 * moved with an fsync that finds little to do, and the log starts again from its beginning. When
 * nobody writes, a round ends early.
 *
 * SQLite remembers a slice as moved before it is synced. Should the fsync of the round fail, the
 * process ends: the next one recovers the log from its beginning and moves all of it again.
 */
#ifndef POSTERN_STORE_CHECKPOINT_H
#define POSTERN_STORE_CHECKPOINT_H

#include "store.h"

/* Pages of the log that are moved at a time. The number is adapted to take STORE_CHECKPOINT_NS,
 * within these bounds. */
enum {
	STORE_CHECKPOINT_FIRST = 250,
	STORE_CHECKPOINT_LEAST = 64,
	STORE_CHECKPOINT_MOST = 1000,
	STORE_CHECKPOINT_NS = 1000 * 1000,
	STORE_CHECKPOINT_ROUND = 3000 /* pages of the log after which it is to start again */
};

/* The pages of the next slice, after one of so many has taken so many nanoseconds: as many as take
 * STORE_CHECKPOINT_NS, but at most a quarter more than before. */
int store_checkpoint_next(int pages, uint64_t ns);

/* Has the device start early with what slices have written. fd: a descriptor of the database file,
 * borrowed until store_close (see file_lock.h). Without this, or if it fails, the fsync of each
 * round takes longer. */
void store_checkpoint_write_back(struct store *store, int fd);

/* After a group: moves a slice, or the rest, if the log has grown enough. Returns false if a reader
 * prevents that and the log is long, which is logged once. */
bool store_checkpoint_if_long(struct store *store);

/* Called while nobody writes, at intervals: ends the round if there was no group since the last
 * call. */
void store_checkpoint_if_idle(struct store *store);

/* Moves the log into the file now, and empties it unless a reader needs it. Returns SQLite's
 * extended code; sets the length of the log before and after, in pages. */
int store_checkpoint(struct store *store, int *before, int *after)
	__attribute__((warn_unused_result));

#endif

/*
 * A connection that only holds a snapshot, to bound what the writer's checkpoints move. SQLite
 * moves no commit that is newer than the oldest snapshot; it syncs the database file when it has
 * moved the whole log, and only then starts the log again from its beginning
 * (https://www.sqlite.org/wal.html#ckpt). So below an anchor a checkpoint copies pages without
 * waiting for the device, and the log still has all of them.
 *
 * It reads the first page, and never writes or checkpoints.
 */
#ifndef POSTERN_ANCHOR_H
#define POSTERN_ANCHOR_H

#include <stdbool.h>

struct anchor;

/* Opens the file, as sqlite3_open_v2 names it. NULL if that fails. */
struct anchor *anchor_open(const char *path);

/* Takes a snapshot of the newest commit, in place of the last one. False: there is none. */
bool anchor_set(struct anchor *anchor);

/* Ends the snapshot, if there is one. NULL is fine. */
void anchor_lift(struct anchor *anchor);

/* NULL is fine. */
void anchor_close(struct anchor *anchor);

#endif

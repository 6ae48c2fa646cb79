/*
 * What SQLite notes in the index of the log about checkpoints
 * (https://www.sqlite.org/walformat.html#the_wal_index_file_format): how many frames, from the
 * beginning of the log, need not be moved into the database any more. It does so without syncing
 * the database if the checkpoint could not move all of the log, and the index outlives the process
 * as long as any other has the file open.
 */
#ifndef POSTERN_WAL_INDEX_H
#define POSTERN_WAL_INDEX_H

#include <sqlite3.h>

/* Notes that no frame is moved, so that the next checkpoint, of whichever process, moves all of the
 * log again and syncs it; unless all of it is moved, which is noted after a sync. Waits for
 * another's checkpoint for at most so many milliseconds. The connection has a database in WAL mode,
 * has read from it, and is in no transaction. Returns SQLite's code; SQLITE_BUSY: the other's
 * checkpoint lasts. */
int wal_index_move_again(sqlite3 *db, int patience);

#endif

/*
 * A VFS of SQLite (https://www.sqlite.org/vfs.html) for connections that write. It writes the
 * frames that a transaction appends to the write-ahead log with one call of the operating system,
 * where SQLite makes two for each page: one for the frame's header, one for the page.
 *
 * Frames are the same, and so is the order of writes and syncs, but not the moment: appended
 * frames are held back at most until SQLite has appended the last frame of a commit, syncs,
 * truncates or asks for the size of the log, or reads from it. SQLite publishes a commit to readers
 * only after that, however `PRAGMA synchronous` is set. An error of the write that was delayed is
 * the result of the call that caused it, and SQLite rolls back.
 *
 * When a sync finds that the log has grown, it first writes zeros behind the frames, up to a
 * multiple of 1 MiB. The syncs that follow change no size of a file, so that a file system with a
 * journal has none to write, which takes as long as the frames. SQLite ends a log at the first
 * frame without the header's salt (https://www.sqlite.org/fileformat2.html#walformat), so zeros
 * mean nothing. If they cannot be written, the log ends with its frames.
 *
 * All other files are the default VFS's own.
 */
#ifndef POSTERN_WAL_VFS_H
#define POSTERN_WAL_VFS_H

#include <sqlite3.h>
#include <stdbool.h>

/* The name of the VFS, for sqlite3_open_v2; NULL, which means the default, if it cannot be
 * registered. The first call wraps the VFS that is the default then. Any thread may call it. */
const char *wal_vfs(void);

/* True: from now on a sync of this connection's log does nothing if the connection has written
 * nothing to it since the last one, which succeeded. That one has also synced what other
 * connections had written by then. Does nothing for a connection with another VFS. */
void wal_vfs_trust_last_sync(sqlite3 *db, bool trust);

#endif

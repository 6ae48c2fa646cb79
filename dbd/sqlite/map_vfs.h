/*
 * A VFS of SQLite (https://www.sqlite.org/vfs.html) for connections that only read: the default
 * one, but the pages of the database file come from the mapping of the process (file_map.h). SQLite
 * asks for them only if `PRAGMA mmap_size` is not 0, and never for pages whose newest version
 * is in the write-ahead log.
 *
 * SQLite's own mapping would end the process if a page cannot be read, is at most 2 GiB, and is
 * undone and made again, with all its page faults, whenever another connection has committed.
 */
#ifndef POSTERN_MAP_VFS_H
#define POSTERN_MAP_VFS_H

#include <sqlite3.h>
#include <stdbool.h>

/* The name of the VFS, for sqlite3_open_v2; NULL, which means the default, if it cannot be
 * registered. The first call wraps the VFS that is the default then. Any thread may call it. */
const char *map_vfs(void);

/* True if the database of this connection is the mapped file, opened by this VFS. */
bool map_vfs_is_of(sqlite3 *db);

#endif

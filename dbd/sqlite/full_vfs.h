/*
 * Makes SQLite treat a file that may not grow like a full disk. If the limit of file sizes
 * (RLIMIT_FSIZE) or a disk quota refuses a write, SQLite alone reports an I/O error; with this it
 * reports SQLITE_FULL, rolls the transaction back and continues.
 */
#ifndef POSTERN_FULL_VFS_H
#define POSTERN_FULL_VFS_H

/* Replaces the write calls of SQLite's default VFS (xSetSystemCall of sqlite3_vfs,
 * https://www.sqlite.org/c3ref/vfs.html). Must be called before any database is opened. SIGXFSZ
 * must be ignored. */
void full_vfs_install(void);

/* What refused the last refused write in this process: a text like " (File too large ...)", or ""
 * if no write was refused by limit or quota. Valid until the thread's next call. */
const char *full_vfs_reason(void);

#endif

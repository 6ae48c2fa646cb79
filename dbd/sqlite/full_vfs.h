/*
 * A file that may not grow, by the limit of file sizes (RLIMIT_FSIZE) or a disk quota, is to SQLite
 * an I/O error. Here it is what it is to everybody else: a full disk, of which SQLite takes back
 * the transaction and goes on.
 */
#ifndef POSTERN_FULL_VFS_H
#define POSTERN_FULL_VFS_H

/* Has SQLite write through this, before any database is opened. SIGXFSZ must be ignored. */
void full_vfs_install(void);

/* What kept a file from growing, if something of this kind did: " (File too large …)", else "".
 * This thread's, until its next call. */
const char *full_vfs_reason(void);

#endif

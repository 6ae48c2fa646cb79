/* The sandbox of dbd, entered when the database is open; see sandbox.h. */
#ifndef POSTERN_DBD_SANDBOX_H
#define POSTERN_DBD_SANDBOX_H

/* From now on this process may use files in the folder of the database, accept connections from its
 * listener and start threads; it may not open other sockets or start processes. path: the database
 * file, which must exist; symbolic links are resolved, since SQLite puts the log beside the actual
 * file. NULL for a database in memory: no files at all. Must be called before the writer starts.
 * Ends the process by log_die if it fails. */
void dbd_sandbox_enter(const char *path);

#endif

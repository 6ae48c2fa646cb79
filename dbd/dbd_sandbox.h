/* What dbd may do once the database is open; see sandbox.h. */
#ifndef POSTERN_DBD_SANDBOX_H
#define POSTERN_DBD_SANDBOX_H

/* From now on: files in the folder of the database (NULL: it is in memory, so none), accepting
 * from its listener, one more thread; no other socket, no other process. path is an existing file;
 * where it is a link, the folder is that of the file, as SQLite puts the log beside it. To be
 * called before the writer starts. */
void dbd_sandbox_enter(const char *path);

#endif

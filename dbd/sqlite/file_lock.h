/*
 * Who may write a database file: one dbd at a time, by flock(2) on the file. SQLite does not look
 * at that lock, so nobody else is kept from the file; but two dbds, as after the death of a master
 * that left its own behind, never write or checkpoint it at the same time (see store.h).
 */
#ifndef POSTERN_FILE_LOCK_H
#define POSTERN_FILE_LOCK_H

#include "buf.h"

#include <stdint.h>

/* Opens the file, makes it if it is absent, and locks it; waits at most so many milliseconds for
 * another to let go of it, which the log tells, and ends the process if the master dies meanwhile.
 * To be called while there is one thread, and before SQLite opens the file. Returns the descriptor,
 * or -1 and *error has one line: what, where, the remedy.
 *
 * It must stay open for as long as SQLite has the file open: closing any descriptor of a file drops
 * the fcntl(2) locks that the process has on it, which are SQLite's. */
int file_lock_take(const char *path, uint64_t patience, struct buf *error);

/* Another may write the file from now on. The descriptor stays open; -1 is fine. */
void file_lock_release(int fd);

/* Closes the descriptor, once SQLite has closed the file everywhere; -1 is fine. */
void file_lock_close(int fd);

#endif

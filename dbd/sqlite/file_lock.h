/*
 * A lock by flock(2) on the database file: the dbd that holds it is the only one that writes the
 * file. SQLite ignores this lock, so other programs are not affected. It prevents that two dbds
 * write or checkpoint the file at the same time, as a dbd that outlived its master and the next one
 * would (see store.h).
 */
#ifndef POSTERN_FILE_LOCK_H
#define POSTERN_FILE_LOCK_H

#include "buf.h"

#include <stdint.h>

/* Opens the file, creating it if it is absent, and locks it. If another process holds the lock,
 * logs that and waits, at most `timeout` milliseconds; exits with EXIT_CLEAN if the master dies
 * meanwhile. Must be called while the process has one thread, before SQLite opens the file; uses
 * SIGALRM. Returns the descriptor, or -1 with one line in *error that names the file, the reason
 * and the remedy.
 *
 * The descriptor must stay open as long as SQLite has the file open: closing any descriptor of a
 * file releases all fcntl(2) locks of the process on it, and SQLite's locks are such locks. */
int file_lock_take(const char *path, uint64_t timeout, struct buf *error);

/* Releases the lock, so that another dbd may write the file. The descriptor stays open. Does
 * nothing for -1; ends the process by log_die if it fails. */
void file_lock_release(int fd);

/* Closes the descriptor, after all connections of SQLite to the file are closed. Does nothing for
 * -1. */
void file_lock_close(int fd);

#endif

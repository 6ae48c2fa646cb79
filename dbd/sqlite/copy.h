/*
 * Copies of the database for backup and restore. A copy is a file beside the database: a backup is
 * made from the database, a restore replaces its content. All long operations can be aborted. Only
 * one thread may use this module.
 */
#ifndef POSTERN_COPY_H
#define POSTERN_COPY_H

#include "buf.h"

#include <sqlite3.h>

/* The purpose of a copy. Its file name is that of the database with "-backup" or "-restore"
 * appended.
 */
enum copy_purpose { COPY_BACKUP, COPY_RESTORE, COPY_PURPOSE__COUNT };

/* Progress and abort of an operation. goes_on is called every few hundred pages with the pages done
 * and their total, and during checks and copies of bytes with 0 and 0. If it returns false, the
 * operation ends with SQLITE_INTERRUPT. */
struct copy_watch {
	bool (*goes_on)(void *context, unsigned done, unsigned total);
	void *context;
};

/* Removes the copy with its journal, -wal and -shm, as a killed process leaves them. Errors are
 * ignored. path: of the database, symbolic links resolved (here and below). */
void copy_sweep(const char *path, enum copy_purpose purpose);

/* Opens the copy in exclusive locking mode, creating it if it is absent. The connection treats it
 * as an untrusted file (https://www.sqlite.org/security.html). *watch is borrowed until the
 * connection is closed, which the caller does by sqlite3_close. NULL: the reason was appended to
 * *error. */
sqlite3 *copy_open(
	const char *path, enum copy_purpose purpose, struct copy_watch *watch, struct buf *error);

/* Replaces the content of `to` by that of `from`, by SQLite's backup API
 * (https://www.sqlite.org/c3ref/backup_finish.html): in one transaction, a slice of pages at a
 * time. Returns SQLite's extended code. Unless it is SQLITE_OK, `to` has its old content; only a
 * database with a rollback journal may have the new one, if the journal could not be cleared. */
int copy_all(sqlite3 *to, sqlite3 *from, struct copy_watch *watch);

/* Turns the copy into a single file without a log and runs PRAGMA quick_check, without CHECK
 * constraints. False: the reason was appended to *error. */
bool copy_check(sqlite3 *copy, struct buf *error) __attribute__((warn_unused_result));

/* Prepares a copy to replace the content of `database`: it must have every table in the form that
 * schema.h requires, and the same text encoding. Creates missing indexes and converts the page
 * size. False: the reason was appended to *error. */
bool copy_fit(sqlite3 *copy, sqlite3 *database, struct buf *error)
	__attribute__((warn_unused_result));

/* The number of rows of a table, or -1 if it cannot be read. The name is not quoted: it must be a
 * declared one. */
int64_t copy_count_rows(sqlite3 *db, const char *table);

/* Creates the copy from the bytes of `from`, the descriptor of a regular file, which stays the
 * caller's. Returns 0 or an errno: EINTR if goes_on aborted it, EINVAL if `from` is not a regular
 * file, EEXIST if there is a copy. After an error a partial copy may remain. */
int copy_take(const char *path, enum copy_purpose purpose, int from, struct copy_watch *watch);

/* Makes the copy, whose connection is closed, a file of its own: syncs it, gives it the owner of
 * the database if this process may, and renames it to the name of the database with
 * ".backup-YYYYMMDDTHHMMSSZ" appended, the time in UTC; with "-2" and so on, if that exists. Says
 * the name. False: *said has the reason, and the copy is still there. */
bool copy_keep(const char *path, enum copy_purpose purpose, struct buf *said)
	__attribute__((warn_unused_result));

/* Opens the copy for reading and removes its name. Returns the descriptor, which the caller closes,
 * or -1 with errno. */
int copy_give(const char *path, enum copy_purpose purpose);

#endif

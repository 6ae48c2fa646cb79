/*
 * Copies of the database as files of their own, beside it: one that is made of it, and one that it
 * is to be made of. Nothing here is in a hurry, so all of it can be broken off.
 */
#ifndef POSTERN_COPY_H
#define POSTERN_COPY_H

#include "buf.h"

#include <sqlite3.h>

/* What a copy is for; each has one name: the database's with "-backup" or "-restore" behind it. */
enum copy_purpose { COPY_BACKUP, COPY_RESTORE, COPY_PURPOSE__COUNT };

/* Who has it made: called every few hundred pages, and while it is checked (with total 0). False:
 * break it off, with SQLITE_INTERRUPT. */
struct copy_watch {
	bool (*goes_on)(void *context, unsigned done, unsigned total);
	void *context;
};

/* Removes what a process that was killed has left of it. path is the database's, links resolved. */
void copy_sweep(const char *path, enum copy_purpose purpose);

/* Opens the copy, which may be empty or absent, for this process only. It is trusted no further
 * than any file of unknown origin. *watch stays the caller's. NULL: there is no memory, or *error
 * says what it is. */
sqlite3 *copy_open(
	const char *path, enum copy_purpose purpose, struct copy_watch *watch, struct buf *error);

/* Replaces all that is in one database by what is in the other, in one transaction and a slice of
 * pages at a time. Returns SQLite's extended code; unless it is SQLITE_OK nothing has changed. */
int copy_all(sqlite3 *to, sqlite3 *from, struct copy_watch *watch);

/* Makes it one file, with no log beside it, that PRAGMA quick_check finds in order. False: *error
 * says what is wrong. */
bool copy_check(sqlite3 *copy, struct buf *error) __attribute__((warn_unused_result));

/* Has it every table, as schema.h wants it, and texts encoded as in the database that it is to
 * replace? Indexes that are missing are made; its pages get the size of those there. False: *error
 * says what is wrong. */
bool copy_fit(sqlite3 *copy, sqlite3 *database, struct buf *error)
	__attribute__((warn_unused_result));

/* How many rows this table has; -1 if it cannot be read. The name is one of ours. */
int64_t copy_count_rows(sqlite3 *db, const char *table);

/* Copies the bytes of a regular file into the place of the copy. 0, or an errno; EINTR if it was
 * broken off. */
int copy_take(const char *path, enum copy_purpose purpose, int from, struct copy_watch *watch);

/* The copy's descriptor, to be read; its name is gone. -1 with errno. */
int copy_give(const char *path, enum copy_purpose purpose);

#endif

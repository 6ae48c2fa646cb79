/*
 * One connection to the SQLite file. A statement is prepared when it is first used. The writer does
 * all writes and all checkpoints; readers only read. SQLite 3.7.0 to 3.51.2 can corrupt a file when
 * one connection commits while another begins a checkpoint, so no second connection ever does
 * either.
 *
 * A connection belongs to one thread at a time. What a store does is spread over the modules
 * store_*.h; within them SQLite's extended result codes are returned, which become faults in
 * store_rows.h, store_writes.h and sqlite_engine.h.
 */
#ifndef POSTERN_STORE_H
#define POSTERN_STORE_H

#include "engine.h"

struct store;

/* Opens the file, creates it if it is absent, and ensures its schema. path is NULL for a database
 * in memory, which no other connection can open. NULL: *error has one line: what, where, the
 * remedy; after success it means nothing. */
struct store *store_open_writer(const char *path, struct buf *error);

/* Opens a file that exists and may have other tables than the declared ones, only to migrate it.
 * Its journal mode stays. NULL: *error has one line. */
struct store *store_open_to_migrate(const char *path, struct buf *error);

/* Once the writer is open. */
struct store *store_open_reader(const char *path, struct buf *error);

/* Opens the file again, whose schema is known, in the same way as the writer; without a check of
 * the path. Returns SQLite's extended result code, and the store in any case. */
int store_reopen_writer(const char *path, struct store **ret) __attribute__((warn_unused_result));

/* Rolls back and closes. If a writer is the last connection to the file, it moves the whole log
 * into the file: no -wal and no -shm stays. If that fails it logs why, and which files belong
 * together. NULL is fine. */
void store_close(struct store *store);

/* Sets up a reader whose rows are only shown: its page cache has this many KiB, and SQLite does not
 * check the sizes of all rows on a page that it reads, which took half of the instructions of a
 * read in a large file. It still checks what it follows. Returns SQLite's code. */
int store_set_up_answers(struct store *store, int kib) __attribute__((warn_unused_result));

/* Checks whether store_open_writer would accept the tables of a file, which other connections may
 * use. Changes nothing. True if there is no file; false: *error has one line. */
bool store_check(const char *path, struct buf *error) __attribute__((warn_unused_result));

#endif

/*
 * One connection to the SQLite file, with every statement of every resource prepared. The writer
 * does all writes and all checkpoints; readers only read. SQLite 3.7.0 to 3.51.2 can corrupt a file
 * when one connection commits while another begins a checkpoint, so there is never a second one
 * that does either.
 *
 * A connection belongs to one thread at a time. Functions return SQLite's extended result codes.
 */
#ifndef POSTERN_STORE_H
#define POSTERN_STORE_H

#include "changes.h"
#include "copy.h"
#include "sql.h"

#include <sqlite3.h>

struct store;

enum { STORE_CHECKPOINT_EVERY = 4000 /* pages of the log */ };

/* Opens the file, makes it if it is absent, and sees to its schema. path is NULL for a database in
 * memory, which nobody else can open. NULL: *error has one line: what, where, the remedy (else it
 * means nothing). */
struct store *store_open_writer(const char *path, struct buf *error);

/* Once the writer is open. */
struct store *store_open_reader(const char *path, struct buf *error);

/* Keeps the connection from caching more pages than so many KiB. */
int store_limit_cache(struct store *store, int kib) __attribute__((warn_unused_result));

/* Writer: from now on tells these changes of all that it commits. They stay the caller's. */
void store_publish_changes(struct store *store, struct changes *changes);

/* Writer: what is shown of this row changes with what the open transaction writes elsewhere. */
void store_note_change(struct store *store, const struct resource *r, int64_t key);

/* Writer, outside of a transaction: looks whether another program has committed since the last
 * time, and tells the changes if so. */
void store_detect_foreign_commits(struct store *store);

/* Gives up what is not committed and closes. A writer that is the last to have the file open puts
 * everything into it: no -wal and no -shm stays. If that cannot be done the log of events says why,
 * and which files belong together. NULL is fine. */
void store_close(struct store *store);

/* A resource's statement, reset; for purposes that apply to it. Reset it after use: until then it
 * holds on to its snapshot. NULL, of this and the next two, for a write that cannot be prepared, as
 * a trigger calls a function that is not there; store_error says why. bind.h takes it. */
sqlite3_stmt *store_statement(
	struct store *store, const struct resource *r, enum sql_purpose purpose);

/* The statement that changes these input fields, at least one: if it is one, no index of another is
 * written. If there are more, it writes all. */
sqlite3_stmt *store_statement_update(
	struct store *store, const struct resource *r, uint32_t fields);

/* The statement of sql_delete_below, for an r that is below the ancestor. */
sqlite3_stmt *store_statement_below(
	struct store *store, const struct resource *r, const struct resource *ancestor);

/* Steps a statement that returns no rows to its end and resets it; SQLITE_OK if that went well. */
int store_execute(sqlite3_stmt *statement) __attribute__((warn_unused_result));

/* What a statement has written. */
struct store_written {
	int rows;  /* of its own table, by itself: none if a trigger or a constraint ignored them */
	bool more; /* triggers wrote rows, too, perhaps these again */
};

/* Writer: the same for one that writes rows of r. Notes what triggers have changed elsewhere.
 * *written is set only on SQLITE_OK. */
int store_write(struct store *store, const struct resource *r, sqlite3_stmt *statement,
	struct store_written *written) __attribute__((warn_unused_result));

/* Writer: true if the table of r has an ON CONFLICT clause. Then a write may replace or ignore what
 * is taken or NULL, or end the transaction, where SQLite by default would refuse the statement. */
bool store_settles_conflicts(const struct store *store, const struct resource *r);

enum store_step {
	STORE_BEGIN_READ, /* the first read then takes the snapshot */
	STORE_BEGIN_WRITE,
	STORE_SAVEPOINT,
	STORE_RELEASE,
	STORE_ROLLBACK_TO, /* … the savepoint, which is then gone */
	STORE_COMMIT,
	STORE_ROLLBACK,
	STORE_STEP__COUNT
};

int store_step(struct store *store, enum store_step step) __attribute__((warn_unused_result));

/* Is a transaction open? SQLite gives one up by itself when the disk is full, fails, or memory ran
 * out (https://www.sqlite.org/lang_transaction.html, 3). */
bool store_in_transaction(const struct store *store);

/* A count that grows with each row that a statement has changed, and its triggers, unless a failure
 * took the statement back as a whole (https://www.sqlite.org/c3ref/total_changes.html). */
int store_changes(const struct store *store);

/* The key of the row inserted last. */
int64_t store_last_key(const struct store *store);

/* What SQLite says about the last failure: text, borrowed until the next call, and code. */
const char *store_error(const struct store *store);
int store_error_code(const struct store *store);

/* Writer, before a group: may it be written? SQLITE_OK costs a stat(2). After a failure of the
 * storage this opens the file anew, once with each call, and says how that went. A file that was
 * moved away or replaced is not written until it is back: SQLITE_READONLY_DBMOVED. */
int store_ready(struct store *store) __attribute__((warn_unused_result));

/* Writer: a group has failed, rc is SQLite's code for it. Takes back what is left of it. When it
 * was the storage, nothing that this connection knows of the file is trusted from then on, and what
 * the group wrote to the log is made invalid as soon as that can be written; see store_ready. Logs
 * what failed, but a full or broken disk only once until a commit succeeds. */
void store_fail(struct store *store, int rc);

/* Writer, outside of a transaction: moves the log into the file each time that it has grown by a
 * good deal. Never waits for a reader. False: one has kept this from getting done although the log
 * is long, which the log of events tells once. */
bool store_checkpoint_if_long(struct store *store);

/* Writer, outside of a transaction: the same at once, and the log begins anew unless a reader needs
 * it; never waits either. Tells how many pages it had, and has. */
int store_checkpoint(struct store *store, int *before, int *after)
	__attribute__((warn_unused_result));

/* Reader, outside of a transaction: copies the whole database, as it is now, into another. */
int store_copy(struct store *store, sqlite3 *to, struct copy_watch *watch)
	__attribute__((warn_unused_result));

/* Writer, outside of a transaction: all that is in the database becomes what is in the other one,
 * which has the same tables and size of pages, in one transaction that tells the changes. */
int store_replace(struct store *store, sqlite3 *from, struct copy_watch *watch)
	__attribute__((warn_unused_result));

/* Does a copy fit into the place of this database? See copy.h. */
bool store_fit(struct store *store, sqlite3 *copy, struct buf *error)
	__attribute__((warn_unused_result));

#endif

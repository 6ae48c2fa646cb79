#include "store_failure.h"

#include "changes.h"
#include "fault_of_sqlite.h"
#include "full_vfs.h"
#include "heartbeat.h"
#include "log.h"
#include "stats.h"
#include "store_changes.h"
#include "store_connection.h"
#include "store_state.h"
#include "store_transaction.h"

#include <stdio.h>

enum { PRAGMA_SIZE = 64 };

/* A failure of one command is logged with the command. If the transaction is lost the whole group
 * has failed, which store_fail logs once; but the schema may have ended it because of this command
 * alone. */
static bool is_logged_by_group(const struct store *store, int rc)
{
	const struct command *command = store->engine.command;

	return command && action_writes(command->action) && !store_in_transaction(store) &&
	       (rc & 0xff) != SQLITE_CONSTRAINT;
}

/* A statement that could not be prepared is NULL, for which bind.h returns SQLITE_ERROR; the
 * connection still has the code. */
static int code_of(const struct store *store, int rc)
{
	int last = store_error_code(store);
	bool failed = last != SQLITE_OK && last != SQLITE_ROW && last != SQLITE_DONE;

	return rc == SQLITE_ERROR && failed ? last : rc;
}

enum fault store_fault_with(struct store *store, int rc, const char *reason)
{
	rc = code_of(store, rc);
	enum fault fault = fault_of_sqlite(rc);

	store->failure = rc;
	if (fault != FAULT_CONFLICT && !is_logged_by_group(store, rc))
		engine_log_failure(&store->engine, fault, reason);
	return fault;
}

enum fault store_fault(struct store *store, int rc)
{
	const bool lost = rc == SQLITE_IOERR_MMAP;

	return store_fault_with(
		store, rc, lost ? "a page of the file cannot be read" : store_error(store));
}

/* Writes to a file that was moved away succeed, and then nobody finds them. */
static bool has_moved(const struct store *store)
{
	int moved = 0;

	return store->path &&
	       sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) ==
		       SQLITE_OK &&
	       moved;
}

/* A commit that changes nothing. It proves that the storage accepts writes. It also overwrites in
 * the log the commit that failed, which may be complete there, and which a recovery would then
 * apply. */
static int commit_nothing(struct store *store)
{
	sqlite3_stmt *statement;
	char pragma[PRAGMA_SIZE];
	int rc = sqlite3_prepare_v2(store->db, "PRAGMA user_version", -1, &statement, NULL);

	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_step(statement);
	int version = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	if (rc != SQLITE_ROW)
		return rc;
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", version);
	return sqlite3_exec(store->db, pragma, NULL, NULL, NULL);
}

/* The two structs swap their contents, but for what the fresh connection cannot know. */
static void take_over(struct store *store, struct store *fresh)
{
	struct store old = *store;

	*store = *fresh;
	*fresh = old;
	store->engine = old.engine;
	store->failure = old.failure;
	store->checkpoint = old.checkpoint;
	fresh->checkpoint = (struct store_checkpoint){ .file = -1 };
	store->logged = old.logged;
	store->is_file_writer = true;
	fresh->is_file_writer = false;
	store_hook_commits(store);
	if (old.engine.changes) {
		store_publish_changes(store, old.engine.changes);
		changes_invalidate_all(old.engine.changes);
	}
}

static int reopen(struct store *store)
{
	struct store *fresh;

	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_REOPENING);
	int rc = store_reopen_writer(store->path, &fresh);
	if (rc == SQLITE_OK)
		rc = commit_nothing(fresh);
	if (rc == SQLITE_OK)
		take_over(store, fresh);
	store_close(fresh);
	return rc;
}

int store_ready(struct store *store)
{
	if (has_moved(store))
		return SQLITE_READONLY_DBMOVED;
	return store->suspect ? reopen(store) : SQLITE_OK;
}

/* A disk that stays full or broken is logged once, not with every write. */
static void log_failure(struct store *store, int rc)
{
	enum fault fault = fault_of_sqlite(rc);
	bool lasts = fault == FAULT_FULL || fault == FAULT_STORAGE;

	if (lasts && store->logged && fault_of_sqlite(store->logged) == fault)
		return;
	if (lasts) {
		store->logged = rc;
		stats_set(STAT_STORAGE_FAILING, 1);
	}
	const char *reason = rc == SQLITE_READONLY_DBMOVED
				     ? "its file was moved, replaced or deleted"
				     : sqlite3_errstr(rc);
	log_error("cannot write the database: %s (%s, code %d of SQLite)%s%s", fault_text(fault),
		reason, rc, fault == FAULT_FULL ? full_vfs_reason() : "",
		lasts ? "; logged once, until that changes" : "");
}

void store_fail(struct store *store, int rc)
{
	log_failure(store, rc);
	if (store_in_transaction(store) && store_step(store, ENGINE_ROLLBACK) != SQLITE_OK)
		log_die("cannot roll back: %s", store_error(store));
	/* A database in memory cannot be reopened, and never fails like this. */
	if (store->suspect || !store->path ||
		(fault_of_sqlite(rc) != FAULT_STORAGE && (rc & 0xff) != SQLITE_IOERR))
		return;
	store->suspect = true;
	/* At once: if this process died now, the commit that failed might come back. */
	if (store_ready(store) != SQLITE_OK)
		log_debug("the database cannot be reopened; the next group tries again");
}

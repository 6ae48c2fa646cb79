#include "store_copy.h"

#include "changes.h"
#include "heartbeat.h"
#include "log.h"
#include "store_checkpoint.h"
#include "store_connection.h"
#include "store_failure.h"
#include "store_state.h"
#include "store_transaction.h"

bool store_fit(struct store *store, sqlite3 *copy, struct buf *error)
{
	return copy_fit(copy, store->db, error);
}

int store_copy(struct store *store, sqlite3 *to, struct copy_watch *watch)
{
	int rc = store_step(store, ENGINE_BEGIN_READ);

	/* In a snapshot: otherwise the copy would start again with each commit. */
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(store->db, STORE_LOOK, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = copy_all(to, store->db, watch);
	int end = store_in_transaction(store) ? store_step(store, ENGINE_ROLLBACK) : SQLITE_OK;
	return rc != SQLITE_OK ? rc : end;
}

/* A copy into the writer's connection, on its thread. */
static bool goes_on_in_writer(void *context, unsigned done, unsigned total)
{
	struct copy_watch *watch = context;

	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_RESTORING);
	return watch->goes_on(watch->context, done, total);
}

int store_replace(struct store *store, sqlite3 *from, struct copy_watch *watch)
{
	struct copy_watch beating = { goes_on_in_writer, watch };
	int rc = store_ready(store), before, after;

	if (rc != SQLITE_OK)
		return rc;
	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_RESTORING);
	if (store->engine.changes)
		changes_mark_all(store->engine.changes);
	rc = copy_all(store->db, from, &beating);
	if (store->engine.changes)
		changes_invalidate_all(store->engine.changes);
	store->last_version = STORE_NO_VERSION;
	if (rc == SQLITE_OK && store_checkpoint(store, &before, &after) != SQLITE_OK)
		log_warning("the log of what was restored is not in the database yet");
	else if (rc != SQLITE_OK && rc != SQLITE_INTERRUPT)
		store_fail(store, rc);
	return rc;
}

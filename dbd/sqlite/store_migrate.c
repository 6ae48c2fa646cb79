#include "store_migrate.h"

#include "changes.h"
#include "fault_of_sqlite.h"
#include "heartbeat.h"
#include "migrate.h"
#include "store_failure.h"
#include "store_state.h"

enum { STEPS = 100 * 1000 /* instructions of SQLite's virtual machine between two looks */ };

static int on_progress(void *context)
{
	struct copy_watch *watch = context;

	return !watch->goes_on(watch->context, 0, 0);
}

int store_plan(struct store *store, const struct api *declared, struct copy_watch *watch,
	struct engine_plan *plan, struct buf *error)
{
	sqlite3_progress_handler(store->db, STEPS, on_progress, watch);
	int rc = migrate_plan(plan, store->db, declared, error);
	sqlite3_progress_handler(store->db, 0, NULL, NULL);
	return rc;
}

/* The storage has failed, not the plan. */
static bool concerns_storage(int rc)
{
	enum fault fault = fault_of_sqlite(rc);

	return fault == FAULT_FULL || fault == FAULT_STORAGE;
}

int store_migrate(struct store *store, const struct api *declared, unsigned *ret_statements,
	struct buf *error)
{
	int rc = store_ready(store);

	if (rc != SQLITE_OK) {
		store_explain(error, rc, sqlite3_errstr(rc));
		return rc;
	}
	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_MIGRATING);
	if (store->engine.changes)
		changes_mark_all(store->engine.changes);
	rc = migrate_apply(store->db, declared, ret_statements, error);
	if (store->engine.changes)
		changes_invalidate_all(store->engine.changes);
	if (concerns_storage(rc))
		store_fail(store, rc);
	return rc;
}

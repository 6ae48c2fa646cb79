#include "store_connection.h"

#include "heartbeat.h"
#include "log.h"
#include "map_vfs.h"
#include "resource_of_table.h"
#include "stats.h"
#include "store_state.h"
#include "wal_vfs.h"

enum { STEPS_PER_BEAT = 100 * 1000 /* of SQLite's virtual machine: a few milliseconds */ };

/* Triggers, views and virtual tables of the file's owner work as with SQLite's defaults, which the
 * reference leaves alone: they may use any function and virtual table, and "text" where no column
 * has that name. The sandbox bounds what they can reach. Foreign keys are not enforced, whatever
 * default SQLite was built with. */
static const struct {
	int option, value;
} options[] = {
	{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
	{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1 },
	{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
	{ SQLITE_DBCONFIG_DQS_DML, 1 },
	{ SQLITE_DBCONFIG_ENABLE_FKEY, 0 },
};

/* A relative path gets "./" before it: SQLite would not take ":memory:" and "file:…" for paths. */
int store_connect(struct store *store, const char *path, int flags)
{
	if (!path)
		return sqlite3_open_v2(":memory:", &store->db, flags, NULL);
	store->path = arena_copy(&store->arena, str_from(path)).ptr;
	struct str name = arena_printf(&store->arena, "%s%s", *path == '/' ? "" : "./", path);
	bool writes = flags & SQLITE_OPEN_READWRITE;
	int rc = sqlite3_open_v2(name.ptr, &store->db, flags, writes ? wal_vfs() : map_vfs());
	if (rc == SQLITE_OK && writes && sqlite3_db_readonly(store->db, "main") == 1)
		rc = SQLITE_READONLY;
	return rc;
}

int store_configure(struct store *store)
{
	int rc = sqlite3_busy_timeout(store->db, STORE_BUSY_TIMEOUT);

	sqlite3_extended_result_codes(store->db, 1);
	for (size_t i = 0; i < NITEMS(options) && rc == SQLITE_OK; i++)
		rc = sqlite3_db_config(store->db, options[i].option, options[i].value, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_wal_autocheckpoint(store->db, 0);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(store->db,
			"PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;", NULL, NULL,
			NULL);
	return rc;
}

/* SQLite calls this for each statement that it prepares and for what the statement's triggers do.
 * SQLITE_IGNORE makes a trigger's DELETE of all rows of a table delete them one by one, so that the
 * update hook sees each (https://www.sqlite.org/c3ref/set_authorizer.html). */
static int on_prepare(void *context, int action, const char *table, const char *column,
	const char *database, const char *trigger)
{
	bool *trigger_writes = context;
	bool writes = action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE;

	(void)column;
	(void)database;
	if (writes && trigger && resource_of_table(table))
		*trigger_writes = true;
	return action == SQLITE_DELETE && trigger ? SQLITE_IGNORE : SQLITE_OK;
}

static int on_commit(void *context, sqlite3 *db, const char *name, int pages)
{
	struct store *store = context;

	(void)db;
	(void)name;
	store->wal_pages = pages;
	stats_set(STAT_WAL_PAGES, (uint64_t)pages);
	if (store->logged)
		log_info("the database can be written again");
	store->logged = SQLITE_OK;
	stats_set(STAT_STORAGE_FAILING, 0);
	return SQLITE_OK;
}

void store_hook_commits(struct store *store)
{
	sqlite3_wal_hook(store->db, on_commit, store);
}

/* The journal of a database in memory is of another kind: "memory". */
static int set_journal(struct store *store, const char *wanted)
{
	sqlite3_stmt *statement;
	int rc = sqlite3_prepare_v2(
		store->db, "PRAGMA main.journal_mode = WAL", -1, &statement, NULL);

	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW) {
		const void *mode = sqlite3_column_text(statement, 0);
		rc = mode && strcmp(mode, wanted) == 0 ? SQLITE_OK : SQLITE_PROTOCOL;
	}
	sqlite3_finalize(statement);
	return rc;
}

/* A statement may concern any number of rows; the watchdog must not take that for a hang. */
static int on_progress(void *context)
{
	(void)context;
	heartbeat_beat(HEARTBEAT_WRITER);
	return 0;
}

int store_configure_writer(struct store *store, bool memory)
{
	int rc = set_journal(store, memory ? "memory" : "wal");

	if (rc == SQLITE_OK)
		rc = conflict_clauses_read(store->db, &store->clauses);
	if (rc == SQLITE_OK)
		rc = sqlite3_set_authorizer(store->db, on_prepare, store->trigger_writes);
	if (rc != SQLITE_OK)
		return rc;
	store_hook_commits(store);
	sqlite3_progress_handler(store->db, STEPS_PER_BEAT, on_progress, NULL);
	/* STORE_LOOK makes this connection open the log: only a connection that has it open can
	 * remove it. */
	return sqlite3_exec(store->db,
		"PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;" STORE_LOOK, NULL,
		NULL, NULL);
}

#include "store.h"

#include "anchor.h"
#include "fault_of_sqlite.h"
#include "log.h"
#include "path_check.h"
#include "schema.h"
#include "store_checkpoint.h"
#include "store_connection.h"
#include "store_state.h"
#include "store_statements.h"
#include "store_transaction.h"
#include "wal_index.h"
#include "writeback.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { REASON_LIMIT = 1024, PRAGMAS_SIZE = 128 };

static struct store *new_store(void)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		log_die("out of memory for a database connection");
	store->trigger_writes = arena_calloc(&store->arena, 1, sizeof(*store->trigger_writes));
	store->checkpoint.file = -1;
	store->checkpoint.every = STORE_CHECKPOINT_FIRST;
	store->checkpoint.round = STORE_CHECKPOINT_ROUND;
	store_init_statements(store);
	return store;
}

static struct store *refuse(struct store *store, int rc, struct buf *error)
{
	store_explain(error, rc, store_error(store));
	store_close(store);
	return NULL;
}

static void begin_error(struct buf *error, const char *path)
{
	buf_printf(error, "cannot use the database %s: ", path ? path : "in memory");
}

/* A predecessor may have died between slices, or in a sync that failed. If another program has kept
 * the index of the log since then, it has its slices for moved. */
static void move_slices_again(struct store *store)
{
	int rc = wal_index_move_again(store->db, STORE_BUSY_TIMEOUT);

	if (rc != SQLITE_OK)
		log_warning("cannot have all of the log moved again: %s", sqlite3_errstr(rc));
}

struct store *store_open_writer(const char *path, struct buf *error)
{
	begin_error(error, path);
	if (path && !path_check(path, error))
		return NULL;
	struct store *store = new_store();
	int rc = store_connect(
		store, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX);
	if (rc == SQLITE_OK)
		rc = store_configure(store);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(store->db, STORE_LOOK, NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return refuse(store, rc, error);
	/* Before the switch to WAL, which changes the file: a file that is refused stays as it was.
	 */
	if (!schema_ensure(store->db, error)) {
		store_close(store);
		return NULL;
	}
	rc = store_configure_writer(store, !path);
	if (rc == SQLITE_OK)
		rc = store_prepare(store);
	if (rc != SQLITE_OK)
		return refuse(store, rc, error);
	store->is_file_writer = path != NULL;
	if (path)
		move_slices_again(store);
	return store;
}

struct store *store_open_to_migrate(const char *path, struct buf *error)
{
	begin_error(error, path);
	if (!path_check(path, error))
		return NULL;
	struct store *store = new_store();
	int rc = store_connect(store, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX);
	if (rc == SQLITE_OK)
		rc = store_configure(store);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(
			store->db, "PRAGMA synchronous = FULL;" STORE_LOOK, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = store_prepare(store);
	if (rc != SQLITE_OK)
		return refuse(store, rc, error);
	store->is_file_writer = true;
	return store;
}

struct store *store_open_reader(const char *path, struct buf *error)
{
	struct store *store = new_store();

	begin_error(error, path);
	int rc = store_connect(store, path, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX);
	if (rc == SQLITE_OK)
		rc = store_configure(store);
	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (rc == SQLITE_OK)
		rc = store_prepare(store);
	/* Opens the file and its log, and reads the schema, so that the first query does not. */
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(store->db, STORE_LOOK, NULL, NULL, NULL);
	return rc == SQLITE_OK ? store : refuse(store, rc, error);
}

bool store_check(const char *path, struct buf *error)
{
	begin_error(error, path);
	if (!path_check(path, error))
		return false;
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return true;
	struct store *store = new_store();
	int rc = store_connect(store, path, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX);
	if (rc == SQLITE_OK)
		rc = store_configure(store);
	if (rc != SQLITE_OK) {
		refuse(store, rc, error);
		return false;
	}
	bool fine = schema_check(store->db, api, error);
	store_close(store);
	return fine;
}

int store_reopen_writer(const char *path, struct store **ret)
{
	struct store *store = new_store();
	int rc = store_connect(store, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX);

	*ret = store;
	if (rc == SQLITE_OK)
		rc = store_configure(store);
	if (rc == SQLITE_OK)
		rc = store_configure_writer(store, false);
	if (rc == SQLITE_OK)
		rc = store_prepare(store);
	return rc;
}

int store_set_up_answers(struct store *store, int kib)
{
	char pragmas[PRAGMAS_SIZE];

	snprintf(pragmas, sizeof(pragmas), "PRAGMA cell_size_check = OFF; PRAGMA cache_size = -%d",
		kib);
	store->cache = (int64_t)kib * 1024;
	return sqlite3_exec(store->db, pragmas, NULL, NULL, NULL);
}

static void close_connection(struct store *store)
{
	store_finalize(store);
	if (sqlite3_close(store->db) != SQLITE_OK)
		log_error("cannot close the database: %s", store_error(store));
}

/* SQLite's code; SQLITE_OK: the file has everything that is in the log. */
static int empty_log(struct store *store)
{
	int pages = 0, moved = 0;

	if (store->suspect)
		return store->logged ? store->logged : SQLITE_IOERR;
	if (store_in_transaction(store) && store_step(store, ENGINE_ROLLBACK) != SQLITE_OK)
		return store_error_code(store);
	int rc = sqlite3_wal_checkpoint_v2(
		store->db, "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
	/* The failed fsync has taken slices for clean. Closing tries once more. */
	if (rc == SQLITE_IOERR_FSYNC)
		(void)wal_index_move_again(store->db, STORE_BUSY_TIMEOUT);
	return rc == SQLITE_OK && moved < pages ? SQLITE_BUSY : rc;
}

/* An anchor would keep the log. */
static void end_checkpoints(struct store_checkpoint *c)
{
	writeback_stop(c->writeback);
	anchor_close(c->anchor);
	*c = (struct store_checkpoint){ .file = -1 };
}

/* Closing moves the log into the file and removes it; if it cannot it leaves it without an error.
 */
static void close_writer(struct store *store)
{
	struct str log = arena_copy(&store->arena,
		str_from(sqlite3_filename_wal(sqlite3_db_filename(store->db, "main"))));
	struct buf reason;

	end_checkpoints(&store->checkpoint);
	int rc = empty_log(store);

	close_connection(store);
	if (rc == SQLITE_OK || access(log.ptr, F_OK) < 0)
		return;
	buf_init(&reason, REASON_LIMIT);
	if ((rc & 0xff) == SQLITE_BUSY)
		buf_str(&reason, STR("another process still reads it"));
	else
		store_explain(&reason, rc, sqlite3_errstr(rc));
	log_warning(
		"the database %s alone is incomplete: %.*s; keep %s beside it, and start Postern "
		"with both again",
		store->path, STR_ARGS(buf_view(&reason)), log.ptr);
	buf_done(&reason);
}

/* All cursors are closed. */
static void free_rows(struct store *store)
{
	for (struct store_rows *rows = store->rows; rows; rows = rows->older)
		arena_done(&rows->converted);
}

void store_close(struct store *store)
{
	if (!store)
		return;
	if (store->is_file_writer)
		close_writer(store);
	else
		close_connection(store);
	free_rows(store);
	arena_done(&store->arena);
	free(store);
}

#include "store.h"

#include "arena.h"
#include "conflict_clauses.h"
#include "fault_of_sqlite.h"
#include "full_vfs.h"
#include "heartbeat.h"
#include "log.h"
#include "loop.h"
#include "path_check.h"
#include "schema.h"
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

enum {
	BUSY_TIMEOUT = 5000,         /* milliseconds */
	STEPS_PER_BEAT = 100 * 1000, /* of SQLite's virtual machine: a few milliseconds */
	LOG_IS_LONG = 16 * 1024,     /* pages: 64 MiB, for a file of ours */
	PRAGMA_SIZE = 64,
	WHY_LIMIT = 1024,
	SQL_LIMIT = 64 * 1024,
	NO_VERSION = 0 /* of the data: store_detect_foreign_commits finds another */
};

/* A statement that this connection has prepared. Virtual tables own further ones, which
 * sqlite3_next_stmt returns too and which are theirs to finalize. */
struct prepared {
	sqlite3_stmt *statement;
	struct prepared *next;
};

struct store {
	sqlite3 *db;
	struct arena arena;
	struct prepared *prepared;
	bool *trigger_writes; /* a trigger of a write writes rows of ours */
	const char *path;     /* as it was given; NULL in memory */
	int wal_pages;        /* after the last commit */
	int checkpoint_pages; /* of them, at the last checkpoint */
	bool told_long;       /* the log of events knows that this one is */
	bool writes;          /* it is the writer's, and a file */
	bool suspect;         /* the storage has failed: not to be used before it is opened anew */
	struct conflict_clauses shape; /* the writer's */
	struct changes *changes;       /* of the writer; NULL: nobody wants to know */
	unsigned embedded;     /* what changes_embedded says, unless triggers have written */
	sqlite3_stmt *version; /* changes when another connection commits */
	int64_t last_version;
	int told; /* SQLite's code of the failure that was logged; 0: it works */
	sqlite3_stmt *steps[STORE_STEP__COUNT];
	sqlite3_stmt **statements; /* [resource][purpose] */
	sqlite3_stmt **updates;    /* [resource][field] */
	sqlite3_stmt **below;      /* [resource][ancestor] */
};

const char *store_error(const struct store *store)
{
	return sqlite3_errmsg(store->db);
}

int store_error_code(const struct store *store)
{
	return sqlite3_extended_errcode(store->db);
}

/* Settings of a connection. */

/* Triggers, views and virtual tables of the file's owner work as with SQLite's defaults, which the
 * reference leaves alone: they may use any function and virtual table, and "text" where no column
 * has that name. What they can reach is bounded by the sandbox. Foreign keys are not enforced, by
 * whatever default SQLite was built with. */
static const struct {
	int option, value;
} options[] = {
	{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
	{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1 },
	{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
	{ SQLITE_DBCONFIG_DQS_DML, 1 },
	{ SQLITE_DBCONFIG_ENABLE_FKEY, 0 },
};

/* SQLite says this of each statement that it prepares, and what its triggers do. A trigger's DELETE
 * of all rows of a table deletes them one by one, so that the update hook is told of each
 * (https://www.sqlite.org/c3ref/set_authorizer.html). */
static int on_prepare(void *context, int action, const char *table, const char *column,
	const char *database, const char *trigger)
{
	bool *trigger_writes = context;
	bool writes = action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE;

	(void)column;
	(void)database;
	if (writes && trigger && changes_resource(table))
		*trigger_writes = true;
	return action == SQLITE_DELETE && trigger ? SQLITE_IGNORE : SQLITE_OK;
}

static int configure(struct store *store)
{
	int rc = sqlite3_busy_timeout(store->db, BUSY_TIMEOUT);

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

static int on_commit(void *context, sqlite3 *db, const char *name, int pages)
{
	struct store *store = context;

	(void)db;
	(void)name;
	store->wal_pages = pages;
	stats_set(STAT_WAL_PAGES, (uint64_t)pages);
	if (store->told)
		log_info("the database can be written again");
	store->told = SQLITE_OK;
	stats_set(STAT_STORAGE_FAILING, 0);
	return SQLITE_OK;
}

/* Reads the file's first page, whatever it holds. */
#define LOOK "SELECT 1 FROM sqlite_schema LIMIT 1;"

/* A database in memory has a journal of its own kind: "memory". */
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

/* However many rows a statement has to do with, it gets on. */
static int on_progress(void *context)
{
	(void)context;
	heartbeat_beat(HEARTBEAT_WRITER);
	return 0;
}

static int configure_writer(struct store *store, bool memory)
{
	int rc = set_journal(store, memory ? "memory" : "wal");

	if (rc == SQLITE_OK)
		rc = conflict_clauses_read(store->db, &store->shape);
	if (rc == SQLITE_OK)
		rc = sqlite3_set_authorizer(store->db, on_prepare, store->trigger_writes);
	if (rc != SQLITE_OK)
		return rc;
	sqlite3_wal_hook(store->db, on_commit, store);
	sqlite3_progress_handler(store->db, STEPS_PER_BEAT, on_progress, NULL);
	/* The last look makes this connection open the log: only who has it open can remove it. */
	return sqlite3_exec(store->db,
		"PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;" LOOK, NULL, NULL,
		NULL);
}

/* Statements, all of them prepared once. */

static void remember(struct store *store, sqlite3_stmt *statement)
{
	struct prepared *prepared = arena_alloc(&store->arena, sizeof(*prepared));

	*prepared = (struct prepared){ statement, store->prepared };
	store->prepared = prepared;
}

static int prepare(struct store *store, struct buf *sql, sqlite3_stmt **statement)
{
	struct str text = buf_view(sql);
	int rc = sql->failed ? SQLITE_NOMEM
			     : sqlite3_prepare_v3(store->db, text.ptr, (int)text.len,
				       SQLITE_PREPARE_PERSISTENT, statement, NULL);

	buf_reset(sql, SQL_LIMIT);
	if (rc == SQLITE_OK)
		remember(store, *statement);
	return rc;
}

static int prepare_steps(struct store *store, struct buf *sql)
{
	static const char *const texts[] = {
		[STORE_BEGIN_READ] = "BEGIN",
		[STORE_BEGIN_WRITE] = "BEGIN IMMEDIATE",
		[STORE_SAVEPOINT] = "SAVEPOINT command",
		[STORE_RELEASE] = "RELEASE command",
		[STORE_ROLLBACK_TO] = "ROLLBACK TO command",
		[STORE_COMMIT] = "COMMIT",
		[STORE_ROLLBACK] = "ROLLBACK",
	};
	_Static_assert(NITEMS(texts) == STORE_STEP__COUNT, "a step has no statement");
	int rc = SQLITE_OK;

	for (int i = 0; i < STORE_STEP__COUNT && rc == SQLITE_OK; i++) {
		buf_str(sql, str_from(texts[i]));
		rc = prepare(store, sql, &store->steps[i]);
	}
	return rc;
}

static sqlite3_stmt **place(struct store *store, const struct resource *r, enum sql_purpose purpose)
{
	return &store->statements[resource_index(r) * SQL__COUNT + purpose];
}

static sqlite3_stmt **place_update(
	const struct store *store, const struct resource *r, unsigned field)
{
	return &store->updates[resource_index(r) * RESOURCE_MAX_FIELDS + field];
}

static sqlite3_stmt **place_below(
	struct store *store, const struct resource *r, const struct resource *ancestor)
{
	return &store->below[resource_index(r) * nresources + resource_index(ancestor)];
}

/* A trigger of the file's owner can keep a statement from being prepared, by a function or a module
 * that only another program has. Such a write fails each time that it is asked for, until the
 * trigger has gone; everything else is served. */
static int prepare_write(
	struct store *store, const struct resource *r, struct buf *sql, sqlite3_stmt **statement)
{
	int rc = prepare(store, sql, statement);

	if ((rc & 0xff) != SQLITE_ERROR)
		return rc;
	log_warning("some writes of %s will fail: %s", r->plural, store_error(store));
	return SQLITE_OK;
}

static int prepare_reads(struct store *store, const struct resource *r, struct buf *sql)
{
	int rc = SQLITE_OK;

	for (enum sql_purpose i = 0; i < SQL__COUNT && rc == SQLITE_OK; i++) {
		if (!sql_applies(r, i) || sql_writes(i))
			continue;
		sql_statement(sql, r, i);
		rc = prepare(store, sql, place(store, r, i));
	}
	return rc;
}

static int prepare_writes(struct store *store, const struct resource *r, struct buf *sql)
{
	int rc = SQLITE_OK;

	for (enum sql_purpose i = 0; i < SQL__COUNT && rc == SQLITE_OK; i++) {
		if (!sql_writes(i))
			continue;
		sql_statement(sql, r, i);
		rc = prepare_write(store, r, sql, place(store, r, i));
	}
	for (unsigned i = 0; i < r->nfields && rc == SQLITE_OK; i++) {
		if (!(r->fields[i].flags & FIELD_INPUT))
			continue;
		sql_update_one(sql, r, i);
		rc = prepare_write(store, r, sql, place_update(store, r, i));
	}
	for (unsigned i = 0; i < nresources && rc == SQLITE_OK; i++) {
		if (!sql_is_below(r, resources[i]))
			continue;
		sql_delete_below(sql, r, resources[i]);
		rc = prepare_write(store, r, sql, place_below(store, r, resources[i]));
	}
	return rc;
}

static int prepare_all(struct store *store, bool writes)
{
	struct buf sql;

	buf_init(&sql, SQL_LIMIT);
	int rc = prepare_steps(store, &sql);
	buf_str(&sql, STR("PRAGMA data_version"));
	if (rc == SQLITE_OK)
		rc = prepare(store, &sql, &store->version);
	for (unsigned i = 0; i < nresources && rc == SQLITE_OK; i++)
		rc = prepare_reads(store, resources[i], &sql);
	for (unsigned i = 0; i < nresources && rc == SQLITE_OK && writes; i++)
		rc = prepare_writes(store, resources[i], &sql);
	buf_done(&sql);
	return rc;
}

/* Opening and closing. */

static struct store *new_store(void)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		log_die("out of memory for a database connection");
	store->statements = arena_calloc(
		&store->arena, (size_t)nresources * SQL__COUNT, sizeof(sqlite3_stmt *));
	store->updates = arena_calloc(
		&store->arena, (size_t)nresources * RESOURCE_MAX_FIELDS, sizeof(sqlite3_stmt *));
	store->trigger_writes = arena_calloc(&store->arena, 1, sizeof(*store->trigger_writes));
	store->below = arena_calloc(
		&store->arena, (size_t)nresources * nresources, sizeof(sqlite3_stmt *));
	return store;
}

/* A relative path gets "./" before it: SQLite would take ":memory:" and "file:…" for no paths. */
static int open_file(struct store *store, const char *path, int flags)
{
	if (!path)
		return sqlite3_open_v2(":memory:", &store->db, flags, NULL);
	store->path = arena_copy(&store->arena, str_from(path)).ptr;
	struct str name = arena_printf(&store->arena, "%s%s", *path == '/' ? "" : "./", path);
	int rc = sqlite3_open_v2(name.ptr, &store->db, flags, NULL);
	if (rc == SQLITE_OK && flags & SQLITE_OPEN_READWRITE &&
		sqlite3_db_readonly(store->db, "main") == 1)
		rc = SQLITE_READONLY;
	return rc;
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

struct store *store_open_writer(const char *path, struct buf *error)
{
	begin_error(error, path);
	if (path && !path_check(path, error))
		return NULL;
	struct store *store = new_store();
	int rc = open_file(
		store, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX);
	if (rc == SQLITE_OK)
		rc = configure(store);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(store->db, LOOK, NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return refuse(store, rc, error);
	/* Before the switch to WAL, which marks the file: one that is refused stays as it was. */
	if (!schema_ensure(store->db, error)) {
		store_close(store);
		return NULL;
	}
	rc = configure_writer(store, !path);
	if (rc == SQLITE_OK)
		rc = prepare_all(store, true);
	if (rc != SQLITE_OK)
		return refuse(store, rc, error);
	store->writes = path != NULL;
	return store;
}

struct store *store_open_reader(const char *path, struct buf *error)
{
	struct store *store = new_store();

	begin_error(error, path);
	int rc = open_file(store, path, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX);
	if (rc == SQLITE_OK)
		rc = configure(store);
	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (rc == SQLITE_OK)
		rc = prepare_all(store, false);
	return rc == SQLITE_OK ? store : refuse(store, rc, error);
}

int store_limit_cache(struct store *store, int kib)
{
	char pragma[64];

	snprintf(pragma, sizeof(pragma), "PRAGMA cache_size = -%d", kib);
	return sqlite3_exec(store->db, pragma, NULL, NULL, NULL);
}

static void close_connection(struct store *store)
{
	for (const struct prepared *p = store->prepared; p; p = p->next)
		sqlite3_finalize(p->statement);
	store->prepared = NULL;
	if (sqlite3_close(store->db) != SQLITE_OK)
		log_error("cannot close the database: %s", store_error(store));
}

/* SQLite's code; SQLITE_OK: the file has all that is in the log. */
static int empty_log(struct store *store)
{
	int pages = 0, moved = 0;

	if (store->suspect)
		return store->told ? store->told : SQLITE_IOERR;
	if (store_in_transaction(store) && store_step(store, STORE_ROLLBACK) != SQLITE_OK)
		return store_error_code(store);
	int rc = sqlite3_wal_checkpoint_v2(
		store->db, "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
	return rc == SQLITE_OK && moved < pages ? SQLITE_BUSY : rc;
}

/* Closing moves the log into the file and removes it, or says nothing and leaves it. */
static void close_writer(struct store *store)
{
	struct str log = arena_copy(&store->arena,
		str_from(sqlite3_filename_wal(sqlite3_db_filename(store->db, "main"))));
	struct buf why;
	int rc = empty_log(store);

	close_connection(store);
	if (rc == SQLITE_OK || access(log.ptr, F_OK) < 0)
		return;
	buf_init(&why, WHY_LIMIT);
	if ((rc & 0xff) == SQLITE_BUSY)
		buf_str(&why, STR("another process still reads it"));
	else
		store_explain(&why, rc, sqlite3_errstr(rc));
	log_warning(
		"the database %s alone is incomplete: %.*s; keep %s beside it, and start Postern "
		"with both again",
		store->path, (int)buf_len(&why), buf_view(&why).ptr, log.ptr);
	buf_done(&why);
}

void store_close(struct store *store)
{
	if (!store)
		return;
	if (store->writes)
		close_writer(store);
	else
		close_connection(store);
	arena_done(&store->arena);
	free(store);
}

/* Use. */

/* Tries once more what could not be prepared: SQLite then says why, or the reason has gone. */
static void prepare_late(struct store *store, struct buf *sql, sqlite3_stmt **statement)
{
	if (prepare(store, sql, statement) != SQLITE_OK)
		*statement = NULL;
	buf_done(sql);
}

sqlite3_stmt *store_statement(
	struct store *store, const struct resource *r, enum sql_purpose purpose)
{
	sqlite3_stmt **statement = place(store, r, purpose);

	if (!*statement) {
		struct buf sql;
		buf_init(&sql, SQL_LIMIT);
		sql_statement(&sql, r, purpose);
		prepare_late(store, &sql, statement);
	}
	return *statement;
}

static sqlite3_stmt *statement_update_one(
	struct store *store, const struct resource *r, unsigned field)
{
	sqlite3_stmt **statement = place_update(store, r, field);

	if (!*statement) {
		struct buf sql;
		buf_init(&sql, SQL_LIMIT);
		sql_update_one(&sql, r, field);
		prepare_late(store, &sql, statement);
	}
	return *statement;
}

sqlite3_stmt *store_statement_update(struct store *store, const struct resource *r, uint32_t fields)
{
	bool one = (fields & (fields - 1)) == 0;

	return one ? statement_update_one(store, r, (unsigned)ffs((int)fields) - 1)
		   : store_statement(store, r, SQL_UPDATE);
}

sqlite3_stmt *store_statement_below(
	struct store *store, const struct resource *r, const struct resource *ancestor)
{
	sqlite3_stmt **statement = place_below(store, r, ancestor);

	if (!*statement) {
		struct buf sql;
		buf_init(&sql, SQL_LIMIT);
		sql_delete_below(&sql, r, ancestor);
		prepare_late(store, &sql, statement);
	}
	return *statement;
}

int store_execute(sqlite3_stmt *statement)
{
	int rc = sqlite3_step(statement);

	sqlite3_reset(statement);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Of rows that REPLACE deletes no update hook is told. */
static bool may_replace(const struct store *store)
{
	return store->shape.replaces || (store->shape.trigger_replaces && *store->trigger_writes);
}

/* What statements change by themselves, their callers know. What triggers change is noted by row;
 * but a row that is shown inside its parent may have had any. */
static void note_triggers(struct store *store)
{
	if (!store->changes)
		return;
	unsigned embedded = changes_embedded(store->changes);
	if (may_replace(store) || embedded != store->embedded)
		changes_note_all(store->changes);
	store->embedded = embedded;
}

int store_write(struct store *store, const struct resource *r, sqlite3_stmt *statement,
	struct store_written *written)
{
	int before = sqlite3_total_changes(store->db);
	int rc = store_execute(statement);

	if (rc != SQLITE_OK)
		return rc;
	written->rows = sqlite3_changes(store->db);
	/* It may pass the greatest number. */
	written->more = (unsigned)sqlite3_total_changes(store->db) - (unsigned)before !=
			(unsigned)written->rows;
	store->embedded += r->embedded ? (unsigned)written->rows : 0;
	if (written->more || store->shape.replaces)
		note_triggers(store);
	return SQLITE_OK;
}

bool store_settles_conflicts(const struct store *store, const struct resource *r)
{
	return store->shape.settles != 0 && conflict_clauses_settles(&store->shape, r);
}

void store_publish_changes(struct store *store, struct changes *changes)
{
	store->changes = changes;
	store->embedded = changes_embedded(changes);
	changes_watch(changes, store->db);
}

void store_note_change(struct store *store, const struct resource *r, int64_t key)
{
	if (store->changes)
		changes_note(store->changes, r, key);
}

void store_detect_foreign_commits(struct store *store)
{
	int64_t version = store->last_version;

	if (sqlite3_step(store->version) == SQLITE_ROW)
		version = sqlite3_column_int64(store->version, 0);
	sqlite3_reset(store->version);
	if (version == store->last_version)
		return;
	if (store->changes)
		changes_invalidate_all(store->changes);
	/* A database that cannot be read now cannot be written, either: it is as it was. */
	if (conflict_clauses_read(store->db, &store->shape) == SQLITE_OK)
		store->last_version = version;
}

/* Nobody is served an old answer from a worker's memory while new ones can already be read. */
static int commit(struct store *store)
{
	if (!store->changes)
		return store_execute(store->steps[STORE_COMMIT]);
	changes_mark(store->changes);
	int rc = store_execute(store->steps[STORE_COMMIT]);
	changes_settle(store->changes);
	return rc;
}

int store_step(struct store *store, enum store_step step)
{
	int rc = step == STORE_COMMIT ? commit(store) : store_execute(store->steps[step]);

	/* Rolling back leaves the savepoint on the stack. */
	if (rc == SQLITE_OK && step == STORE_ROLLBACK_TO)
		rc = store_execute(store->steps[STORE_RELEASE]);
	return rc;
}

bool store_in_transaction(const struct store *store)
{
	return sqlite3_get_autocommit(store->db) == 0;
}

int store_changes(const struct store *store)
{
	return sqlite3_total_changes(store->db);
}

int64_t store_last_key(const struct store *store)
{
	return sqlite3_last_insert_rowid(store->db);
}

/* When the storage fails. */

/* A file that was moved away takes writes as ever, and then nobody finds them. */
static bool has_moved(const struct store *store)
{
	int moved = 0;

	return store->path &&
	       sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) ==
		       SQLITE_OK &&
	       moved;
}

/* A commit that changes nothing. It shows that the storage takes writes, and it takes the place in
 * the log of a commit that failed, which may stand there whole, for a recovery to find. */
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

static void take_over(struct store *store, struct store *fresh)
{
	struct store old = *store;

	*store = *fresh;
	*fresh = old;
	store->checkpoint_pages = old.checkpoint_pages;
	store->told_long = old.told_long;
	store->told = old.told;
	store->writes = true;
	fresh->writes = false;
	sqlite3_wal_hook(store->db, on_commit, store);
	if (old.changes) {
		store_publish_changes(store, old.changes);
		changes_invalidate_all(store->changes);
	}
}

static int open_anew(struct store *store)
{
	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_REOPENING);
	struct store *fresh = new_store();
	int rc = open_file(fresh, store->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX);

	if (rc == SQLITE_OK)
		rc = configure(fresh);
	if (rc == SQLITE_OK)
		rc = configure_writer(fresh, false);
	if (rc == SQLITE_OK)
		rc = prepare_all(fresh, true);
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
	return store->suspect ? open_anew(store) : SQLITE_OK;
}

/* A disk that stays full or broken is not told of with every write. */
static void tell(struct store *store, int rc)
{
	enum fault fault = fault_of_sqlite(rc);
	bool lasts = fault == FAULT_FULL || fault == FAULT_STORAGE;

	if (lasts && store->told && fault_of_sqlite(store->told) == fault)
		return;
	if (lasts) {
		store->told = rc;
		stats_set(STAT_STORAGE_FAILING, 1);
	}
	const char *why = rc == SQLITE_READONLY_DBMOVED ? "its file was moved, replaced or deleted"
							: sqlite3_errstr(rc);
	log_error("cannot write the database: %s (%s, code %d of SQLite)%s%s", fault_text(fault),
		why, rc, fault == FAULT_FULL ? full_vfs_reason() : "",
		lasts ? "; told once, until that changes" : "");
}

void store_fail(struct store *store, int rc)
{
	tell(store, rc);
	if (store_in_transaction(store) && store_step(store, STORE_ROLLBACK) != SQLITE_OK)
		log_die("cannot roll back: %s", store_error(store));
	/* Memory cannot be opened anew, and never fails like this. */
	if (store->suspect || !store->path ||
		(fault_of_sqlite(rc) != FAULT_STORAGE && (rc & 0xff) != SQLITE_IOERR))
		return;
	store->suspect = true;
	/* At once, so that nothing of what failed comes back should this process die now. */
	if (store_ready(store) != SQLITE_OK)
		log_debug("the database cannot be opened anew; the next group tries again");
}

/* Checkpoints. */

static void tell_long(struct store *store)
{
	stats_set(STAT_WAL_HELD, 1);
	if (store->told_long)
		return;
	store->told_long = true;
	log_warning("the database's write-ahead log has grown to %d pages: a reader holds on to an "
		    "old snapshot",
		store->wal_pages);
}

bool store_checkpoint_if_long(struct store *store)
{
	int pages = 0, moved = 0;

	/* Then the log has begun anew. */
	if (store->wal_pages < store->checkpoint_pages) {
		store->checkpoint_pages = 0;
		store->told_long = false;
		stats_set(STAT_WAL_HELD, 0);
	}
	if (store->suspect || store->wal_pages - store->checkpoint_pages < STORE_CHECKPOINT_EVERY)
		return true;
	store->checkpoint_pages = store->wal_pages;
	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_CHECKPOINTING);
	uint64_t begun = clock_ns();
	int rc = sqlite3_wal_checkpoint_v2(
		store->db, "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
	stats_observe(STAT_CHECKPOINT_DURATION, clock_ns() - begun);
	if (rc != SQLITE_OK && rc != SQLITE_BUSY) {
		store_fail(store, rc);
		return true;
	}
	if ((rc == SQLITE_OK && moved == pages) || store->wal_pages < LOG_IS_LONG)
		return true;
	tell_long(store);
	return false;
}

/* A reader that keeps it from getting done is no failure. */
static int move_log(struct store *store, int mode, int *pages)
{
	int rc = sqlite3_wal_checkpoint_v2(store->db, "main", mode, pages, NULL);

	return rc == SQLITE_BUSY ? SQLITE_OK : rc;
}

int store_checkpoint(struct store *store, int *before, int *after)
{
	int rc = store_ready(store);

	*before = *after = 0;
	if (rc != SQLITE_OK)
		return rc;
	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_CHECKPOINTING);
	/* The second one empties the log, and must not wait for readers. */
	sqlite3_busy_timeout(store->db, 0);
	rc = move_log(store, SQLITE_CHECKPOINT_PASSIVE, before);
	if (rc == SQLITE_OK)
		rc = move_log(store, SQLITE_CHECKPOINT_TRUNCATE, after);
	sqlite3_busy_timeout(store->db, BUSY_TIMEOUT);
	if (rc != SQLITE_OK)
		store_fail(store, rc);
	else
		store->checkpoint_pages = store->wal_pages = *after;
	return rc;
}

/* Copies. */

bool store_fit(struct store *store, sqlite3 *copy, struct buf *error)
{
	return copy_fit(copy, store->db, error);
}

int store_copy(struct store *store, sqlite3 *to, struct copy_watch *watch)
{
	int rc = store_step(store, STORE_BEGIN_READ);

	/* A snapshot of its own: else the copy would begin anew with each commit. */
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(store->db, LOOK, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = copy_all(to, store->db, watch);
	int end = store_in_transaction(store) ? store_step(store, STORE_ROLLBACK) : SQLITE_OK;
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
	if (store->changes)
		changes_mark_all(store->changes);
	rc = copy_all(store->db, from, &beating);
	if (store->changes)
		changes_invalidate_all(store->changes);
	store->last_version = NO_VERSION;
	if (rc == SQLITE_OK && store_checkpoint(store, &before, &after) != SQLITE_OK)
		log_warning("the log of what was restored is not in the database yet");
	else if (rc != SQLITE_OK && rc != SQLITE_INTERRUPT)
		store_fail(store, rc);
	return rc;
}

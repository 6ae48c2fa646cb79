#include "store_statements.h"

#include "buf.h"
#include "log.h"
#include "store_state.h"

enum { SQL_LIMIT = 64 * 1024 };

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
		[ENGINE_BEGIN_READ] = "BEGIN",
		[ENGINE_BEGIN_WRITE] = "BEGIN IMMEDIATE",
		[ENGINE_SAVEPOINT] = "SAVEPOINT command",
		[ENGINE_RELEASE] = "RELEASE command",
		[ENGINE_ROLLBACK_TO] = "ROLLBACK TO command",
		[ENGINE_COMMIT] = "COMMIT",
		[ENGINE_ROLLBACK] = "ROLLBACK",
	};
	_Static_assert(NITEMS(texts) == ENGINE_STEP__COUNT, "a step has no statement");
	int rc = SQLITE_OK;

	for (int i = 0; i < ENGINE_STEP__COUNT && rc == SQLITE_OK; i++) {
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
	return &store->below[resource_index(r) * api->nresources + resource_index(ancestor)];
}

/* A trigger of the file's owner can make it impossible to prepare a statement, by a function or a
 * module that only another program has. Such a write fails each time until the trigger is dropped;
 * everything else is served. */
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
	for (unsigned i = 0; i < api->nresources && rc == SQLITE_OK; i++) {
		if (!sql_is_below(r, api->resources[i]))
			continue;
		sql_delete_below(sql, r, api->resources[i]);
		rc = prepare_write(store, r, sql, place_below(store, r, api->resources[i]));
	}
	return rc;
}

int store_prepare(struct store *store, bool writes)
{
	struct buf sql;

	buf_init(&sql, SQL_LIMIT);
	int rc = prepare_steps(store, &sql);
	buf_str(&sql, STR("PRAGMA data_version"));
	if (rc == SQLITE_OK)
		rc = prepare(store, &sql, &store->version);
	for (unsigned i = 0; i < api->nresources && rc == SQLITE_OK; i++)
		rc = prepare_reads(store, api->resources[i], &sql);
	for (unsigned i = 0; i < api->nresources && rc == SQLITE_OK && writes; i++)
		rc = prepare_writes(store, api->resources[i], &sql);
	buf_done(&sql);
	return rc;
}

void store_finalize(struct store *store)
{
	for (const struct prepared *p = store->prepared; p; p = p->next)
		sqlite3_finalize(p->statement);
	store->prepared = NULL;
}

/* Tries again what could not be prepared: the reason may have gone, else SQLite reports it. */
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

sqlite3_stmt *store_statement_update(struct store *store, const struct resource *r, uint64_t fields)
{
	bool one = (fields & (fields - 1)) == 0;

	return one ? statement_update_one(store, r, (unsigned)__builtin_ctzll(fields))
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

sqlite3_stmt *store_statement_referring(
	struct store *store, const struct resource *r, unsigned field)
{
	sqlite3_stmt **statement =
		&store->referring[resource_index(r) * RESOURCE_MAX_FIELDS + field];

	if (!*statement) {
		struct buf sql;
		buf_init(&sql, SQL_LIMIT);
		sql_referring(&sql, r, field);
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

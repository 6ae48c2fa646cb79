#include "conflict_clauses.h"

#include "schema.h"

/* *found: true if the query returns a row. name is bound to ?1 unless it is NULL. Returns SQLite's
 * code. */
static int query_row(sqlite3 *db, const char *sql, const char *name, bool *found)
{
	sqlite3_stmt *statement;
	int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (rc == SQLITE_OK && name)
		rc = sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	sqlite3_finalize(statement);
	*found = rc == SQLITE_ROW;
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static uint64_t bit_of(const struct resource *r)
{
	return UINT64_C(1) << resource_index(r) % 64;
}

static int read_table(sqlite3 *db, const struct resource *r, struct conflict_clauses *shape)
{
	bool settles;
	int rc = query_row(db,
		"SELECT 1 FROM main.sqlite_schema WHERE type = 'table'"
		" AND name = ?1 COLLATE NOCASE AND sql LIKE '%CONFLICT%'",
		r->plural, &settles);

	if (settles)
		shape->settles |= bit_of(r);
	return rc;
}

int conflict_clauses_read(sqlite3 *db, struct conflict_clauses *shape)
{
	struct conflict_clauses read = { .replaces = schema_replaces(db) };
	int rc = query_row(db,
		"SELECT 1 FROM main.sqlite_schema WHERE type = 'trigger' AND sql LIKE '%REPLACE%'",
		NULL, &read.trigger_replaces);

	for (unsigned i = 0; i < api->nresources && rc == SQLITE_OK; i++)
		rc = read_table(db, api->resources[i], &read);
	if (rc == SQLITE_OK)
		*shape = read;
	return rc;
}

bool conflict_clauses_settles(const struct conflict_clauses *shape, const struct resource *r)
{
	return (shape->settles & bit_of(r)) != 0;
}

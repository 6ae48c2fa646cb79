#include "conflict_clauses.h"

#include "resource_of_table.h"

static uint64_t bit_of(const struct resource *r)
{
	return UINT64_C(1) << resource_index(r) % 64;
}

static const char *text(sqlite3_stmt *statement, int column)
{
	const void *value = sqlite3_column_text(statement, column);

	return value ? value : "";
}

/* Reads the row of a table or trigger: name, 1 for a trigger, 1 if its text has CONFLICT, 1 if it
 * has REPLACE. */
static void read_row(sqlite3_stmt *row, struct conflict_clauses *shape)
{
	bool replaces = sqlite3_column_int(row, 3) != 0;

	if (sqlite3_column_int(row, 1)) {
		shape->trigger_replaces |= replaces;
		return;
	}
	const struct resource *r = resource_of_table(text(row, 0));
	if (!r)
		return;
	shape->replaces |= replaces;
	if (sqlite3_column_int(row, 2))
		shape->settles |= bit_of(r);
}

/* ON CONFLICT appears only in the text of CREATE TABLE; no pragma reports it. */
int conflict_clauses_read(sqlite3 *db, struct conflict_clauses *shape)
{
	struct conflict_clauses read = { 0 };
	sqlite3_stmt *rows;
	int rc = sqlite3_prepare_v2(db,
		"SELECT name, type = 'trigger', sql LIKE '%CONFLICT%', sql LIKE '%REPLACE%'"
		" FROM main.sqlite_schema WHERE type IN ('table', 'trigger')"
		" AND (sql LIKE '%CONFLICT%' OR sql LIKE '%REPLACE%')",
		-1, &rows, NULL);

	while (rc == SQLITE_OK && (rc = sqlite3_step(rows)) == SQLITE_ROW) {
		read_row(rows, &read);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(rows);
	if (rc != SQLITE_DONE)
		return rc;
	*shape = read;
	return SQLITE_OK;
}

bool conflict_clauses_settles(const struct conflict_clauses *shape, const struct resource *r)
{
	return (shape->settles & bit_of(r)) != 0;
}

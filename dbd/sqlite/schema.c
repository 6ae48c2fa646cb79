#include "schema.h"

#include "fault_of_sqlite.h"
#include "resource.h"
#include "sql.h"

#include <stdarg.h>
#include <stdio.h>

/* The check of one resource's table. Functions that return false have appended the reason to
 * *error.
 */
struct check {
	sqlite3 *db;
	const struct resource *resource;
	struct buf *error;
};

__attribute__((format(printf, 2, 3))) static bool fail(struct check *c, const char *format, ...)
{
	char what[512];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	buf_printf(c->error, "table %s%s", c->resource->plural, what);
	return false;
}

static bool fail_sqlite(struct check *c)
{
	fail(c, ": ");
	store_explain(c->error, sqlite3_extended_errcode(c->db), sqlite3_errmsg(c->db));
	return false;
}

/* Queries. */

/* Prepares a query and binds one or two names; the caller finalizes it. NULL: *error has the
 * reason. */
static sqlite3_stmt *prepare(
	struct check *c, const char *sql, const char *first, const char *second)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(c->db, sql, -1, &statement, NULL) == SQLITE_OK &&
		sqlite3_bind_text(statement, 1, first, -1, SQLITE_STATIC) == SQLITE_OK &&
		(!second ||
			sqlite3_bind_text(statement, 2, second, -1, SQLITE_STATIC) == SQLITE_OK))
		return statement;
	fail_sqlite(c);
	sqlite3_finalize(statement);
	return NULL;
}

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_FAILED };

/* ANSWER_YES if the query returns a row. */
static enum answer query_row(
	struct check *c, const char *sql, const char *first, const char *second)
{
	sqlite3_stmt *statement = prepare(c, sql, first, second);

	if (!statement)
		return ANSWER_FAILED;
	int rc = sqlite3_step(statement);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		fail_sqlite(c);
	sqlite3_finalize(statement);
	return rc == SQLITE_ROW ? ANSWER_YES : rc == SQLITE_DONE ? ANSWER_NO : ANSWER_FAILED;
}

static const char *text(sqlite3_stmt *statement, int column)
{
	const void *value = sqlite3_column_text(statement, column);

	return value ? value : "";
}

/* Columns. */

/* The affinity of a declared type (https://www.sqlite.org/datatype3.html, 3.1): that of the first
 * row whose text is part of the type. */
static const char *affinity(const char *type)
{
	static const struct {
		const char *part, *affinity;
	} rules[] = {
		{ "INT", "INTEGER" },
		{ "CHAR", "TEXT" },
		{ "CLOB", "TEXT" },
		{ "TEXT", "TEXT" },
		{ "BLOB", "BLOB" },
		{ "REAL", "REAL" },
		{ "FLOA", "REAL" },
		{ "DOUB", "REAL" },
	};

	for (size_t i = 0; i < NITEMS(rules); i++)
		if (strcasestr(type, rules[i].part))
			return rules[i].affinity;
	return *type ? "NUMERIC" : "BLOB";
}

/* Dates are stored as text. A column of TEXT affinity stores them unchanged, too; a STRICT table
 * cannot declare DATETIME. */
static bool affinity_serves(const struct field *f, const char *expected, const char *found)
{
	return strcmp(affinity(found), affinity(expected)) == 0 ||
	       (sql_column_may_be_text(f) && strcmp(affinity(found), "TEXT") == 0);
}

struct column {
	const char *type;
	bool not_null, key, generated;
};

static void put_column(struct buf *out, const struct column *column)
{
	buf_printf(out, "%s%s%s%s", *column->type ? column->type : "no type",
		column->not_null ? " NOT NULL" : "", column->key ? " PRIMARY KEY" : "",
		column->generated ? " GENERATED" : "");
}

static bool fail_column(struct check *c, const struct field *f, const struct column *expected,
	const struct column *found)
{
	fail(c, ", column %s: expected ", f->name);
	put_column(c->error, expected);
	buf_str(c->error, STR(", found "));
	put_column(c->error, found);
	return false;
}

static bool check_column(struct check *c, const struct field *f, sqlite3_stmt *statement)
{
	char type[32];
	struct buf type_text;
	const struct column found = { text(statement, 0), sqlite3_column_int(statement, 1) != 0,
		sqlite3_column_int(statement, 2) != 0, sqlite3_column_int(statement, 3) != 0 };
	const struct column expected = { type, true, (f->flags & FIELD_KEY) != 0, false };

	buf_init(&type_text, sizeof(type) - 1);
	sql_column_type(&type_text, f);
	snprintf(type, sizeof(type), "%.*s", STR_ARGS(buf_view(&type_text)));
	buf_done(&type_text);
	/* A rowid is never NULL, even without NOT NULL. */
	if (found.key == expected.key && (found.not_null || found.key) && !found.generated &&
		affinity_serves(f, type, found.type))
		return true;
	return fail_column(c, f, &expected, &found);
}

static bool check_field(struct check *c, const struct field *f)
{
	sqlite3_stmt *statement = prepare(c,
		"SELECT type, \"notnull\", pk, hidden FROM pragma_table_xinfo(?1)"
		" WHERE name = ?2 COLLATE NOCASE",
		c->resource->plural, f->name);

	if (!statement)
		return false;
	int rc = sqlite3_step(statement);
	bool fine = rc == SQLITE_ROW    ? check_column(c, f, statement)
		    : rc == SQLITE_DONE ? fail(c, ", column %s: expected, found none", f->name)
					: fail_sqlite(c);
	sqlite3_finalize(statement);
	return fine;
}

static bool is_field(const struct resource *r, const char *name)
{
	for (unsigned i = 0; i < r->nfields; i++)
		if (sqlite3_stricmp(r->fields[i].name, name) == 0)
			return true;
	return false;
}

/* Refuses undeclared columns that are NOT NULL without a default: an INSERT of dbd would fail. */
static bool check_other_columns(struct check *c)
{
	bool fine = true;
	sqlite3_stmt *statement = prepare(c,
		"SELECT name, type FROM pragma_table_xinfo(?1)"
		" WHERE \"notnull\" AND dflt_value IS NULL AND NOT hidden",
		c->resource->plural, NULL);

	if (!statement)
		return false;
	while (fine && sqlite3_step(statement) == SQLITE_ROW)
		if (!is_field(c->resource, text(statement, 0)))
			fine = fail(c,
				", column %s: expected none, found %s NOT NULL without default",
				text(statement, 0), text(statement, 1));
	sqlite3_finalize(statement);
	return fine;
}

/* Refuses a key that is not the rowid. Only the rowid has no index of its own
 * (https://www.sqlite.org/lang_createtable.html#rowid). */
static bool check_key(struct check *c)
{
	enum answer indexed =
		query_row(c, "SELECT 1 FROM pragma_index_list(?1) WHERE origin = 'pk'",
			c->resource->plural, NULL);

	if (indexed == ANSWER_YES)
		return fail(c,
			", column %s: expected INTEGER PRIMARY KEY (the rowid), found a key with"
			" an index of its own",
			c->resource->fields[resource_field_with(c->resource, FIELD_KEY)].name);
	return indexed == ANSWER_NO;
}

/* Indexes. */

/* A unique index with another collation is accepted: texts with the same bytes are equal in every
 * collation. */
static enum answer has_index(struct check *c, const struct field *f)
{
	if (f->flags & FIELD_UNIQUE)
		return query_row(c,
			"SELECT 1 FROM pragma_index_list(?1) AS i WHERE i.\"unique\" AND NOT "
			"i.partial"
			" AND (SELECT count(*) = 1 AND max(x.name = ?2 COLLATE NOCASE)"
			"  FROM pragma_index_xinfo(i.name) AS x WHERE x.key)",
			c->resource->plural, f->name);
	return query_row(c,
		"SELECT 1 FROM pragma_index_list(?1) AS i WHERE NOT i.partial"
		" AND EXISTS (SELECT 1 FROM pragma_index_xinfo(i.name) AS x"
		"  WHERE x.seqno = 0 AND x.name = ?2 COLLATE NOCASE)",
		c->resource->plural, f->name);
}

/* Executes the statement in sql and frees the buffer. Returns SQLite's code. */
static int run(sqlite3 *db, struct buf *sql)
{
	buf_char(sql, '\0');
	int rc = sql->failed ? SQLITE_NOMEM : sqlite3_exec(db, buf_view(sql).ptr, NULL, NULL, NULL);
	buf_done(sql);
	return rc;
}

enum { SQL_LIMIT = 64 * 1024 };

static bool ensure_index(struct check *c, unsigned field)
{
	const struct field *f = &c->resource->fields[field];
	struct buf sql;

	if (!(f->flags & (FIELD_INDEX | FIELD_UNIQUE)))
		return true;
	enum answer has = has_index(c, f);
	if (has != ANSWER_NO)
		return has == ANSWER_YES;
	buf_init(&sql, SQL_LIMIT);
	sql_create_index(&sql, c->resource, field);
	int rc = run(c->db, &sql);
	if ((rc & 0xff) == SQLITE_CONSTRAINT)
		return fail(c, ", column %s: expected unique values, found duplicates", f->name);
	if (rc == SQLITE_OK)
		return true;
	fail(c, ", column %s: expected %s index, cannot make it: ", f->name,
		f->flags & FIELD_UNIQUE ? "a unique" : "an");
	store_explain(c->error, rc, sqlite3_errmsg(c->db));
	return false;
}

/* Tables. */

static bool create_table(struct check *c)
{
	struct buf sql;

	buf_init(&sql, SQL_LIMIT);
	sql_create_table(&sql, c->resource);
	return run(c->db, &sql) == SQLITE_OK || fail_sqlite(c);
}

static bool check_table(struct check *c)
{
	for (unsigned i = 0; i < c->resource->nfields; i++)
		if (!check_field(c, &c->resource->fields[i]))
			return false;
	return check_key(c) && check_other_columns(c);
}

static bool ensure_table(struct check *c)
{
	sqlite3_stmt *statement = prepare(c,
		"SELECT iif(sql LIKE 'CREATE VIRTUAL %', 'virtual table', type)"
		" FROM main.sqlite_schema WHERE type IN ('table', 'view')"
		" AND name = ?1 COLLATE NOCASE",
		c->resource->plural, NULL);

	if (!statement)
		return false;
	int rc = sqlite3_step(statement);
	bool other = rc == SQLITE_ROW && strcmp(text(statement, 0), "table") != 0;
	if (other)
		fail(c, ": expected a table, found a %s of that name", text(statement, 0));
	sqlite3_finalize(statement);
	if (rc == SQLITE_ROW)
		return !other && check_table(c);
	return rc == SQLITE_DONE ? create_table(c) : fail_sqlite(c);
}

static bool ensure_resource(struct check *c)
{
	if (!ensure_table(c))
		return false;
	for (unsigned i = 0; i < c->resource->nfields; i++)
		if (!ensure_index(c, i))
			return false;
	return true;
}

static bool ensure_all(sqlite3 *db, struct buf *error)
{
	for (unsigned i = 0; i < api->nresources; i++)
		if (!ensure_resource(&(struct check){ db, api->resources[i], error }))
			return false;
	return true;
}

/* Returns SQLITE_OK, SQLITE_BUSY or SQLITE_ERROR; *error has the reason. */
static int ensure_within(sqlite3 *db, const char *begin, struct buf *error)
{
	int rc = sqlite3_exec(db, begin, NULL, NULL, NULL);

	if (rc == SQLITE_OK && !ensure_all(db, error))
		rc = (sqlite3_errcode(db) & 0xff) == SQLITE_BUSY ? SQLITE_BUSY : SQLITE_ERROR;
	else if (rc != SQLITE_OK || sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
		rc = SQLITE_ERROR;
		buf_str(error, STR("cannot make its tables: "));
		store_explain(error, sqlite3_extended_errcode(db), sqlite3_errmsg(db));
	}
	if (rc != SQLITE_OK && !sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

bool schema_ensure(sqlite3 *db, struct buf *error)
{
	size_t begin = buf_len(error);
	/* A complete schema needs no write lock, which another process may hold for long. SQLite
	 * waits for that lock only if the transaction begins with it: hence the second attempt. */
	int rc = ensure_within(db, "BEGIN", error);

	if (rc != SQLITE_BUSY)
		return rc == SQLITE_OK;
	buf_truncate(error, begin);
	return ensure_within(db, "BEGIN IMMEDIATE", error) == SQLITE_OK;
}

/* ON CONFLICT appears only in the text of CREATE TABLE; no pragma reports it. */
bool schema_replaces(sqlite3 *db)
{
	bool replaces = false;

	for (unsigned i = 0; i < api->nresources && !replaces; i++) {
		struct buf error;
		buf_init(&error, SQL_LIMIT);
		struct check c = { db, api->resources[i], &error };
		replaces = query_row(&c,
				   "SELECT 1 FROM main.sqlite_schema WHERE type = 'table'"
				   " AND name = ?1 COLLATE NOCASE AND sql LIKE '%REPLACE%'",
				   api->resources[i]->plural, NULL) != ANSWER_NO;
		buf_done(&error);
	}
	return replaces;
}

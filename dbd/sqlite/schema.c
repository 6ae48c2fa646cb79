#include "schema.h"

#include "fault_of_sqlite.h"
#include "resource.h"
#include "resource_of_table.h"
#include "sql.h"

#include <stdarg.h>
#include <stdio.h>

enum { NAME_SIZE = 256, TYPE_SIZE = 256, SQL_LIMIT = 64 * 1024 };

/* The queries, each prepared once for all tables. */
enum question { QUESTION_TABLES, QUESTION_COLUMNS, QUESTION_INDEXES, QUESTION__COUNT };

/* A column of a table, and the indexes that a field needs. */
struct column {
	bool found;
	char name[NAME_SIZE], type[TYPE_SIZE];
	bool not_null, key, generated, has_default;
	bool first;  /* of an index */
	bool unique; /* alone in a unique index */
};

/* The check of one resource's table at a time. Functions that return false have appended the reason
 * to *error.
 */
struct check {
	sqlite3 *db;
	struct buf *error;
	sqlite3_stmt *questions[QUESTION__COUNT];
	bool *there;                                /* by resource_index: the table was there */
	int failure;                                /* SQLite's primary code of what has failed */
	const struct resource *resource;            /* NULL: none yet */
	struct column columns[RESOURCE_MAX_FIELDS]; /* by field */
	bool key_is_indexed;
};

__attribute__((format(printf, 2, 3))) static bool fail(struct check *c, const char *format, ...)
{
	char what[512];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (c->resource)
		buf_printf(c->error, "table %s", c->resource->table);
	buf_str(c->error, str_from(what));
	return false;
}

static bool fail_sqlite(struct check *c)
{
	c->failure = sqlite3_errcode(c->db) & 0xff;
	fail(c, ": ");
	store_explain(c->error, sqlite3_extended_errcode(c->db), sqlite3_errmsg(c->db));
	return false;
}

/* Queries. */

static const char *const questions[] = {
	[QUESTION_TABLES] = "SELECT name, iif(sql LIKE 'CREATE VIRTUAL %', 'virtual table', type)"
			    " FROM main.sqlite_schema WHERE type IN ('table', 'view')",
	[QUESTION_COLUMNS] = "SELECT name, type, \"notnull\", pk, hidden, dflt_value IS NOT NULL"
			     " FROM pragma_table_xinfo(?1)",
	/* Of each index that is not partial: its origin, its first column, and 1 if it is a unique
	 * index of that column alone. A unique index with another collation counts: texts with the
	 * same bytes are equal in every collation. */
	[QUESTION_INDEXES] = "SELECT i.origin, max(x.name) FILTER (WHERE x.seqno = 0),"
			     " i.\"unique\" AND sum(x.key) = 1"
			     " FROM pragma_index_list(?1) AS i, pragma_index_xinfo(i.name) AS x"
			     " WHERE NOT i.partial GROUP BY i.seq",
};
_Static_assert(NITEMS(questions) == QUESTION__COUNT, "a question has no text");

/* Starts a query about the table of this name; NULL: about all. The caller resets it. NULL: *error
 * has the reason. */
static sqlite3_stmt *ask(struct check *c, enum question question, const char *table)
{
	sqlite3_stmt **statement = &c->questions[question];

	if (!*statement &&
		sqlite3_prepare_v2(c->db, questions[question], -1, statement, NULL) != SQLITE_OK) {
		fail_sqlite(c);
		return NULL;
	}
	if (table && sqlite3_bind_text(*statement, 1, table, -1, SQLITE_STATIC) != SQLITE_OK) {
		fail_sqlite(c);
		return NULL;
	}
	return *statement;
}

/* Ends a query whose last step returned rc. */
static bool answered(struct check *c, sqlite3_stmt *statement, int rc)
{
	bool fine = rc == SQLITE_DONE || fail_sqlite(c);

	sqlite3_reset(statement);
	return fine;
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

/* A STRICT table cannot declare DATETIME and the like; its types store the same values. */
static bool affinity_serves(const struct field *f, const char *expected, const char *found)
{
	const char *other = sql_other_affinity(f);

	return strcmp(affinity(found), affinity(expected)) == 0 ||
	       (other && strcmp(affinity(found), other) == 0);
}

static void put_column(struct buf *out, const struct column *column)
{
	buf_printf(out, "%s%s%s%s", *column->type ? column->type : "no type",
		column->not_null ? " NOT NULL" : "", column->key ? " PRIMARY KEY" : "",
		column->generated ? " GENERATED" : "");
}

static struct column expected_column(const struct field *f)
{
	struct column expected = { .not_null = !(f->flags & FIELD_NULLABLE),
		.key = (f->flags & FIELD_KEY) != 0 };
	struct buf type;

	buf_init(&type, TYPE_SIZE - 1);
	sql_column_type(&type, f);
	snprintf(expected.type, TYPE_SIZE, "%.*s", STR_ARGS(buf_view(&type)));
	buf_done(&type);
	return expected;
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

/* Rows that are there need a value for a column that is added. */
static bool fail_missing(struct check *c, const struct field *f, const struct column *expected)
{
	bool has_value = f->flags & (FIELD_NULLABLE | FIELD_PRESET);

	fail(c, ", column %s: expected ", f->name);
	put_column(c->error, expected);
	buf_str(c->error, STR(", found none; "));
	buf_str(c->error, has_value ? STR("posternctl migrate can add it")
				    : STR("declare it nullable or with a default, then posternctl"
					  " migrate can add it"));
	return false;
}

static bool check_column(struct check *c, unsigned field)
{
	const struct field *f = &c->resource->fields[field];
	const struct column *found = &c->columns[field];
	const struct column expected = expected_column(f);
	/* A rowid is never NULL, even without NOT NULL. */
	bool nulls = found->not_null == expected.not_null || (found->key && expected.key);

	if (!found->found)
		return fail_missing(c, f, &expected);
	if (found->key == expected.key && nulls && !found->generated &&
		affinity_serves(f, expected.type, found->type))
		return true;
	return fail_column(c, f, &expected, found);
}

/* The field of this name; nfields: none. */
static unsigned field_of(const struct resource *r, const char *name)
{
	unsigned i = 0;

	while (i < r->nfields && sqlite3_stricmp(r->fields[i].name, name) != 0)
		i++;
	return i;
}

static struct column column_of(sqlite3_stmt *row)
{
	struct column column = {
		.found = true,
		.not_null = sqlite3_column_int(row, 2) != 0,
		.key = sqlite3_column_int(row, 3) != 0,
		.generated = sqlite3_column_int(row, 4) != 0,
		.has_default = sqlite3_column_int(row, 5) != 0,
	};

	snprintf(column.name, sizeof(column.name), "%s", text(row, 0));
	snprintf(column.type, sizeof(column.type), "%s", text(row, 1));
	return column;
}

/* Fills c->columns. Returns the first column that is not declared and is in the way, as an
 * undeclared one that is NOT NULL without a default: an INSERT of dbd would fail. */
static bool read_columns(struct check *c, struct column *other)
{
	const struct resource *r = c->resource;
	sqlite3_stmt *row = ask(c, QUESTION_COLUMNS, r->table);
	int rc = SQLITE_DONE;

	memset(c->columns, 0, r->nfields * sizeof(*c->columns));
	while (row && (rc = sqlite3_step(row)) == SQLITE_ROW) {
		struct column column = column_of(row);
		unsigned field = field_of(r, column.name);
		if (field < r->nfields)
			c->columns[field] = column;
		else if (!other->found && column.not_null && !column.has_default &&
			 !column.generated)
			*other = column;
	}
	return row && answered(c, row, rc);
}

/* Refuses a key that is not the rowid. Only the rowid has no index of its own
 * (https://www.sqlite.org/lang_createtable.html#rowid). */
static bool check_key(struct check *c)
{
	const struct field *key = &c->resource->fields[RESOURCE_KEY];

	return !c->key_is_indexed ||
	       fail(c,
		       ", column %s: expected INTEGER PRIMARY KEY (the rowid), found a key with"
		       " an index of its own",
		       key->name);
}

/* Indexes. */

static void note_index(struct check *c, sqlite3_stmt *row)
{
	unsigned field = field_of(c->resource, text(row, 1));

	c->key_is_indexed |= strcmp(text(row, 0), "pk") == 0;
	if (field == c->resource->nfields)
		return;
	c->columns[field].first = true;
	c->columns[field].unique |= sqlite3_column_int(row, 2) != 0;
}

static bool read_indexes(struct check *c)
{
	sqlite3_stmt *row = ask(c, QUESTION_INDEXES, c->resource->table);
	int rc = SQLITE_DONE;

	c->key_is_indexed = false;
	while (row && (rc = sqlite3_step(row)) == SQLITE_ROW)
		note_index(c, row);
	return row && answered(c, row, rc);
}

/* Executes the statement in sql and frees the buffer. Returns SQLite's code. */
static int run(sqlite3 *db, struct buf *sql)
{
	buf_char(sql, '\0');
	int rc = sql->failed ? SQLITE_NOMEM : sqlite3_exec(db, buf_view(sql).ptr, NULL, NULL, NULL);
	buf_done(sql);
	return rc;
}

static bool create_index(struct check *c, unsigned field)
{
	const struct field *f = &c->resource->fields[field];
	struct buf sql;

	buf_init(&sql, SQL_LIMIT);
	sql_create_index(&sql, c->resource, field);
	int rc = run(c->db, &sql);
	if ((rc & 0xff) == SQLITE_CONSTRAINT)
		return fail(c, ", column %s: expected unique values, found duplicates", f->name);
	if (rc == SQLITE_OK)
		return true;
	c->failure = rc & 0xff;
	fail(c, ", column %s: expected %s index, cannot make it: ", f->name,
		f->flags & FIELD_UNIQUE ? "a unique" : "an");
	store_explain(c->error, rc, sqlite3_errmsg(c->db));
	return false;
}

static bool lacks_index(const struct column *column, const struct field *f)
{
	if (f->flags & FIELD_UNIQUE)
		return !column->unique;
	return f->flags & FIELD_INDEX && !column->first;
}

/* Tables. */

/* Creates what is missing beside a table that is there. */
static bool complete_table(struct check *c)
{
	for (unsigned i = 0; i < c->resource->nfields; i++)
		if (lacks_index(&c->columns[i], &c->resource->fields[i]) && !create_index(c, i))
			return false;
	return true;
}

static bool check_table(struct check *c)
{
	struct column other = { 0 };

	if (!read_columns(c, &other) || !read_indexes(c))
		return false;
	for (unsigned i = 0; i < c->resource->nfields; i++)
		if (!check_column(c, i))
			return false;
	if (!check_key(c))
		return false;
	return !other.found ||
	       fail(c, ", column %s: expected none, found %s NOT NULL without default", other.name,
		       other.type);
}

static bool create_table(struct check *c)
{
	struct buf sql;

	buf_init(&sql, SQL_LIMIT);
	sql_create_table(&sql, c->resource);
	if (run(c->db, &sql) != SQLITE_OK)
		return fail_sqlite(c);
	for (unsigned i = 0; i < c->resource->nfields; i++)
		if (c->resource->fields[i].flags & FIELD_INDEX && !create_index(c, i))
			return false;
	return true;
}

/* Sets c->there. */
static bool find_tables(struct check *c)
{
	sqlite3_stmt *row = ask(c, QUESTION_TABLES, NULL);
	int rc = SQLITE_DONE;

	while (row && (rc = sqlite3_step(row)) == SQLITE_ROW) {
		const struct resource *r = resource_of_table(text(row, 0));
		if (!r)
			continue;
		c->resource = r;
		c->there[resource_index(r)] = true;
		if (strcmp(text(row, 1), "table") != 0) {
			fail(c, ": expected a table, found a %s of that name", text(row, 1));
			sqlite3_reset(row);
			return false;
		}
	}
	return row && answered(c, row, rc);
}

static bool ensure_table(struct check *c, const struct resource *r)
{
	c->resource = r;
	if (!c->there[resource_index(r)])
		return create_table(c);
	return check_table(c) && complete_table(c);
}

static bool ensure_each(struct check *c)
{
	if (!find_tables(c))
		return false;
	for (unsigned i = 0; i < api->nresources; i++)
		if (!ensure_table(c, api->resources[i]))
			return false;
	return true;
}

/* Returns SQLITE_OK, SQLITE_BUSY or SQLITE_ERROR; *error has the reason. */
static int ensure_all(sqlite3 *db, struct buf *error)
{
	bool there[RESOURCES_MAX] = { false };
	struct check c = { .db = db, .error = error, .there = there };
	int rc = SQLITE_OK;

	if (!ensure_each(&c))
		rc = c.failure == SQLITE_BUSY ? SQLITE_BUSY : SQLITE_ERROR;
	for (size_t i = 0; i < NITEMS(c.questions); i++)
		sqlite3_finalize(c.questions[i]);
	return rc;
}

/* The same. */
static int ensure_within(sqlite3 *db, const char *begin, struct buf *error)
{
	int rc = sqlite3_exec(db, begin, NULL, NULL, NULL);
	bool begun = rc == SQLITE_OK;

	if (begun)
		rc = ensure_all(db, error);
	if (!begun ||
		(rc == SQLITE_OK && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)) {
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

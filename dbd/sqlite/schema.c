#include "schema.h"

#include "fault_of_sqlite.h"
#include "sql.h"
#include "table_shape.h"

#include <stdarg.h>
#include <stdio.h>

enum { SQL_LIMIT = 64 * 1024 };

/* Functions that return false have appended the reason to s->error. */

__attribute__((format(printf, 2, 3))) static bool fail(struct shape *s, const char *format, ...)
{
	char what[512];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	buf_printf(s->error, "table %s", s->resource->table);
	buf_str(s->error, str_from(what));
	return false;
}

/* Rows that are there need a value for a column that is added. */
static struct str remedy(const struct field *f)
{
	bool has_value = f->flags & (FIELD_NULLABLE | FIELD_PRESET);

	return has_value ? STR("; posternctl migrate can add it")
			 : STR("; declare it nullable or with a default, then posternctl migrate"
			       " can add it");
}

static bool check_column(struct shape *s, unsigned field)
{
	bool found = s->columns[field].found;

	if (found && shape_column_serves(s, field))
		return true;
	fail(s, "%s", "");
	shape_say_column(s->error, s, field);
	if (!found)
		buf_str(s->error, remedy(&s->resource->fields[field]));
	return false;
}

/* Refuses a key that is not the rowid. Only the rowid has no index of its own
 * (https://www.sqlite.org/lang_createtable.html#rowid). */
static bool check_key(struct shape *s)
{
	const struct field *key = &s->resource->fields[resource_field_with(s->resource, FIELD_KEY)];

	return !s->key_is_indexed ||
	       fail(s,
		       ", column %s: expected INTEGER PRIMARY KEY (the rowid), found a key with"
		       " an index of its own",
		       key->name);
}

static bool create_index(struct shape *s, unsigned field)
{
	const struct field *f = &s->resource->fields[field];
	struct buf sql;

	buf_init(&sql, SQL_LIMIT);
	sql_create_index(&sql, s->resource, field);
	int rc = shape_run(s->db, &sql);
	if ((rc & 0xff) == SQLITE_CONSTRAINT)
		return fail(s, ", column %s: expected unique values, found duplicates", f->name);
	if (rc == SQLITE_OK)
		return true;
	s->failure = rc & 0xff;
	fail(s, ", column %s: expected %s index, cannot make it: ", f->name,
		f->flags & FIELD_UNIQUE ? "a unique" : "an");
	store_explain(s->error, rc, sqlite3_errmsg(s->db));
	return false;
}

/* Tables. */

/* Creates what is missing beside a table that is there. */
static bool complete_table(struct shape *s)
{
	for (unsigned i = 0; i < s->resource->nfields; i++)
		if (shape_lacks_index(s, i) && !create_index(s, i))
			return false;
	return true;
}

static bool check_table(struct shape *s)
{
	for (unsigned i = 0; i < s->resource->nfields; i++)
		if (!check_column(s, i))
			return false;
	if (!check_key(s))
		return false;
	return !s->undeclared.found ||
	       fail(s, ", column %s: expected none, found %s NOT NULL without default",
		       s->undeclared.name, s->undeclared.type);
}

static bool create_table(struct shape *s)
{
	struct buf sql;

	buf_init(&sql, SQL_LIMIT);
	sql_create_table(&sql, s->resource);
	if (shape_run(s->db, &sql) != SQLITE_OK)
		return shape_fail_sqlite(s);
	for (unsigned i = 0; i < s->resource->nfields; i++)
		if (s->resource->fields[i].flags & FIELD_INDEX && !create_index(s, i))
			return false;
	return true;
}

static bool ensure_table(struct shape *s, const struct resource *r)
{
	enum shape_kind kind = s->kinds[resource_index(r)];

	s->resource = r;
	if (kind == SHAPE_ABSENT)
		return create_table(s);
	if (kind != SHAPE_TABLE)
		return fail(
			s, ": expected a table, found a %s of that name", shape_kind_name(kind));
	return shape_read(s, r) && check_table(s) && complete_table(s);
}

static bool ensure_each(struct shape *s)
{
	for (unsigned i = 0; i < s->declared->nresources; i++)
		if (!ensure_table(s, s->declared->resources[i]))
			return false;
	return true;
}

int schema_complete(sqlite3 *db, const struct api *declared, struct buf *error)
{
	struct shape s;
	int rc = SQLITE_OK;

	if (!shape_begin(&s, db, declared, error) || !ensure_each(&s))
		rc = s.failure == SQLITE_BUSY ? SQLITE_BUSY : SQLITE_ERROR;
	shape_end(&s);
	return rc;
}

/* The same. */
static int ensure_within(sqlite3 *db, const char *begin, struct buf *error)
{
	int rc = sqlite3_exec(db, begin, NULL, NULL, NULL);
	bool begun = rc == SQLITE_OK;

	if (begun)
		rc = schema_complete(db, api, error);
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

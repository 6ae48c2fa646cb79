#include "schema.h"

#include "fault_of_sqlite.h"
#include "schema_texts.h"
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

static bool check_key(struct shape *s)
{
	const char *objection = shape_key_objection(s);

	return !objection ||
	       fail(s, ", column %s: %s", s->resource->fields[RESOURCE_KEY].name, objection);
}

static bool fail_duplicates(struct shape *s, const char *column)
{
	return fail(s, ", column %s: expected unique values, found duplicates", column);
}

static bool create_index(struct shape *s, unsigned field)
{
	const struct field *f = &s->resource->fields[field];
	struct buf sql;

	buf_init(&sql, SQL_LIMIT);
	sql_create_index(&sql, s->resource, field);
	int rc = shape_run(s->db, &sql);
	if ((rc & 0xff) == SQLITE_CONSTRAINT)
		return fail_duplicates(s, f->name);
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

/* Whether a unique index could be made. */
static bool check_duplicates(struct shape *s, unsigned field)
{
	const char *table = s->resource->table, *column = s->resource->fields[field].name;
	sqlite3_stmt *statement = NULL;
	struct buf sql;

	buf_init(&sql, SQL_LIMIT);
	buf_printf(&sql,
		"SELECT 1 FROM \"%s\" WHERE \"%s\" IS NOT NULL GROUP BY \"%s\""
		" HAVING count(*) > 1 LIMIT 1",
		table, column, column);
	struct str text = buf_view(&sql);
	int rc = sqlite3_prepare_v2(s->db, text.ptr, (int)text.len, &statement, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	buf_done(&sql);
	bool fine = rc == SQLITE_DONE ||
		    (rc == SQLITE_ROW ? fail_duplicates(s, column) : shape_fail_sqlite(s));
	sqlite3_finalize(statement);
	return fine;
}

/* Whether a name is free. Else *is_index: an index has it; otherwise a table does, or the reason
 * why that is not known is in *error. */
static bool check_name(struct shape *s, const char *name, bool *is_index)
{
	sqlite3_stmt *statement = NULL;
	int rc = sqlite3_prepare_v2(s->db,
		"SELECT type = 'index' FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE", -1,
		&statement, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	*is_index = rc == SQLITE_ROW && sqlite3_column_int(statement, 0) != 0;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		shape_fail_sqlite(s);
	sqlite3_finalize(statement);
	return rc == SQLITE_DONE;
}

/* Whether create_index would succeed; the lines are the same. */
static bool check_index(struct shape *s, unsigned field)
{
	const struct field *f = &s->resource->fields[field];
	char name[2 * SHAPE_NAME_SIZE];
	bool is_index;

	snprintf(name, sizeof(name), "ix_%s_%s", s->resource->table, f->name);
	if (check_name(s, name, &is_index))
		return true;
	if (s->failure)
		return false;
	return fail(s,
		is_index ? ", column %s: expected %s index, cannot make it: index %s already exists"
			 : ", column %s: expected %s index, cannot make it: there is already a "
			   "table named %s",
		f->name, f->flags & FIELD_UNIQUE ? "a unique" : "an", name);
}

/* Whether create_table would succeed. */
static bool check_creation(struct shape *s)
{
	bool is_index;

	if (!check_name(s, s->resource->table, &is_index))
		return !s->failure &&
		       fail(s, ": there is already an index named %s", s->resource->table);
	for (unsigned i = 0; i < s->resource->nfields; i++)
		if (s->resource->fields[i].flags & FIELD_INDEX && !check_index(s, i))
			return false;
	return true;
}

/* Whether complete_table would succeed. */
static bool check_completion(struct shape *s)
{
	for (unsigned i = 0; i < s->resource->nfields; i++) {
		if (!shape_lacks_index(s, i))
			continue;
		if (!check_index(s, i))
			return false;
		if (s->resource->fields[i].flags & FIELD_UNIQUE && !check_duplicates(s, i))
			return false;
	}
	return true;
}

/* What is done with tables that are not there, and with those that have passed their check. */
struct care {
	bool (*create)(struct shape *s);
	bool (*complete)(struct shape *s);
};

static bool care_for_table(struct shape *s, const struct care *care, const struct resource *r)
{
	enum shape_kind kind = s->kinds[resource_index(r)];

	s->resource = r;
	if (kind == SHAPE_ABSENT)
		return care->create(s);
	if (kind != SHAPE_TABLE)
		return fail(
			s, ": expected a table, found a %s of that name", shape_kind_name(kind));
	return shape_read(s, r) && check_table(s) && care->complete(s);
}

static bool care_for_each(struct shape *s, const struct care *care)
{
	for (unsigned i = 0; i < s->declared->nresources; i++)
		if (!care_for_table(s, care, s->declared->resources[i]))
			return false;
	return true;
}

/* Returns SQLITE_OK, or SQLITE_BUSY or SQLITE_ERROR with the line in *error. */
static int care_for_all(
	sqlite3 *db, const struct care *care, const struct api *declared, struct buf *error)
{
	struct shape s;
	int rc = SQLITE_OK;

	if (!shape_begin(&s, db, declared, error) || !care_for_each(&s, care))
		rc = s.failure == SQLITE_BUSY ? SQLITE_BUSY : SQLITE_ERROR;
	shape_end(&s);
	return rc;
}

int schema_complete(sqlite3 *db, const struct api *declared, struct buf *error)
{
	return care_for_all(db, &(struct care){ create_table, complete_table }, declared, error);
}

bool schema_check(sqlite3 *db, const struct api *declared, struct buf *error)
{
	int rc = sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);

	if (rc != SQLITE_OK) {
		store_explain(error, sqlite3_extended_errcode(db), sqlite3_errmsg(db));
		return false;
	}
	rc = care_for_all(db, &(struct care){ check_creation, check_completion }, declared, error);
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return rc == SQLITE_OK;
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

/* A complete schema needs no write lock, which another process may hold for long. SQLite waits for
 * that lock only if the transaction begins with it: hence the second attempt. */
static int ensure_patiently(sqlite3 *db, struct buf *error)
{
	size_t begin = buf_len(error);
	int rc = ensure_within(db, "BEGIN", error);

	if (rc != SQLITE_BUSY)
		return rc;
	buf_truncate(error, begin);
	return ensure_within(db, "BEGIN IMMEDIATE", error);
}

/* The pages of many new tables stay in memory until the commit, so that they are written and synced
 * once. */
bool schema_ensure(sqlite3 *db, struct buf *error)
{
	if (schema_texts_equal(db, api))
		return true;
	sqlite3_exec(db, "PRAGMA cache_spill = OFF", NULL, NULL, NULL);
	int rc = ensure_patiently(db, error);
	sqlite3_exec(db, "PRAGMA cache_spill = ON", NULL, NULL, NULL);
	return rc == SQLITE_OK;
}

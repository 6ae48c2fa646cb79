#include "pg_schema.h"

#include "freshness.h"
#include "pg_column_type.h"
#include "pg_commits.h"
#include "pg_shape.h"
#include "pg_sql.h"
#include "pg_value.h"

#include <stdarg.h>
#include <stdio.h>

/* Functions that return false have appended the reason to s->error. */

__attribute__((format(printf, 3, 4))) static bool fail(
	struct pg_shape *s, const struct pg_table *t, const char *format, ...)
{
	char what[512];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	buf_printf(s->error, "table %s", t->resource->table);
	buf_str(s->error, str_from(what));
	return false;
}

static bool is_association(const struct pg_shape *s, const struct pg_table *t)
{
	return resource_index(t->resource) >= s->declared->nresources;
}

/* What PostgreSQL does not have. */

/* Columns that every table has. */
static bool is_system_column(const char *name)
{
	static const char *const names[] = { "cmax", "cmin", "ctid", "tableoid", "xmax", "xmin" };

	for (size_t i = 0; i < NITEMS(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool check_fields(struct pg_shape *s, const struct pg_table *t)
{
	const struct resource *r = t->resource;

	for (unsigned i = 0; i < resource_columns(r); i++) {
		const struct field *f = &r->fields[i];
		if (f->flags & FIELD_PRESET && !pg_value_fits(f, &f->preset))
			return fail(s, t, ", column %s: it cannot store the default", f->name);
		if (is_system_column(f->name))
			return fail(s, t,
				", column %s: PostgreSQL has one of this name in every table; the "
				"field needs another name",
				f->name);
	}
	return true;
}

/* Columns. */

static void put_default(struct pg_shape *s, const struct field *f)
{
	const char *text = f->flags & FIELD_PRESET && f->preset.kind != VALUE_NULL
				   ? pg_value_text(&s->arena, f, &f->preset)
				   : NULL;

	if (!text)
		return;
	buf_str(s->error, STR(" DEFAULT '"));
	for (; *text; text++)
		buf_printf(s->error, *text == '\'' ? "'%c" : "%c", *text);
	buf_char(s->error, '\'');
}

static void put_alter(struct pg_shape *s, const struct pg_table *t, const char *how)
{
	buf_str(s->error, STR("; the remedy may be: ALTER TABLE "));
	pg_sql_name(s->error, t->resource->table);
	buf_str(s->error, str_from(how));
}

static bool fail_missing(struct pg_shape *s, const struct pg_table *t, const struct field *f)
{
	fail(s, t, ", column %s: expected ", f->name);
	pg_sql_column_type(s->error, f);
	buf_str(s->error, f->flags & FIELD_NULLABLE ? STR("") : STR(" NOT NULL"));
	buf_str(s->error, STR(", found none"));
	put_alter(s, t, " ADD COLUMN ");
	pg_sql_column(s->error, f);
	put_default(s, f);
	return false;
}

static bool fail_column(struct pg_shape *s, const struct pg_table *t, unsigned field)
{
	const struct field *f = &t->resource->fields[field];
	const struct pg_column *found = &t->columns[field];

	fail(s, t, ", column %s: expected ", f->name);
	pg_sql_column_type(s->error, f);
	buf_printf(s->error, "%s, found %s%s%s", f->flags & FIELD_NULLABLE ? "" : " NOT NULL",
		found->type, found->not_null ? " NOT NULL" : "",
		found->generated ? " GENERATED" : "");
	return false;
}

static bool fail_type(struct pg_shape *s, const struct pg_table *t, unsigned field)
{
	const struct field *f = &t->resource->fields[field];

	fail_column(s, t, field);
	put_alter(s, t, " ALTER COLUMN ");
	pg_sql_name(s->error, f->name);
	buf_str(s->error, STR(" TYPE "));
	pg_sql_column_type(s->error, f);
	return false;
}

static bool fail_nulls(struct pg_shape *s, const struct pg_table *t, unsigned field)
{
	const struct field *f = &t->resource->fields[field];

	fail_column(s, t, field);
	put_alter(s, t, " ALTER COLUMN ");
	pg_sql_name(s->error, f->name);
	buf_str(s->error, f->flags & FIELD_NULLABLE ? STR(" DROP NOT NULL") : STR(" SET NOT NULL"));
	return false;
}

/* Of a column that is an enum, or of a type that is there before it. */
static bool check_labels(struct pg_shape *s, const struct pg_table *t, unsigned field)
{
	const struct field *f = &t->resource->fields[field];

	for (unsigned i = 0; i < f->choices->count; i++) {
		if (t->columns[field].labels[i])
			continue;
		fail(s, t, ", column %s: the type has no \"%.*s\"; the remedy may be: ", f->name,
			STR_ARGS(f->choices->list[i].name));
		pg_sql_add_label(s->error, f, i);
		return false;
	}
	return true;
}

static bool check_column(struct pg_shape *s, const struct pg_table *t, unsigned field)
{
	const struct field *f = &t->resource->fields[field];
	const struct pg_column *found = &t->columns[field];
	bool serves = f->type == FIELD_ENUM ? found->is_enum
					    : found->found && pg_column_type_serves(f, found->type);

	if (!found->found)
		return fail_missing(s, t, f);
	if (found->generated)
		return fail_column(s, t, field);
	if (!serves)
		return fail_type(s, t, field);
	if (!is_association(s, t) && found->not_null == !!(f->flags & FIELD_NULLABLE))
		return fail_nulls(s, t, field);
	return f->type != FIELD_ENUM || check_labels(s, t, field);
}

static bool check_key(struct pg_shape *s, const struct pg_table *t)
{
	const struct field *f = &t->resource->fields[RESOURCE_KEY];
	const struct pg_column *key = &t->columns[RESOURCE_KEY];

	if (is_association(s, t))
		return true;
	if (!key->unique)
		return fail(s, t,
			", column %s: expected PRIMARY KEY, found no unique index of it "
			"alone",
			f->name);
	return resource_has_uuids(t->resource) || key->has_default ||
	       fail(s, t,
		       ", column %s: expected a number that PostgreSQL counts (SERIAL or "
		       "IDENTITY), found no default",
		       f->name);
}

/* Tables. */

static bool check_table(struct pg_shape *s, const struct pg_table *t)
{
	if (t->kind != 'r' && t->kind != 'p')
		return fail(s, t, ": expected a table, found a %s of that name",
			t->kind == 'v'   ? "view"
			: t->kind == 'm' ? "materialized view"
			: t->kind == 'f' ? "foreign table"
					 : "relation");
	for (unsigned i = 0; i < resource_columns(t->resource); i++)
		if (!check_column(s, t, i))
			return false;
	if (!check_key(s, t))
		return false;
	return !t->undeclared.found ||
	       fail(s, t, ", column %s: expected none, found %s NOT NULL without default",
		       t->undeclared.name, t->undeclared.type);
}

/* Types that are there before the table. */
static bool check_types(struct pg_shape *s, const struct pg_table *t)
{
	for (unsigned i = 0; i < resource_columns(t->resource); i++) {
		const struct pg_column *column = &t->columns[i];
		const struct field *f = &t->resource->fields[i];
		if (f->type != FIELD_ENUM || !column->type_found)
			continue;
		if (!column->is_enum) {
			fail(s, t, ", column %s: there is already another type named ", f->name);
			pg_sql_column_type(s->error, f);
			return false;
		}
		if (!check_labels(s, t, i))
			return false;
	}
	return true;
}

static bool check_all(struct pg_shape *s)
{
	for (unsigned i = 0; i < api_count_tables(s->declared); i++) {
		const struct pg_table *t = &s->tables[i];
		if (!check_fields(s, t) || !(t->kind ? check_table(s, t) : check_types(s, t)))
			return false;
	}
	return true;
}

/* What is missing. */

static bool lacks_index(const struct pg_table *t, unsigned field)
{
	const struct field *f = &t->resource->fields[field];

	if (!t->kind)
		return f->flags & FIELD_INDEX;
	if (f->flags & FIELD_UNIQUE)
		return !t->columns[field].unique;
	return f->flags & FIELD_INDEX && !t->columns[field].first;
}

static bool is_complete(const struct pg_shape *s)
{
	for (unsigned i = 0; i < api_count_tables(s->declared); i++) {
		const struct pg_table *t = &s->tables[i];
		if (!t->kind)
			return false;
		for (unsigned j = 0; j < resource_columns(t->resource); j++)
			if (lacks_index(t, j))
				return false;
	}
	return true;
}

/* Making it. */

/* Runs the statement in sql, and empties it. NULL: *error has the reason. */
static PGresult *run(struct pg_shape *s, struct buf *sql)
{
	buf_char(sql, '\0');
	PGresult *result = pg_shape_ask(s->conn, buf_view(sql).ptr, NULL, s->error);
	buf_reset(sql, SIZE_MAX);
	return result;
}

static bool execute(struct pg_shape *s, const struct pg_table *t, struct buf *sql)
{
	size_t begin = buf_len(s->error);

	fail(s, t, ": ");
	PGresult *result = run(s, sql);
	if (!result)
		return false;
	PQclear(result);
	buf_truncate(s->error, begin);
	return true;
}

static bool make_type(struct pg_shape *s, const struct pg_table *t, unsigned field)
{
	const struct field *f = &t->resource->fields[field];
	struct buf sql;

	/* Another table may have had it made. */
	buf_init(&sql, SIZE_MAX);
	buf_str(&sql, STR("SELECT 1 WHERE to_regtype('"));
	pg_sql_column_type(&sql, f);
	buf_str(&sql, STR("') IS NOT NULL"));
	PGresult *result = run(s, &sql);
	bool fine = result != NULL, there = fine && PQntuples(result) > 0;
	PQclear(result);
	pg_sql_create_type(&sql, f);
	fine = fine && (there || execute(s, t, &sql));
	buf_done(&sql);
	return fine;
}

/* True if the table to which the field refers is there, or will be before this one is made. */
static bool may_refer(const struct pg_shape *s, const struct pg_table *t, const struct field *f)
{
	const struct pg_table *to = &s->tables[resource_index(f->to)];

	return to->kind || to <= t;
}

static bool make_table(struct pg_shape *s, const struct pg_table *t)
{
	const struct resource *r = t->resource;
	uint64_t references = 0;
	struct buf sql;

	for (unsigned i = 0; i < resource_columns(r); i++) {
		const struct field *f = &r->fields[i];
		if (f->type == FIELD_ENUM && !make_type(s, t, i))
			return false;
		if (f->to && may_refer(s, t, f))
			references |= UINT64_C(1) << i;
	}
	buf_init(&sql, SIZE_MAX);
	pg_sql_create_table(&sql, r, references);
	bool fine = execute(s, t, &sql);
	buf_done(&sql);
	return fine;
}

/* Those for which the table came too early. */
static bool make_references(struct pg_shape *s, const struct pg_table *t)
{
	struct buf sql;
	bool fine = true;

	buf_init(&sql, SIZE_MAX);
	for (unsigned i = 0; fine && !t->kind && i < resource_columns(t->resource); i++) {
		const struct field *f = &t->resource->fields[i];
		if (!f->to || may_refer(s, t, f))
			continue;
		pg_sql_add_reference(&sql, t->resource, i);
		fine = execute(s, t, &sql);
	}
	buf_done(&sql);
	return fine;
}

/* Whether a unique index can be made. */
static bool check_duplicates(struct pg_shape *s, const struct pg_table *t, const struct field *f)
{
	struct buf sql;

	buf_init(&sql, SIZE_MAX);
	buf_str(&sql, STR("SELECT 1 FROM "));
	pg_sql_name(&sql, t->resource->table);
	buf_printf(&sql, " WHERE \"%s\" IS NOT NULL GROUP BY \"%s\" HAVING count(*) > 1 LIMIT 1",
		f->name, f->name);
	PGresult *result = run(s, &sql);
	bool fine = result &&
		    (PQntuples(result) == 0 || fail(s, t,
						       ", column %s: expected unique values, found "
						       "duplicates",
						       f->name));
	PQclear(result);
	buf_done(&sql);
	return fine;
}

static bool make_index(struct pg_shape *s, const struct pg_table *t, unsigned field)
{
	const struct field *f = &t->resource->fields[field];
	struct buf sql;

	if (t->kind && f->flags & FIELD_UNIQUE && !check_duplicates(s, t, f))
		return false;
	buf_init(&sql, SIZE_MAX);
	pg_sql_create_index(&sql, t->resource, field);
	bool fine = execute(s, t, &sql);
	buf_done(&sql);
	return fine;
}

static bool make_indexes(struct pg_shape *s, const struct pg_table *t)
{
	for (unsigned i = 0; i < resource_columns(t->resource); i++)
		if (lacks_index(t, i) && !make_index(s, t, i))
			return false;
	return true;
}

static bool make_missing(struct pg_shape *s)
{
	unsigned count = api_count_tables(s->declared);

	for (unsigned i = 0; i < count; i++)
		if (!s->tables[i].kind && !make_table(s, &s->tables[i]))
			return false;
	for (unsigned i = 0; i < count; i++)
		if (!make_references(s, &s->tables[i]) || !make_indexes(s, &s->tables[i]))
			return false;
	return true;
}

/* Transactions. */

static bool do_one(PGconn *conn, const char *statement, struct buf *error)
{
	PGresult *result = pg_shape_ask(conn, statement, NULL, error);

	PQclear(result);
	return result != NULL;
}

/* Ends the transaction, of which `fine` says whether it has succeeded. */
static bool end(PGconn *conn, bool fine, struct buf *error)
{
	if (fine)
		return do_one(conn, "COMMIT", error);
	PQclear(PQexec(conn, "ROLLBACK"));
	return false;
}

/* "postern" in ASCII: other programs that lock so have other numbers. */
#define LOCK "SELECT pg_advisory_xact_lock(31647739056321134)"

/* Reads the tables again: another process may have made them while this one waited. */
static bool complete(PGconn *conn, const struct api *declared, struct buf *error)
{
	struct pg_shape s = { 0 };

	if (!do_one(conn, "BEGIN", error))
		return false;
	bool fine = do_one(conn, LOCK, error) && pg_shape_read(&s, conn, declared, error) &&
		    check_all(&s) && make_missing(&s);
	pg_shape_done(&s);
	return end(conn, fine, error);
}

/* The log. */

static const char log_question[] =
	"SELECT bool_and(has_table_privilege(c.oid, 'SELECT') AND"
	" has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE') AND"
	" has_table_privilege(c.oid, 'DELETE')) FROM pg_catalog.pg_class AS c"
	" WHERE c.oid IN (to_regclass('postern_changes'), to_regclass('postern_commits'))"
	" HAVING count(*) = 2";

/* *found: both tables are there. */
static bool find_log(PGconn *conn, bool *found, bool *usable, struct buf *error)
{
	PGresult *result = pg_shape_ask(conn, log_question, NULL, error);

	if (!result)
		return false;
	*found = PQntuples(result) > 0;
	*usable = *found && *PQgetvalue(result, 0, 0) == 't';
	PQclear(result);
	return true;
}

/* Within a transaction. */
static bool make_log(PGconn *conn, struct buf *error)
{
	bool found = true, usable;

	return do_one(conn, LOCK, error) && find_log(conn, &found, &usable, error) &&
	       (found || (do_one(conn, freshness_create, error) &&
				 do_one(conn, pg_commits_create, error)));
}

/* A failure is no reason not to start. */
static void try_to_make_log(PGconn *conn)
{
	struct buf ignored;

	buf_init(&ignored, SIZE_MAX);
	if (do_one(conn, "BEGIN", &ignored))
		end(conn, make_log(conn, &ignored), &ignored);
	buf_done(&ignored);
}

static bool ensure_log(PGconn *conn, bool *has_log, struct buf *error)
{
	bool found;

	if (!find_log(conn, &found, has_log, error))
		return false;
	if (found)
		return true;
	try_to_make_log(conn);
	return find_log(conn, &found, has_log, error);
}

bool pg_schema_ensure(PGconn *conn, const struct api *declared, bool *has_log, struct buf *error)
{
	struct pg_shape s = { 0 };
	bool fine = pg_shape_read(&s, conn, declared, error) && check_all(&s);
	bool whole = fine && is_complete(&s);

	pg_shape_done(&s);
	return fine && (whole || complete(conn, declared, error)) &&
	       ensure_log(conn, has_log, error);
}

/* A trial. */

static bool check_free_name(struct pg_shape *s, const struct pg_table *t, const struct field *f)
{
	char name[2 * PG_NAME_MAX];

	snprintf(name, sizeof(name), "ix_%s_%s", t->resource->table, f->name);
	if (strlen(name) > PG_NAME_MAX)
		return true;
	PGresult *result = pg_shape_ask(s->conn,
		"SELECT 1 FROM pg_catalog.pg_class WHERE relname = $1"
		" AND relnamespace = current_schema()::regnamespace",
		name, s->error);
	bool fine =
		result && (PQntuples(result) == 0 ||
				  fail(s, t, ", column %s: there is already a relation named %s",
					  f->name, name));
	PQclear(result);
	return fine;
}

static bool check_indexes(struct pg_shape *s)
{
	for (unsigned i = 0; i < api_count_tables(s->declared); i++) {
		const struct pg_table *t = &s->tables[i];
		for (unsigned j = 0; j < resource_columns(t->resource); j++) {
			const struct field *f = &t->resource->fields[j];
			if (!lacks_index(t, j))
				continue;
			if (!check_free_name(s, t, f) ||
				(t->kind && f->flags & FIELD_UNIQUE && !check_duplicates(s, t, f)))
				return false;
		}
	}
	return true;
}

bool pg_schema_check(PGconn *conn, const struct api *declared, struct buf *error)
{
	struct pg_shape s = { 0 };

	if (!do_one(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", error))
		return false;
	bool fine = pg_shape_read(&s, conn, declared, error) && check_all(&s) && check_indexes(&s);
	pg_shape_done(&s);
	return end(conn, fine, error);
}

/* Writes of others. */

static const char others_question[] =
	"SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = ANY ($1::oid[])"
	" AND NOT tgisinternal AND tgenabled <> 'D')"
	" OR EXISTS (SELECT FROM pg_catalog.pg_rewrite WHERE ev_class = ANY ($1::oid[]))"
	" OR EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE contype = 'f'"
	" AND confrelid = ANY ($1::oid[])"
	" AND (confdeltype IN ('c', 'n', 'd') OR confupdtype IN ('c', 'n', 'd')))";

bool pg_schema_others_write(
	PGconn *conn, const struct api *declared, bool *others_write, struct buf *error)
{
	struct pg_shape s = { 0 };
	PGresult *result = NULL;

	if (pg_shape_read(&s, conn, declared, error))
		result = pg_shape_ask(conn, others_question, pg_shape_oids(&s), error);
	if (result)
		*others_write = *PQgetvalue(result, 0, 0) == 't';
	PQclear(result);
	pg_shape_done(&s);
	return result != NULL;
}

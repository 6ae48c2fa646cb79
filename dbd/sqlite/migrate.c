#include "migrate.h"

#include "fault_of_sqlite.h"
#include "migrate_columns.h"
#include "migrate_indexes.h"
#include "schema.h"
#include "sql.h"

enum { PLAN_LIMIT = 64 * 1024 * 1024 };

/* Tables. */

static void name_key(struct planner *p, const char *objection)
{
	planner_name_difference(p, ", column %s: %s; make the table again by hand",
		p->resource->fields[RESOURCE_KEY].name, objection);
}

static void name_undeclared(struct planner *p)
{
	const struct shape_column *column = &p->shape.undeclared;
	struct buf *out = planner_begin_difference(p);
	struct buf name;

	buf_init(&name, SHAPE_NAME_SIZE + SHAPE_TYPE_SIZE);
	buf_printf(&name, "%s: expected none, found %s", column->name, column->type);
	buf_char(&name, '\0');
	if (!name.failed)
		planner_hide_controls(name.data);
	buf_printf(out,
		", column %s NOT NULL without default, so no row can be added; declare it, or drop"
		" it by hand with all its values\n",
		name.failed ? "" : name.data);
	buf_done(&name);
}

static bool plan_present_table(struct planner *p)
{
	if (!shape_read(&p->shape, p->resource))
		return false;
	for (unsigned i = 0; i < p->resource->nfields; i++)
		if (!(p->shape.columns[i].found ? migrate_present_column : migrate_absent_column)(
			    p, i))
			return false;
	const char *objection = shape_key_objection(&p->shape);
	if (objection)
		name_key(p, objection);
	if (p->shape.undeclared.found)
		name_undeclared(p);
	return true;
}

static bool plan_absent_table(struct planner *p)
{
	const struct resource *r = p->resource;
	char *type, *sql;

	if (!planner_look_up(p, r->table, &type, &sql))
		return false;
	if (type) {
		planner_name_difference(p, ": expected a table, found an %s of that name", type);
		sqlite3_free(type);
		sqlite3_free(sql);
		return true;
	}
	sql_create_table(&p->plan->sql, r);
	planner_end_statement(p);
	for (unsigned i = 0; i < r->nfields; i++)
		if (r->fields[i].flags & FIELD_INDEX && !migrate_add_index(p, i))
			return false;
	return true;
}

static bool plan_table(struct planner *p, const struct resource *r)
{
	enum shape_kind kind = p->shape.kinds[resource_index(r)];

	p->resource = r;
	p->shape.resource = r;
	p->rows = -1;
	if (kind == SHAPE_ABSENT)
		return plan_absent_table(p);
	if (kind == SHAPE_TABLE)
		return plan_present_table(p);
	return planner_name_difference(
		p, ": expected a table, found a %s of that name", shape_kind_name(kind));
}

static bool plan_each(struct planner *p, const struct api *declared)
{
	for (unsigned i = 0; i < declared->nresources; i++)
		if (!plan_table(p, declared->resources[i]))
			return false;
	return true;
}

/* Within a snapshot. Returns SQLite's primary code. */
static int plan_all(
	struct engine_plan *plan, sqlite3 *db, const struct api *declared, struct buf *error)
{
	struct planner p = { .plan = plan };
	int rc = SQLITE_OK;

	if (!shape_begin(&p.shape, db, declared, error) || !plan_each(&p, declared))
		rc = p.shape.failure ? p.shape.failure : SQLITE_ERROR;
	shape_end(&p.shape);
	if (rc == SQLITE_OK && plan->sql.failed) {
		buf_str(error, STR("out of memory for the plan"));
		rc = SQLITE_NOMEM;
	}
	return rc;
}

static bool begin(sqlite3 *db, const char *how, struct buf *error)
{
	if (sqlite3_exec(db, how, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	store_explain(error, sqlite3_extended_errcode(db), sqlite3_errmsg(db));
	return false;
}

int migrate_plan(
	struct engine_plan *plan, sqlite3 *db, const struct api *declared, struct buf *error)
{
	bool within = !sqlite3_get_autocommit(db);

	*plan = (struct engine_plan){ 0 };
	buf_init(&plan->sql, PLAN_LIMIT);
	if (!within && !begin(db, "BEGIN", error))
		return sqlite3_errcode(db) & 0xff;
	int rc = plan_all(plan, db, declared, error);
	if (!within && !sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

/* Within a transaction. */
static int run_plan(
	struct engine_plan *plan, sqlite3 *db, const struct api *declared, struct buf *error)
{
	if (plan->differences > 0) {
		buf_str(error, STR("the tables have differences that must be mended by hand"));
		return SQLITE_ABORT;
	}
	buf_char(&plan->sql, '\0');
	if (plan->sql.failed) {
		buf_str(error, STR("out of memory for the plan"));
		return SQLITE_NOMEM;
	}
	int rc = sqlite3_exec(db, plan->sql.data, NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		store_explain(error, rc, sqlite3_errmsg(db));
	return rc == SQLITE_OK ? schema_complete(db, declared, error) : rc;
}

static int commit(sqlite3 *db, struct buf *error)
{
	int rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);

	if (rc != SQLITE_OK)
		store_explain(error, rc, sqlite3_errmsg(db));
	return rc;
}

int migrate_apply(
	sqlite3 *db, const struct api *declared, unsigned *ret_statements, struct buf *error)
{
	struct engine_plan plan;

	if (!begin(db, "BEGIN IMMEDIATE", error))
		return sqlite3_extended_errcode(db);
	int rc = migrate_plan(&plan, db, declared, error);
	if (rc == SQLITE_OK)
		rc = run_plan(&plan, db, declared, error);
	if (rc == SQLITE_OK)
		rc = commit(db, error);
	if (!sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	*ret_statements = plan.statements;
	buf_done(&plan.sql);
	return rc;
}

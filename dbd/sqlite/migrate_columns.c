#include "migrate_columns.h"

#include "bind.h"
#include "migrate_indexes.h"
#include "sql.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { TEXT_LIMIT = 64 * 1024 };

/* Literals. */

/* Lets SQLite write the literal of the bound value. It writes an infinite number as a word. */
static bool quote_value(struct planner *p, sqlite3_stmt *question, struct str *ret)
{
	if (sqlite3_step(question) != SQLITE_ROW)
		return shape_fail_sqlite(&p->shape);
	const void *text = sqlite3_column_text(question, 0);
	double number = sqlite3_column_double(question, 1);
	bool infinite = sqlite3_column_type(question, 1) == SQLITE_FLOAT && isinf(number);
	*ret = infinite ? number > 0 ? STR("9e999") : STR("-9e999") : str_from(text ? text : "");
	return true;
}

/* Appends the default of a field as its type stores it; "NULL" for null. */
static bool put_literal(struct planner *p, const struct field *f, struct buf *out)
{
	sqlite3_stmt *question = NULL;
	struct str literal = { 0 };
	int rc = sqlite3_prepare_v2(p->shape.db, "SELECT quote(?1), ?1", -1, &question, NULL);

	if (rc == SQLITE_OK)
		rc = bind_preset(question, 1, f);
	bool done =
		rc == SQLITE_OK ? quote_value(p, question, &literal) : shape_fail_sqlite(&p->shape);
	if (done)
		buf_str(out, literal);
	sqlite3_finalize(question);
	return done;
}

/* True if rows that have no value get one by the column's default. A null is no DEFAULT: also the
 * null of JSON, which SQLAlchemy stores as text, reads as NULL does. */
static bool has_literal(const struct field *f)
{
	return f->flags & FIELD_PRESET && f->preset.kind != VALUE_NULL &&
	       !(f->preset.kind == VALUE_NUMBER && isnan(f->preset.number));
}

static bool has_nul(const struct field *f)
{
	const struct value *v = &f->preset;

	return f->preset.kind == VALUE_STR && v->text.len > 0 &&
	       memchr(v->text.ptr, '\0', v->text.len) != NULL;
}

/* Columns that are added. */

/* Sets *ret to false if the default of a reference is the key of a row that is not there. */
static bool default_refers(struct planner *p, const struct field *f, bool *ret)
{
	const struct resource *to = f->to;
	char *text = NULL;
	struct buf key;

	*ret = !to;
	if (!to)
		return true;
	if (p->shape.kinds[resource_index(to)] != SHAPE_TABLE)
		return true;
	buf_init(&key, TEXT_LIMIT);
	bool asked = put_literal(p, f, &key) &&
		     planner_ask(p, &text, "SELECT 1 FROM main.\"%w\" WHERE \"%w\" = %.*s",
			     to->table, to->fields[RESOURCE_KEY].name, STR_ARGS(buf_view(&key)));
	buf_done(&key);
	*ret = text != NULL;
	sqlite3_free(text);
	return asked;
}

/* Names why the rows that are there cannot have this column. */
static bool lacks_value(struct planner *p, unsigned field, const char *why)
{
	struct buf *out = planner_begin_difference(p);

	shape_say_column(out, &p->shape, field);
	buf_printf(out, "; %" PRId64 " row%s there: %s\n", p->rows, p->rows == 1 ? " is" : "s are",
		why);
	return true;
}

/* *ret: NULL if the column can be added, else why not. */
static bool find_objection(struct planner *p, const struct field *f, const char **ret)
{
	bool refers = true;

	*ret = NULL;
	if (!planner_count_rows(p))
		return false;
	if (p->rows == 0)
		return true;
	if (!has_literal(f)) {
		if (!(f->flags & FIELD_NULLABLE))
			*ret = "declare it nullable or with a default, or add it by hand";
		return true;
	}
	if (!default_refers(p, f, &refers))
		return false;
	if (f->flags & FIELD_UNIQUE && p->rows > 1)
		*ret = "they would all have the default, and the values must be unique";
	else if (!refers)
		*ret = "the row to which the default refers is missing";
	return true;
}

static bool is_strict(struct planner *p, bool *ret)
{
	char *text;

	if (!planner_ask(p, &text,
		    "SELECT 1 FROM pragma_table_list WHERE schema = 'main'"
		    " AND lower(name) = lower('%q') AND strict",
		    p->resource->table))
		return false;
	*ret = text != NULL;
	sqlite3_free(text);
	return true;
}

/* A STRICT table allows only the names of affinities, except NUMERIC. */
static void put_strict_type(struct buf *out, const struct field *f)
{
	const char *other = sql_other_affinity(f);
	struct buf type;

	buf_init(&type, TEXT_LIMIT);
	sql_column_type(&type, f);
	buf_char(&type, '\0');
	buf_str(out, str_from(other ? other : shape_affinity(buf_view(&type).ptr)));
	buf_done(&type);
}

static bool put_column(struct planner *p, const struct field *f, struct buf *out)
{
	bool strict;

	if (!is_strict(p, &strict))
		return false;
	sql_name(out, f->name);
	buf_char(out, ' ');
	if (strict)
		put_strict_type(out, f);
	else
		sql_column_type(out, f);
	if (!(f->flags & FIELD_NULLABLE))
		buf_str(out, STR(" NOT NULL"));
	if (has_literal(f)) {
		buf_str(out, STR(" DEFAULT "));
		if (!put_literal(p, f, out))
			return false;
	}
	if (f->to)
		sql_references(out, f->to);
	return true;
}

static bool add_column(struct planner *p, const struct field *f)
{
	struct buf *out = &p->plan->sql;

	buf_str(out, STR("ALTER TABLE "));
	sql_name(out, p->resource->table);
	buf_str(out, STR(" ADD COLUMN "));
	if (!put_column(p, f, out))
		return false;
	planner_end_statement(p);
	return true;
}

/* Columns that are there. */

static bool count_nulls(struct planner *p, const struct field *f, int64_t *ret)
{
	char *text;

	if (!planner_ask(p, &text, "SELECT count(*) FROM main.\"%w\" WHERE \"%w\" IS NULL",
		    p->resource->table, f->name))
		return false;
	*ret = text ? strtoll(text, NULL, 10) : 0;
	sqlite3_free(text);
	return true;
}

/* Names a column that would have to become another. */
static bool name_unlike(struct planner *p, unsigned field)
{
	const struct field *f = &p->resource->fields[field];
	const struct shape_column *found = &p->shape.columns[field];
	bool may_be_null = !found->not_null && !found->key && !(f->flags & FIELD_NULLABLE);
	int64_t nulls = 0;

	if (may_be_null && !count_nulls(p, f, &nulls))
		return false;
	struct buf *out = planner_begin_difference(p);
	shape_say_column(out, &p->shape, field);
	if (nulls > 0)
		buf_printf(out, " and %" PRId64 " null%s", nulls, nulls == 1 ? "" : "s");
	buf_str(out, STR("; declare what is there, or make the table again by hand"
			 " (https://www.sqlite.org/lang_altertable.html#otheralter)\n"));
	return true;
}

bool migrate_present_column(struct planner *p, unsigned field)
{
	const struct field *f = &p->resource->fields[field];

	if (!shape_column_serves(&p->shape, field))
		return name_unlike(p, field);
	if (shape_lacks_index(&p->shape, field))
		return migrate_complete_index(p, field);
	if (!(f->flags & (FIELD_UNIQUE | FIELD_KEY)) && p->shape.columns[field].unique)
		return migrate_loosen_index(p, field);
	return true;
}

bool migrate_absent_column(struct planner *p, unsigned field)
{
	const struct field *f = &p->resource->fields[field];
	const char *objection = NULL;

	if (f->flags & FIELD_KEY) {
		struct buf *out = planner_begin_difference(p);
		shape_say_column(out, &p->shape, field);
		buf_str(out, STR("; a key cannot be added: make the table again by hand\n"));
		return true;
	}
	if (!find_objection(p, f, &objection))
		return false;
	if (!objection && has_nul(f))
		objection = "its default has a NUL, which no SQL text can say";
	if (objection)
		return lacks_value(p, field, objection);
	return add_column(p, f) &&
	       (!(f->flags & (FIELD_INDEX | FIELD_UNIQUE)) || migrate_add_index(p, field));
}

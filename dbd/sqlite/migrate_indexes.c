#include "migrate_indexes.h"

#include "sql.h"

#include <stdio.h>

enum { TEXT_LIMIT = 64 * 1024 };

static void put_index_name(struct planner *p, const struct field *f, char name[SHAPE_NAME_SIZE])
{
	snprintf(name, SHAPE_NAME_SIZE, "ix_%s_%s", p->resource->table, f->name);
}

/* True if the text is that of the field's index with the other uniqueness. */
static bool is_other_form(const struct planner *p, unsigned field, const char *text)
{
	struct field fields[RESOURCE_MAX_FIELDS];
	struct resource other = *p->resource;
	struct buf sql;

	memcpy(fields, p->resource->fields, resource_columns(p->resource) * sizeof(*fields));
	fields[field].flags ^= FIELD_UNIQUE;
	other.fields = fields;
	buf_init(&sql, TEXT_LIMIT);
	sql_create_index(&sql, &other, field);
	bool same = text && str_equal(buf_view(&sql), str_from(text));
	buf_done(&sql);
	return same;
}

static void put_create_index(struct planner *p, unsigned field)
{
	sql_create_index(&p->plan->sql, p->resource, field);
	planner_end_statement(p);
}

static void put_drop_index(struct planner *p, const char *name)
{
	buf_str(&p->plan->sql, STR("DROP INDEX "));
	sql_name(&p->plan->sql, name);
	planner_end_statement(p);
}

bool migrate_add_index(struct planner *p, unsigned field)
{
	char name[SHAPE_NAME_SIZE], *type, *sql;

	put_index_name(p, &p->resource->fields[field], name);
	if (!planner_look_up(p, name, &type, &sql))
		return false;
	if (type && !is_other_form(p, field, sql)) {
		planner_name_difference(p,
			", column %s: expected %s index, and another %s is named %s",
			p->resource->fields[field].name,
			p->resource->fields[field].flags & FIELD_UNIQUE ? "a unique" : "an", type,
			name);
	} else {
		if (type)
			put_drop_index(p, name);
		put_create_index(p, field);
	}
	sqlite3_free(type);
	sqlite3_free(sql);
	return true;
}

/* *ret: the first value that two rows have, as a literal of limited length; NULL: none. */
static bool find_duplicate(struct planner *p, const struct field *f, char **ret)
{
	const struct resource *r = p->resource;
	const char *key = r->fields[RESOURCE_KEY].name;
	const char *column = f->name;

	return planner_ask(p, ret,
		"SELECT CASE typeof(min(\"%w\")) WHEN 'text' THEN quote(substr(min(\"%w\"), 1, 60))"
		" WHEN 'blob' THEN 'a blob' ELSE quote(min(\"%w\")) END FROM main.\"%w\""
		" WHERE \"%w\" IS NOT NULL GROUP BY \"%w\" HAVING count(*) > 1"
		" ORDER BY min(\"%w\") LIMIT 1",
		column, column, column, r->table, column, column, key);
}

bool migrate_complete_index(struct planner *p, unsigned field)
{
	const struct field *f = &p->resource->fields[field];
	char *duplicate = NULL;

	if (f->flags & FIELD_UNIQUE && !find_duplicate(p, f, &duplicate))
		return false;
	if (!duplicate)
		return migrate_add_index(p, field);
	planner_hide_controls(duplicate);
	planner_name_difference(p,
		", column %s: expected unique values, found %s more than once; change such values",
		f->name, duplicate);
	sqlite3_free(duplicate);
	return true;
}

/* The field is not unique, and its column is: by the index of an earlier declaration, or for a
 * reason that a server accepts. */
bool migrate_loosen_index(struct planner *p, unsigned field)
{
	const struct field *f = &p->resource->fields[field];
	char name[SHAPE_NAME_SIZE], *type, *sql;

	put_index_name(p, f, name);
	if (!planner_look_up(p, name, &type, &sql))
		return false;
	if (type && is_other_form(p, field, sql)) {
		put_drop_index(p, name);
		if (f->flags & FIELD_INDEX)
			put_create_index(p, field);
	} else {
		buf_printf(planner_begin_comment(p),
			", column %s: unique in the database, though not declared so: accepted\n",
			f->name);
	}
	sqlite3_free(type);
	sqlite3_free(sql);
	return true;
}

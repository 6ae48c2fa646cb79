#include "planner.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { QUERY_MAX = 1024 };

/* What is written. */

void planner_end_statement(struct planner *p)
{
	buf_str(&p->plan->sql, STR(";\n"));
	p->plan->statements++;
}

struct buf *planner_begin_comment(struct planner *p)
{
	buf_printf(&p->plan->sql, "-- table %s", p->resource->table);
	return &p->plan->sql;
}

struct buf *planner_begin_difference(struct planner *p)
{
	p->plan->differences++;
	return planner_begin_comment(p);
}

__attribute__((format(printf, 2, 3))) bool planner_name_difference(
	struct planner *p, const char *format, ...)
{
	struct buf *out = planner_begin_difference(p);
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_printf(out, "%s\n", text);
	return true;
}

/* Queries. */

/* Sets *rc to SQLITE_NOMEM if there is no memory. */
static char *copy_text(sqlite3_stmt *question, int *rc)
{
	const void *text = sqlite3_column_text(question, 0);
	char *copy = text ? sqlite3_mprintf("%s", text) : NULL;

	if (!copy)
		*rc = SQLITE_NOMEM;
	return copy;
}

bool planner_ask(struct planner *p, char **ret, const char *format, ...)
{
	sqlite3_stmt *question = NULL;
	char sql[QUERY_MAX];
	va_list args;

	va_start(args, format);
	sqlite3_vsnprintf(sizeof(sql), sql, format, args);
	va_end(args);
	*ret = NULL;
	int rc = sqlite3_prepare_v2(p->shape.db, sql, -1, &question, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(question);
	if (rc == SQLITE_ROW && sqlite3_column_type(question, 0) != SQLITE_NULL)
		*ret = copy_text(question, &rc);
	bool done = rc == SQLITE_ROW || rc == SQLITE_DONE || shape_fail_sqlite(&p->shape);
	sqlite3_finalize(question);
	return done;
}

bool planner_count_rows(struct planner *p)
{
	char *text;

	if (p->rows >= 0)
		return true;
	if (!planner_ask(p, &text, "SELECT count(*) FROM main.\"%w\"", p->resource->table))
		return false;
	p->rows = text ? strtoll(text, NULL, 10) : 0;
	sqlite3_free(text);
	return true;
}

bool planner_look_up(struct planner *p, const char *name, char **ret_type, char **ret_sql)
{
	*ret_sql = NULL;
	if (!planner_ask(p, ret_type,
		    "SELECT type FROM main.sqlite_schema WHERE lower(name) = lower('%q')"
		    " AND type <> 'trigger'",
		    name))
		return false;
	if (!*ret_type || planner_ask(p, ret_sql,
				  "SELECT sql FROM main.sqlite_schema"
				  " WHERE lower(name) = lower('%q') AND type <> 'trigger'",
				  name))
		return true;
	sqlite3_free(*ret_type);
	return false;
}

void planner_hide_controls(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

/*
 * A plan of a migration while it is made, for the modules that make it: migrate.h has what a plan
 * is. Functions that return false have appended the reason to shape.error.
 */
#ifndef POSTERN_PLANNER_H
#define POSTERN_PLANNER_H

#include "engine_admin.h"
#include "table_shape.h"

struct planner {
	struct shape shape;
	struct engine_plan *plan;
	const struct resource *resource; /* whose table is planned */
	int64_t rows;                    /* of the table; -1: not counted yet */
};

/* Ends a statement that was appended to the plan. */
void planner_end_statement(struct planner *p);

/* Begins a comment about the table, to be ended with LF: a remark, or a difference that is left to
 * a person. Returns the plan's text. */
struct buf *planner_begin_comment(struct planner *p);
struct buf *planner_begin_difference(struct planner *p);

/* Appends a whole difference. Returns true. */
__attribute__((format(printf, 2, 3))) bool planner_name_difference(
	struct planner *p, const char *format, ...);

/* Runs a query, whose text is formatted as by sqlite3_vsnprintf: "%w" quotes a name. *ret is the
 * first column of its first row as text, to be freed by sqlite3_free; NULL: there is no row, or the
 * value is NULL. */
bool planner_ask(struct planner *p, char **ret, const char *format, ...)
	__attribute__((warn_unused_result));

/* Sets p->rows, once for each table. */
bool planner_count_rows(struct planner *p) __attribute__((warn_unused_result));

/* Looks up what table, view or index has this name: *ret_type and *ret_sql, to be freed by
 * sqlite3_free; NULL: nothing. */
bool planner_look_up(struct planner *p, const char *name, char **ret_type, char **ret_sql)
	__attribute__((warn_unused_result));

/* Replaces control characters by "?": a comment is one line. */
void planner_hide_controls(char *text);

#endif

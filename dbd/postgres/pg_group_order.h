/* The order of the writes of a group: that of the rows that they lock, in every Postern. */
#ifndef POSTERN_PG_GROUP_ORDER_H
#define POSTERN_PG_GROUP_ORDER_H

#include "pg_group.h"

/* True if the command has a condition (If-Match). */
bool pg_group_has_condition(const struct command *command);

/* True if the command does not run beside others, but after them. */
bool pg_group_runs_alone(const struct command *command);

/* The row that the command changes, or the parent of the new one. */
struct key pg_group_target(const struct command *command);

void pg_group_sort(struct pg_write *writes, unsigned count);

/* Writes of the same row follow each other. */
bool pg_group_is_same_row(const struct pg_write *a, const struct pg_write *b);

#endif

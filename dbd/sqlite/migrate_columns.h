/* Plans the columns of a table; see planner.h. p->shape has the table. */
#ifndef POSTERN_MIGRATE_COLUMNS_H
#define POSTERN_MIGRATE_COLUMNS_H

#include "planner.h"

/* A column that is there: it must serve the field, and have its index. */
bool migrate_present_column(struct planner *p, unsigned field) __attribute__((warn_unused_result));

/* A column that is missing is added, if the rows that are there have a value in it. */
bool migrate_absent_column(struct planner *p, unsigned field) __attribute__((warn_unused_result));

#endif

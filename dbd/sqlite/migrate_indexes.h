/* Plans the indexes of columns; see planner.h. */
#ifndef POSTERN_MIGRATE_INDEXES_H
#define POSTERN_MIGRATE_INDEXES_H

#include "planner.h"

/* Plans to create the index of a field, in place of SQLAlchemy's index with the other uniqueness.
 * Something else with its name is a difference. */
bool migrate_add_index(struct planner *p, unsigned field) __attribute__((warn_unused_result));

/* The same for a column that is there: values that are not unique are a difference. */
bool migrate_complete_index(struct planner *p, unsigned field) __attribute__((warn_unused_result));

/* The field is not unique, and its column is: plans to drop, or replace, the index of SQLAlchemy.
 * Any other reason is remarked: a server accepts it. */
bool migrate_loosen_index(struct planner *p, unsigned field) __attribute__((warn_unused_result));

#endif

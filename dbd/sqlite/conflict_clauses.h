/*
 * What others have put into the schema that makes a write of ours do more than its statement says,
 * and of which SQLite tells nothing when it happens: conflict clauses.
 */
#ifndef POSTERN_CONFLICT_CLAUSES_H
#define POSTERN_CONFLICT_CLAUSES_H

#include "resource.h"

#include <sqlite3.h>

struct conflict_clauses {
	/* By resource_index: the table has an ON CONFLICT clause, so that a taken value may be
	 * ignored, replace another row, or end the transaction, instead of being refused. */
	uint64_t settles;
	/* A write of such a table may delete rows of it by REPLACE, which no update hook is told of
	 * (https://www.sqlite.org/c3ref/update_hook.html). True also where the word stands for
	 * something else. */
	bool replaces;
	/* The same of a trigger, whatever it writes; true also for the function replace(). */
	bool trigger_replaces;
};

/* Reads it out of the schema. Returns SQLite's extended code; *shape is set only on SQLITE_OK. */
int conflict_clauses_read(sqlite3 *db, struct conflict_clauses *shape)
	__attribute__((warn_unused_result));

/* True if the table of this resource settles conflicts in a way of its own. */
bool conflict_clauses_settles(const struct conflict_clauses *shape, const struct resource *r);

#endif

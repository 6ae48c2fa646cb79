/*
 * Finds conflict clauses (https://www.sqlite.org/lang_conflict.html) that other programs have put
 * into the schema. They make a write do more than its statement says, and SQLite does not report it
 * when that happens.
 */
#ifndef POSTERN_CONFLICT_CLAUSES_H
#define POSTERN_CONFLICT_CLAUSES_H

#include "resource.h"

#include <sqlite3.h>

struct conflict_clauses {
	/* By resource_index modulo 64, a bit: the table of such a resource has an ON CONFLICT
	 * clause. A write of a taken value may then be ignored, replace another row or roll the
	 * transaction back, instead of being refused. */
	uint64_t settles;
	/* A write to a resource's table may delete rows of it by REPLACE, for which SQLite does not
	 * call the update hook (https://www.sqlite.org/c3ref/update_hook.html). Also true if the
	 * declaration contains the word for another reason. */
	bool replaces;
	/* The same for any trigger, whatever it writes. Also true for the function replace(). */
	bool trigger_replaces;
};

/* Reads the clauses of the schema of db. Returns SQLite's code; *shape is set only on SQLITE_OK. */
int conflict_clauses_read(sqlite3 *db, struct conflict_clauses *shape)
	__attribute__((warn_unused_result));

/* True if the table of this resource has an ON CONFLICT clause. */
bool conflict_clauses_settles(const struct conflict_clauses *shape, const struct resource *r);

#endif

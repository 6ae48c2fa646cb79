/*
 * Deletes a row with all rows that cannot be without it (relations.h): its children and the rows
 * that refer to it, theirs, and so on, through cycles too. Rows that can be without it, as the
 * relation sets null, stay and refer to none.
 *
 * A relation that restricts refuses the deletion if a row would be left that refers to a deleted
 * one. Rows that the same deletion removes in another way do not count, as with NO ACTION in SQL,
 * so the outcome does not depend on an order. Nothing is deleted or changed before that is
 * decided.
 */
#ifndef POSTERN_REMOVAL_H
#define POSTERN_REMOVAL_H

#include "engine.h"
#include "failure.h"

/* Deletes the row, which is there and has this parent, and notes the rows that showed what is
 * deleted. False: *failure has the reason; FAULT_IN_USE has the resource whose rows are left. */
bool removal_run(struct engine *engine, const struct resource *r, struct key key, struct key parent,
	struct failure *failure) __attribute__((warn_unused_result));

#endif

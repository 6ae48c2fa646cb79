/* Writes are refused whose values no row can have: a null in a field that is not nullable, and what
 * no column can store (VALUE_REFUSED). */
#ifndef POSTERN_REFUSED_VALUES_H
#define POSTERN_REFUSED_VALUES_H

#include "engine.h"
#include "failure.h"

/* Checks the record of a CREATE or UPDATE; the row of an UPDATE has been found. Returns false with
 * FAULT_REFUSED and all such fields; but with FAULT_NOT_FOUND if the parent of the new row or a row
 * that the record refers to is absent, and else with FAULT_CONFLICT if a unique value of the new
 * row is taken. */
bool refused_values_check(
	struct engine *engine, const struct command *command, struct failure *failure);

#endif

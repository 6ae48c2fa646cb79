/* Writes are refused whose values no row can have: a null in a field that is not nullable, and what
 * no column can store: VALUE_REFUSED, or what the engine's do not (engine_ops.fits). */
#ifndef POSTERN_REFUSED_VALUES_H
#define POSTERN_REFUSED_VALUES_H

#include "engine.h"
#include "failure.h"

/* Such fields of a CREATE or UPDATE are in the mask; the row of an UPDATE has been found. Sets
 * FAULT_REFUSED with the mask; but FAULT_NOT_FOUND if the parent of the new row or a row that the
 * record refers to is absent, and else FAULT_CONFLICT if a unique value of the new row is taken.
 * Returns false, for the caller to return. */
bool refused_values_fail(struct engine *engine, const struct command *command, uint64_t fields,
	struct failure *failure);

/* The fields of the record that their columns cannot store, by the engine's judgement. As bits. */
uint64_t refused_values_unfit(const struct engine *engine, const struct record *record);

/* Returns true if the command's record has no such values; else as refused_values_fail. */
static inline bool refused_values_check(
	struct engine *engine, const struct command *command, struct failure *failure)
{
	uint64_t fields = record_refused(&command->record);

	if (engine->ops->fits)
		fields |= refused_values_unfit(engine, &command->record);
	return fields == 0 || refused_values_fail(engine, command, fields, failure);
}

#endif

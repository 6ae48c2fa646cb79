#include "refused_values.h"

static bool require_row(
	struct engine *engine, const struct resource *r, struct key key, struct failure *failure)
{
	struct key above;
	enum fault fault = engine->ops->find_parent(engine, r, key, &above);

	return fault == FAULT_NONE || failure_set(failure, fault, r, 0);
}

/* The parent first, then the references in declared order, as engine_ops.insert does it. */
static bool require_referred(
	struct engine *engine, const struct command *command, struct failure *failure)
{
	const struct resource *r = command->resource;
	const struct record *record = &command->record;

	if (command->action == ACTION_CREATE && r->parent &&
		!require_row(engine, r->parent, command->parent, failure))
		return false;
	for (unsigned i = 0; i < r->nfields; i++) {
		bool refers = record_has(record, i) && r->fields[i].type == FIELD_REFERENCE &&
			      record->values[i].kind == VALUE_INT;
		if (refers && !require_row(engine, r->fields[i].to,
				      key_of_value(&record->values[i]), failure))
			return false;
	}
	return true;
}

/* As in the reference, whose create looks for the unique values before it writes, and so cannot
 * find those that no column can store. */
static bool require_free(struct engine *engine, const struct command *command, uint64_t fields,
	struct failure *failure)
{
	const struct resource *r = command->resource;
	struct record record;

	if (command->action != ACTION_CREATE || fields & resource_fields_with(r, FIELD_UNIQUE))
		return true;
	record_copy(&record, &command->record);
	for (unsigned i = 0; i < r->nfields; i++)
		if (fields >> i & 1)
			record.values[i] = value_null();
	enum fault fault = engine->ops->require_free(engine, &record);
	return fault == FAULT_NONE || failure_set(failure, fault, r, 0);
}

bool refused_values_fail(struct engine *engine, const struct command *command, uint64_t fields,
	struct failure *failure)
{
	return require_referred(engine, command, failure) &&
	       require_free(engine, command, fields, failure) &&
	       failure_set(failure, FAULT_REFUSED, command->resource, fields);
}

#include "refused_values.h"

/* True if the command has the key of the row to which the field of its own row is to refer. A
 * parent's key may be in the path. */
static bool refers(const struct command *command, unsigned field, struct key *key)
{
	const struct field *f = &command->resource->fields[field];
	const struct value *v = &command->record.values[field];
	bool is_in_path = (f->flags & (FIELD_PARENT | FIELD_INPUT)) == FIELD_PARENT;

	if (!f->to || !(is_in_path || record_has(&command->record, field)))
		return false;
	*key = is_in_path ? command->parent : key_of_value(v);
	return is_in_path ? command->action == ACTION_CREATE : value_has_key(v);
}

static bool require_row(struct engine *engine, const struct command *command, unsigned field,
	struct failure *failure)
{
	struct key key, above;

	if (!refers(command, field, &key))
		return true;
	enum fault fault =
		engine->ops->find_parent(engine, command->resource->fields[field].to, key, &above);
	return fault == FAULT_NONE || failure_set(failure, fault, command->resource,
					      fault == FAULT_NOT_FOUND ? UINT64_C(1) << field : 0);
}

/* The parent first, then the references in declared order, as engine_ops.insert does it. */
static bool require_referred(
	struct engine *engine, const struct command *command, struct failure *failure)
{
	const struct resource *r = command->resource;

	if (r->parent && !require_row(engine, command, r->parent_field, failure))
		return false;
	for (unsigned i = 0; i < r->nfields; i++)
		if (i != r->parent_field && !require_row(engine, command, i, failure))
			return false;
	return true;
}

/* As in the reference, whose create looks for the unique values before it writes, and so cannot
 * find those that no column can store. */
static bool require_free(struct engine *engine, const struct command *command, uint64_t fields,
	struct failure *failure)
{
	const struct resource *r = command->resource;
	struct record record;
	uint64_t taken;

	if (command->action != ACTION_CREATE || fields & resource_fields_with(r, FIELD_UNIQUE))
		return true;
	record_copy(&record, &command->record);
	for (unsigned i = 0; i < r->nfields; i++)
		if (fields >> i & 1)
			record.values[i] = value_null();
	enum fault fault = engine->ops->require_free(engine, &record, &taken);
	return fault == FAULT_NONE || failure_set(failure, fault, r, taken);
}

uint64_t refused_values_unfit(const struct engine *engine, const struct record *record)
{
	uint64_t unfit = 0;

	for (uint64_t left = record->present; left != 0; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctzll(left);
		if (!engine->ops->fits(&record->resource->fields[i], &record->values[i]))
			unfit |= left & -left;
	}
	return unfit;
}

bool refused_values_fail(struct engine *engine, const struct command *command, uint64_t fields,
	struct failure *failure)
{
	return require_referred(engine, command, failure) &&
	       require_free(engine, command, fields, failure) &&
	       failure_set(failure, FAULT_REFUSED, command->resource, fields);
}

#include "failure.h"

#include "log.h"
#include "store_fault.h"

#include <inttypes.h>

bool failure_set(
	struct failure *failure, enum fault fault, const struct resource *resource, uint32_t fields)
{
	*failure = (struct failure){ fault, resource, fields };
	return false;
}

bool failure_said(struct failure *failure, const struct store *store, const struct command *command,
	int rc, const char *said)
{
	enum fault fault = store_fault(rc);
	/* Then the whole group has failed, and that is told once. */
	bool lost = action_writes(command->action) && !store_in_transaction(store);

	if (fault != FAULT_CONFLICT && !lost)
		log_error("%s of %s: %s: %s%s%.*s", action_name(command->action),
			command->resource->plural, fault_text(fault), said,
			command->request.len > 0 ? "; request " : "", (int)command->request.len,
			command->request.ptr);
	return failure_set(failure, fault, command->resource, 0);
}

bool failure_store(
	struct failure *failure, const struct store *store, const struct command *command, int rc)
{
	return failure_said(failure, store, command, rc, store_error(store));
}

bool failure_value(struct failure *failure, const struct record *row, unsigned field)
{
	unsigned key = resource_field_with(row->resource, FIELD_KEY);

	log_error("table %s, row %" PRId64 ", column %s: its value is not of the column's type",
		row->resource->plural, record_has(row, key) ? row->values[key].integer : 0,
		row->resource->fields[field].name);
	return failure_set(failure, FAULT_STORAGE, row->resource, 0);
}

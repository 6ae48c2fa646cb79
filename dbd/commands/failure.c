#include "failure.h"

#include "fault_of_sqlite.h"
#include "log.h"

bool failure_set(
	struct failure *failure, enum fault fault, const struct resource *resource, uint32_t fields)
{
	*failure = (struct failure){ fault, resource, fields };
	return false;
}

bool failure_said(struct failure *failure, const struct store *store, const struct command *command,
	int rc, const char *said)
{
	enum fault fault = fault_of_sqlite(rc);
	/* Then the whole group has failed, and that is told once; unless the schema had SQLite end
	 * the transaction, for this command alone. */
	bool lost = action_writes(command->action) && !store_in_transaction(store) &&
		    (rc & 0xff) != SQLITE_CONSTRAINT;

	if (fault != FAULT_CONFLICT && !lost)
		log_error("%s of %s: %s: %s%s%.*s", action_name(command->action),
			command->resource->plural, fault_text(fault), said,
			command->request.len > 0 ? "; request " : "", STR_ARGS(command->request));
	return failure_set(failure, fault, command->resource, 0);
}

bool failure_store(
	struct failure *failure, const struct store *store, const struct command *command, int rc)
{
	return failure_said(failure, store, command, rc, store_error(store));
}

bool failure_ignored(struct failure *failure, const struct command *command)
{
	static uint64_t told[ACTION__COUNT]; /* by resource */
	uint64_t bit = UINT64_C(1) << resource_index(command->resource) % 64;

	if (!(told[command->action] & bit))
		log_error("%s of %s: a trigger ignored the row, or removed it, so nothing is "
			  "written; told once%s%.*s",
			action_name(command->action), command->resource->plural,
			command->request.len > 0 ? "; request " : "", STR_ARGS(command->request));
	told[command->action] |= bit;
	return failure_set(failure, FAULT_INTERNAL, command->resource, 0);
}

#include "engine.h"

#include "log.h"

void engine_log_failure(const struct engine *engine, enum fault fault, const char *reason)
{
	const struct command *command = engine->command;

	if (!command) {
		log_error("%s: %s", fault_text(fault), reason);
		return;
	}
	log_error("%s of %s: %s: %s%s%.*s", action_name(command->action), command->resource->plural,
		fault_text(fault), reason, command->request.len > 0 ? "; request " : "",
		STR_ARGS(command->request));
}

enum fault engine_ignored(const struct engine *engine)
{
	static uint64_t logged[ACTION__COUNT]; /* by resource; only the writer's thread is here */
	const struct command *command = engine->command;
	uint64_t bit = UINT64_C(1) << command->resource->number % 64;

	if (!(logged[command->action] & bit))
		log_error("%s of %s: a trigger ignored the row, or removed it, so nothing is "
			  "written; logged once%s%.*s",
			action_name(command->action), command->resource->plural,
			command->request.len > 0 ? "; request " : "", STR_ARGS(command->request));
	logged[command->action] |= bit;
	return FAULT_INTERNAL;
}

#include "list_query.h"

#include "earlier.h"

/* All rows below a parent are a slice of no given length. */
static struct query query_below(const struct command *command)
{
	bool is_whole = command->page.kind == PAGE_WHOLE;

	return (struct query){
		.resource = earlier_current(command->resource),
		.kind = QUERY_FILTERED,
		.limit = is_whole ? UINT32_MAX : command->page.limit,
		.after = command->page.after,
		.key = command->parent,
		.below = true,
		.filters = command->page.kind == PAGE_FILTERED ? &command->record : NULL,
	};
}

struct query list_query(const struct command *command)
{
	static const enum query_kind kinds[PAGE__COUNT] = {
		[PAGE_WHOLE] = QUERY_ALL,
		[PAGE_AFTER] = QUERY_AFTER,
		[PAGE_SLICE] = QUERY_SLICE,
		[PAGE_FILTERED] = QUERY_FILTERED,
	};

	if (command->action == ACTION_CHILDREN)
		return query_below(command);
	return (struct query){
		.resource = earlier_current(command->resource),
		.kind = kinds[command->page.kind],
		.limit = command->page.limit,
		.after = command->page.after,
		.filters = &command->record,
	};
}

/* The fault is that of the parent's resource. */
static bool require_parent(
	struct engine *engine, const struct command *command, struct failure *failure)
{
	const struct operation *operation = command->resource->by_action[ACTION_CHILDREN];
	const struct resource *parent = command->resource->parent;
	struct key above;

	if (operation && operation->parent_may_miss)
		return true;
	enum fault fault =
		engine->ops->find_parent(engine, earlier_current(parent), command->parent, &above);
	return fault == FAULT_NONE || failure_set(failure, fault, parent, 0);
}

static bool count_rows(struct engine *engine, const struct command *command, int64_t *total,
	struct failure *failure)
{
	struct query query = list_query(command);
	enum fault fault = engine->ops->count(engine, &query, total);

	return fault == FAULT_NONE || failure_set(failure, fault, command->resource, 0);
}

bool list_query_prepare(struct engine *engine, const struct command *command, int64_t *total,
	struct failure *failure)
{
	*total = -1;
	if (command->action == ACTION_CHILDREN && !require_parent(engine, command, failure))
		return false;
	return !command->page.count || count_rows(engine, command, total, failure);
}

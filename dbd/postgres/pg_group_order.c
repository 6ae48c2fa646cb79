#include "pg_group_order.h"

#include "earlier.h"
#include "relations.h"

#include <stdlib.h>

bool pg_group_has_condition(const struct command *command)
{
	return command->match.ptr != NULL;
}

static bool writes_links(const struct command *command)
{
	return command->action == ACTION_LINK || command->action == ACTION_UNLINK ||
	       (command->record.present & ~record_all(command->resource)) != 0;
}

bool pg_group_runs_alone(const struct command *command)
{
	if (pg_group_has_condition(command) || writes_links(command))
		return true;
	if (command->action != ACTION_DELETE)
		return false;
	const struct relations *relations = relations_to(earlier_current(command->resource));
	return relations->count > 0 || relations->nends > 0;
}

struct key pg_group_target(const struct command *command)
{
	return command->action == ACTION_CREATE ? command->parent : command->key;
}

static int compare_keys(struct key a, struct key b)
{
	if (a.high != b.high)
		return a.high > b.high ? 1 : -1;
	return (a.low > b.low) - (a.low < b.low);
}

/* Inserts of one table by their first unique text, so that two groups wait for each other's in one
 * order. */
static int compare_texts(const struct command *a, const struct command *b)
{
	uint64_t unique = resource_fields_with(a->resource, FIELD_UNIQUE) & a->record.present &
			  b->record.present & ~UINT64_C(1);

	if (!unique || a->resource != b->resource)
		return 0;
	unsigned i = (unsigned)__builtin_ctzll(unique);
	const struct value *one = &a->record.values[i], *other = &b->record.values[i];
	if (one->kind != VALUE_STR || other->kind != VALUE_STR)
		return 0;
	size_t common = one->text.len < other->text.len ? one->text.len : other->text.len;
	int order = common > 0 ? memcmp(one->text.ptr, other->text.ptr, common) : 0;
	return order != 0 ? order
			  : (one->text.len > other->text.len) - (one->text.len < other->text.len);
}

static bool is_new(const struct pg_write *w)
{
	return w->job->command.action == ACTION_CREATE;
}

static int compare_writes(const void *a, const void *b)
{
	const struct pg_write *one = a, *other = b;

	if (one->alone != other->alone)
		return one->alone - other->alone;
	if (one->table != other->table)
		return one->table > other->table ? 1 : -1;
	if (is_new(one) != is_new(other))
		return is_new(one) - is_new(other);
	int order = compare_keys(one->key, other->key);
	if (order == 0 && is_new(one))
		order = compare_texts(&one->job->command, &other->job->command);
	return order != 0 ? order : one->number > other->number ? 1 : -1;
}

void pg_group_sort(struct pg_write *writes, unsigned count)
{
	qsort(writes, count, sizeof(*writes), compare_writes);
}

bool pg_group_is_same_row(const struct pg_write *a, const struct pg_write *b)
{
	return a->table == b->table && key_equal(a->key, b->key) && !is_new(a) && !is_new(b);
}

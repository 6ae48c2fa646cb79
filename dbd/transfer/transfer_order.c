#include "transfer_order.h"

#include <stdbool.h>

/* True if all tables to which this one refers, other than itself, are done. */
static bool may_follow(const struct resource *r, const bool done[TRANSFER_TABLES_MAX])
{
	for (unsigned i = 0; i < resource_columns(r); i++) {
		const struct resource *to = r->fields[i].to;
		if (to && to != r && !done[resource_index(to)])
			return false;
	}
	return true;
}

/* The first table that may follow; in a circle the first that is not done. */
static unsigned choose(const struct api *declared, const bool done[TRANSFER_TABLES_MAX])
{
	unsigned count = api_count_tables(declared), first = count;

	for (unsigned i = count; i-- > 0;)
		if (!done[i])
			first = i;
	for (unsigned i = first; i < count; i++)
		if (!done[i] && may_follow(api_table(declared, i), done))
			return i;
	return first;
}

void transfer_order(const struct api *declared, unsigned order[TRANSFER_TABLES_MAX])
{
	bool done[TRANSFER_TABLES_MAX] = { false };

	for (unsigned i = 0; i < api_count_tables(declared); i++) {
		order[i] = choose(declared, done);
		done[order[i]] = true;
	}
}

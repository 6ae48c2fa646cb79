#include "relations.h"

#include "log.h"

#include <stdlib.h>

/* The relations of the resources of `known`, by resource_index. */
static const struct api *known;
static struct relations *all;
static unsigned count_of_all;

/* Writes the relations to `to` into a list, unless that is NULL. Returns their number. */
static unsigned find_relations(const struct resource *to, struct relation *list)
{
	unsigned count = 0;

	for (unsigned i = 0; i < api->nresources; i++) {
		const struct resource *from = api->resources[i];
		for (unsigned field = 0; field < from->nfields; field++) {
			const struct field *f = &from->fields[field];
			if (f->to != to)
				continue;
			if (list)
				list[count] = (struct relation){ from, field, f->on_delete };
			count++;
		}
	}
	return count;
}

/* Writes the ends of links that rows of `to` are at into a list, unless that is NULL. Returns their
 * number. */
static unsigned find_ends(const struct resource *to, struct linked_end *list)
{
	unsigned count = 0;

	for (unsigned i = 0; i < api->nassociations; i++) {
		const struct resource *table = api->associations[i];
		for (unsigned end = 0; end < LINK_ENDS; end++) {
			if (table->fields[end].to != to)
				continue;
			if (list)
				list[count] = (struct linked_end){ table, (enum link_end)end };
			count++;
		}
	}
	return count;
}

static void *allocate(size_t count, size_t size)
{
	void *room = calloc(count + 1, size);

	if (!room)
		log_die("out of memory for the relations of resources");
	return room;
}

/* Children follow their parents in api->resources, so theirs are known. */
static bool is_plain(const struct relations *relations)
{
	if (relations->nends > 0)
		return false;
	for (unsigned i = 0; i < relations->count; i++) {
		const struct relation *relation = &relations->list[i];
		if (relation->on_delete != ON_DELETE_CASCADE ||
			!(relation->from->fields[relation->field].flags & FIELD_PARENT) ||
			!all[resource_index(relation->from)].is_plain)
			return false;
	}
	return true;
}

static void forget(void)
{
	for (unsigned i = 0; i < count_of_all; i++) {
		free(all[i].list);
		free(all[i].ends);
	}
	free(all);
}

static void derive(void)
{
	forget();
	all = allocate(api->nresources, sizeof(*all));
	for (unsigned i = api->nresources; i-- > 0;) {
		const struct resource *to = api->resources[i];
		struct relation *list = allocate(find_relations(to, NULL), sizeof(*list));
		all[i] = (struct relations){ .list = list, .count = find_relations(to, list) };
		all[i].ends = allocate(find_ends(to, NULL), sizeof(*all[i].ends));
		all[i].nends = find_ends(to, all[i].ends);
		all[i].is_plain = is_plain(&all[i]);
	}
	known = api;
	count_of_all = api->nresources;
}

const struct relations *relations_to(const struct resource *r)
{
	if (known != api)
		derive();
	return &all[resource_index(r)];
}

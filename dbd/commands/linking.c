#include "linking.h"

#include "link_keys.h"

#include <stdlib.h>

enum { ROOM_FIRST = 16 /* keys */ };

/* Keys in their order, each once. */
struct keys {
	struct arena *arena;
	struct key *list;
	size_t count, room;
};

static void add(struct keys *keys, struct key key)
{
	if (keys->count == keys->room) {
		keys->room = keys->room > 0 ? 2 * keys->room : ROOM_FIRST;
		struct key *list = arena_alloc(keys->arena, keys->room * sizeof(*list));
		if (keys->count > 0)
			memcpy(list, keys->list, keys->count * sizeof(*list));
		keys->list = list;
	}
	keys->list[keys->count++] = key;
}

static bool on_linked(void *context, struct key key, struct key parent)
{
	(void)parent;
	add(context, key);
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct key *one = a, *other = b;

	if (one->high != other->high)
		return one->high > other->high ? 1 : -1;
	return (one->low > other->low) - (one->low < other->low);
}

static void sort(struct keys *keys)
{
	size_t n = 0;

	if (keys->count > 0)
		qsort(keys->list, keys->count, sizeof(*keys->list), compare);
	for (size_t i = 0; i < keys->count; i++)
		if (n == 0 || !key_equal(keys->list[n - 1], keys->list[i]))
			keys->list[n++] = keys->list[i];
	keys->count = n;
}

/* False: there is one that no row has. */
static bool read_keys(struct keys *keys, struct str list, const struct field *f)
{
	enum link_keys_step step;
	struct key key;

	while ((step = link_keys_next(&list, f->items, &key)) == LINK_KEYS_NEXT)
		add(keys, key);
	sort(keys);
	return step == LINK_KEYS_END;
}

/* The fields of a record that say something of links, as bits. */
static uint64_t fields_of(const struct record *record)
{
	uint64_t fields = record->present & ~record_all(record->resource);

	for (uint64_t left = fields; left != 0; left &= left - 1)
		if (record->values[__builtin_ctzll(left)].kind == VALUE_NULL)
			fields &= ~(left & -left);
	return fields;
}

static enum fault require_rows(
	struct engine *engine, const struct resource *to, const struct keys *keys)
{
	enum fault fault = FAULT_NONE;
	struct key above;

	for (size_t i = 0; i < keys->count && fault == FAULT_NONE; i++)
		fault = engine->ops->find_parent(engine, to, keys->list[i], &above);
	return fault;
}

bool linking_require(struct engine *engine, struct arena *arena, const struct record *record,
	struct failure *failure)
{
	for (uint64_t left = fields_of(record); left != 0; left &= left - 1) {
		const unsigned i = (unsigned)__builtin_ctzll(left);
		const struct field *f = &record->resource->fields[i];
		struct keys keys = { .arena = arena };
		enum fault fault = FAULT_NOT_FOUND;
		if (read_keys(&keys, record->values[i].text, f))
			fault = require_rows(engine, f->links->to, &keys);
		if (fault != FAULT_NONE)
			return failure_set(failure, fault, record->resource,
				fault == FAULT_NOT_FOUND ? left & -left : 0);
	}
	return true;
}

/* Makes the links of a row from those that there are and those that there are to be. */
static enum fault change(struct engine *engine, const struct resource *table, struct key key,
	const struct keys *present, const struct keys *wanted)
{
	enum fault fault = FAULT_NONE;
	size_t i = 0, k = 0;
	bool done;

	while (fault == FAULT_NONE && (i < present->count || k < wanted->count)) {
		int order = i == present->count  ? 1
			    : k == wanted->count ? -1
						 : compare(&present->list[i], &wanted->list[k]);
		if (order < 0)
			fault = engine->ops->unlink(
				engine, table, (struct key[]){ key, present->list[i] }, &done);
		else if (order > 0)
			fault = engine->ops->link(
				engine, table, (struct key[]){ key, wanted->list[k] });
		i += order <= 0;
		k += order >= 0;
	}
	return fault;
}

static enum fault set_field(struct engine *engine, struct arena *arena, const struct field *f,
	struct str list, struct key key)
{
	struct keys present = { .arena = arena }, wanted = { .arena = arena };
	enum fault fault = engine->ops->find_linked(
		engine, f->links->table, LINK_TO, key, on_linked, &present);

	if (fault != FAULT_NONE)
		return fault;
	sort(&present);
	read_keys(&wanted, list, f);
	return change(engine, f->links->table, key, &present, &wanted);
}

bool linking_set(struct engine *engine, struct arena *arena, const struct record *record,
	struct key key, struct failure *failure)
{
	for (uint64_t left = fields_of(record); left != 0; left &= left - 1) {
		const unsigned i = (unsigned)__builtin_ctzll(left);
		enum fault fault = set_field(
			engine, arena, &record->resource->fields[i], record->values[i].text, key);
		if (fault != FAULT_NONE)
			return failure_set(failure, fault, record->resource, 0);
	}
	return true;
}

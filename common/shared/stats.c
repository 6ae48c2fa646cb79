#include "stats_table.h"

#include <string.h>

static struct stats_slot dummy;

struct stats_own stats_own = { .slot = &dummy };

/* The series in the slot whose series this process changes. */
static struct stats_places places;

void stats_add_at(enum stats_id stat, unsigned place, uint64_t n)
{
	stats_increase(&stats_own.slot->cells[stat_infos[stat].first + place], n);
}

void stats_set_at(enum stats_id stat, unsigned place, uint64_t value)
{
	stats_put(&stats_own.slot->cells[stat_infos[stat].first + place], value);
}

void stats_add_shared(enum stats_id stat, unsigned place, uint64_t n)
{
	atomic_fetch_add_explicit(
		&stats_own.slot->cells[stat_infos[stat].first + place], n, memory_order_relaxed);
}

static void observe(_Atomic uint64_t *cells, const uint64_t *bounds, uint64_t value)
{
	unsigned bucket = 0;

	while (bucket < STATS_BOUNDS && value > bounds[bucket])
		bucket++;
	stats_increase(&cells[bucket], 1);
	stats_increase(&cells[STATS_BUCKETS], value);
}

void stats_observe(enum stats_id stat, uint64_t value)
{
	const struct stat_info *info = &stat_infos[stat];

	observe(&stats_own.slot->cells[info->first], stat_bounds(info->shape), value);
}

static unsigned key_with_room(const struct stats_places *p, unsigned key)
{
	unsigned without_route = stats_key(STATS_ROUTES - 1, key % STATS_ANSWERS);

	if (p->used < STATS_SERIES - STATS_WITHOUT_ROUTE)
		return key;
	return p->of[without_route] > 0 || p->used < STATS_SERIES - 1 ? without_route
								      : STATS_KEYS - 1;
}

unsigned stats_place(struct stats_places *p, unsigned key, bool *is_new)
{
	unsigned counted_as = key_with_room(p, key);

	*is_new = p->of[counted_as] == 0;
	if (*is_new)
		p->of[counted_as] = (uint16_t)++p->used;
	p->of[key] = p->of[counted_as];
	return counted_as;
}

struct stats_table_series *stats_series(struct stats_slot *slot, unsigned key)
{
	if (places.of[key] > 0)
		return &slot->series[places.of[key] - 1];
	bool is_new;
	unsigned counted_as = stats_place(&places, key, &is_new);
	struct stats_table_series *series = &slot->series[places.of[key] - 1];
	if (!is_new)
		return series;
	/* A child may have written anything here. */
	for (unsigned i = 0; i < STATS_HISTOGRAM; i++)
		stats_put(&series->cells[i], 0);
	stats_put(&series->key, 1 + counted_as);
	return series;
}

void stats_observe_key(unsigned key, uint64_t ns)
{
	observe(stats_series(stats_own.slot, key)->cells, stat_bounds(STAT_SHAPE_ENDPOINT), ns);
	stats_add(STAT_HTTP_DURATION, 1);
}

void stats_use(struct stats_table *table, unsigned number)
{
	stats_own.table = table;
	stats_own.number = number;
	stats_own.slot = table ? &table->all[number] : &dummy;
	/* Does not touch pages of the array that are still zero. */
	if (places.used > 0)
		memset(&places, 0, sizeof(places));
}

unsigned stats_own_slot(void)
{
	return stats_own.number;
}

#include "stats_table.h"

#include <string.h>

static struct stats_slot dummy;

struct stats_own stats_own = { .slot = &dummy };

/* The index, from 1, of each key's series in the slot whose series this process changes. */
static uint8_t places[STATS_KEYS];
static unsigned used; /* series of that slot */

_Static_assert(STATS_SERIES <= UINT8_MAX, "a place does not fit");

void stats_add_at(enum stats_id stat, unsigned place, uint64_t n)
{
	stats_increase(&stats_own.slot->cells[stat_infos[stat].first + place], n);
}

void stats_set_at(enum stats_id stat, unsigned place, uint64_t value)
{
	stats_put(&stats_own.slot->cells[stat_infos[stat].first + place], value);
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

struct stats_table_series *stats_series(struct stats_slot *slot, unsigned key)
{
	if (places[key] > 0)
		return &slot->series[places[key] - 1];
	if (used >= STATS_SERIES - 1) {
		key = STATS_KEYS - 1;
		if (places[key] > 0)
			return &slot->series[places[key] - 1];
	}
	struct stats_table_series *series = &slot->series[used++];
	places[key] = (uint8_t)used;
	/* A child may have written anything here. */
	for (unsigned i = 0; i < STATS_HISTOGRAM; i++)
		stats_put(&series->cells[i], 0);
	stats_put(&series->key, 1 + key);
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
	if (used > 0)
		memset(places, 0, sizeof(places));
	used = 0;
}

unsigned stats_own_slot(void)
{
	return stats_own.number;
}

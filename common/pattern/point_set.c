#include "point_set.h"

#include <stdlib.h>
#include <string.h>

bool point_memory_take(struct point_memory *memory, size_t bytes)
{
	if (bytes > memory->left) {
		memory->full = true;
		return false;
	}
	memory->left -= bytes;
	return true;
}

static bool grow(struct point_memory *memory, struct point_set *set)
{
	unsigned room = set->room ? 2 * set->room : 1;
	size_t bytes = room * sizeof(*set->ranges);

	if (!point_memory_take(memory, bytes))
		return false;
	struct point_range *ranges = arena_alloc(memory->arena, bytes);
	if (set->count > 0)
		memcpy(ranges, set->ranges, set->count * sizeof(*ranges));
	set->ranges = ranges;
	set->room = room;
	return true;
}

void point_set_add(
	struct point_memory *memory, struct point_set *set, uint32_t first, uint32_t last)
{
	if (set->count == set->room && !grow(memory, set))
		return;
	set->ranges[set->count++] = (struct point_range){ first, last };
}

void point_set_add_all(
	struct point_memory *memory, struct point_set *set, const struct point_set *other)
{
	for (unsigned i = 0; i < other->count; i++)
		point_set_add(memory, set, other->ranges[i].first, other->ranges[i].last);
}

static int compare_ranges(const void *left, const void *right)
{
	const struct point_range *a = left, *b = right;

	return (a->first > b->first) - (a->first < b->first);
}

/* True if the ranges are sorted and have gaps between them. */
static bool is_closed(const struct point_set *set)
{
	for (unsigned i = 1; i < set->count; i++)
		if (set->ranges[i].first <= set->ranges[i - 1].last + 1)
			return false;
	return true;
}

void point_set_close(struct point_set *set)
{
	unsigned kept = 0;

	if (is_closed(set))
		return;
	qsort(set->ranges, set->count, sizeof(*set->ranges), compare_ranges);
	for (unsigned i = 1; i < set->count; i++) {
		struct point_range *last = &set->ranges[kept], next = set->ranges[i];
		if (next.first > last->last + 1)
			set->ranges[++kept] = next;
		else if (next.last > last->last)
			last->last = next.last;
	}
	set->count = kept + 1;
}

struct point_set point_set_not(struct point_memory *memory, const struct point_set *set)
{
	struct point_set others = { 0 };
	uint32_t next = 0;

	for (unsigned i = 0; i < set->count; i++) {
		if (set->ranges[i].first > next)
			point_set_add(memory, &others, next, set->ranges[i].first - 1);
		next = set->ranges[i].last + 1;
	}
	if (next <= POINT_MAX)
		point_set_add(memory, &others, next, POINT_MAX);
	return others;
}

struct point_set point_set_and(
	struct point_memory *memory, const struct point_set *a, const struct point_set *b)
{
	struct point_set both = { 0 };
	unsigned i = 0, j = 0;

	while (i < a->count && j < b->count) {
		const struct point_range *x = &a->ranges[i], *y = &b->ranges[j];
		uint32_t first = x->first > y->first ? x->first : y->first;
		uint32_t last = x->last < y->last ? x->last : y->last;
		if (first <= last)
			point_set_add(memory, &both, first, last);
		if (x->last < y->last)
			i++;
		else
			j++;
	}
	return both;
}

struct point_set point_set_or(
	struct point_memory *memory, const struct point_set *a, const struct point_set *b)
{
	struct point_set either = { 0 };

	point_set_add_all(memory, &either, a);
	point_set_add_all(memory, &either, b);
	point_set_close(&either);
	return either;
}

bool point_set_has(const struct point_set *set, uint32_t point)
{
	unsigned low = 0, high = set->count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		if (set->ranges[middle].last < point)
			low = middle + 1;
		else
			high = middle;
	}
	return low < set->count && set->ranges[low].first <= point;
}

bool point_set_is_ascii(const struct point_set *set)
{
	return set->count == 0 || set->ranges[set->count - 1].last < 0x80;
}

int point_set_compare(const struct point_set *a, const struct point_set *b)
{
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	return a->count ? memcmp(a->ranges, b->ranges, a->count * sizeof(*a->ranges)) : 0;
}

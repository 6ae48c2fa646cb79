/* Sets of code points: sorted ranges with gaps between them, in an arena. */
#ifndef POSTERN_POINT_SET_H
#define POSTERN_POINT_SET_H

#include "arena.h"

#include <stdbool.h>
#include <stdint.h>

enum { POINT_MAX = 0x10FFFF };

struct point_range {
	uint32_t first, last;
};

struct point_set {
	struct point_range *ranges;
	unsigned count, room;
	unsigned index; /* for the owner's use */
};

/* Where sets come from, and how much may be allocated for them. */
struct point_memory {
	struct arena *arena;
	size_t left; /* bytes */
	bool full;   /* sticky: sets lack members, because nothing was left */
};

/* Counts bytes that are allocated. Sets full and returns false if there is less left. */
bool point_memory_take(struct point_memory *memory, size_t bytes);

/* Adds a range to a set that point_set_close then makes well-formed. */
void point_set_add(
	struct point_memory *memory, struct point_set *set, uint32_t first, uint32_t last);

/* Adds all members of another set; close afterwards. */
void point_set_add_all(
	struct point_memory *memory, struct point_set *set, const struct point_set *other);

/* Sorts and joins ranges. The functions below need closed sets, and make them. */
void point_set_close(struct point_set *set);

struct point_set point_set_not(struct point_memory *memory, const struct point_set *set);
struct point_set point_set_and(
	struct point_memory *memory, const struct point_set *a, const struct point_set *b);
struct point_set point_set_or(
	struct point_memory *memory, const struct point_set *a, const struct point_set *b);

bool point_set_has(const struct point_set *set, uint32_t point);

/* True if all members are below 128. */
bool point_set_is_ascii(const struct point_set *set);

/* An order of sets, for qsort; 0 for equal ones. */
int point_set_compare(const struct point_set *a, const struct point_set *b);

#endif

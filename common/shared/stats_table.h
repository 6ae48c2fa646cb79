/*
 * The table of stats.h as it lies in shared memory. Only the stats_*.c modules include this. Every
 * child can write all of the table, so its readers trust no index and no length from there.
 */
#ifndef POSTERN_STATS_TABLE_H
#define POSTERN_STATS_TABLE_H

#include "stats.h"

#include <stdalign.h>
#include <stdatomic.h>

enum {
	STATS_CACHE_LINE = 64,
	STATS_SLOT_EXITED = 0, /* what processes that have exited had counted */
	STATS_SLOT_MASTER = 1,
	STATS_SLOTS_FIRST = 2 /* of the children */
};

/* How many cells each shape takes. */
enum {
	STATS_CELLS_ONE = 1,
	STATS_CELLS_CAUSE = STAT_CAUSE__COUNT,
	STATS_CELLS_ACTION_OUTCOME = ACTION__COUNT * STAT_OUTCOME__COUNT,
	STATS_CELLS_ROLE = STAT_ROLE__COUNT,
	STATS_CELLS_SIZES = STATS_HISTOGRAM,
	STATS_CELLS_DISK = STATS_HISTOGRAM,
	STATS_CELLS_ENDPOINT =
		1, /* counts them all: each has its series, as most are never needed */
	STATS_CELLS_PROCESS = 1, /* unused, as is … */
	STATS_CELLS_BUILD = 1
};

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "64-bit atomics need a lock here");

/* What the threads of a process write, each in its own cache lines. */
struct stats_cells {
#define GROUP(owner)                     alignas(STATS_CACHE_LINE) _Atomic uint64_t group_##owner;
#define STAT(id, name, kind, shape, ...) _Atomic uint64_t id[STATS_CELLS_##shape];
#include "stats.def"
#undef STAT
#undef GROUP
};

enum { STATS_CELLS = sizeof(struct stats_cells) / sizeof(uint64_t) };

struct stats_table_series {
	_Atomic uint64_t key; /* 1 + the key; 0: no series, nor is any behind it */
	_Atomic uint64_t cells[STATS_HISTOGRAM];
};

/* Pages of it that are not used are not there. */
struct stats_slot {
	alignas(STATS_CACHE_LINE) _Atomic uint64_t cells[STATS_CELLS];
	struct stats_table_series series[STATS_SERIES];
};

/* What the master says of a slot. */
struct stats_table_process {
	_Atomic char name[STATS_NAME]; /* "": none */
	_Atomic uint64_t pid, bytes, cpu_ns;
};

struct stats_table {
	_Atomic uint64_t layout;
	_Atomic uint64_t sequence; /* odd while a slot changes hands */
	_Atomic uint64_t slots;    /* from here on none was ever used */
	struct stats_table_process processes[STATS_SLOTS];
	struct stats_slot all[STATS_SLOTS];
};

/* The table of this process, and its slot there. Without a table it counts into a slot that no
 * process reads. */
struct stats_own {
	struct stats_table *table; /* NULL: none */
	struct stats_slot *slot;
	unsigned number; /* of the slot */
};

extern struct stats_own stats_own;

/* The slot's series of this key, made if there is none; when there are too many, the last key
 * stands for the rest. A process adds to the series of one slot only: its own, or in the master
 * STATS_SLOT_EXITED. */
struct stats_table_series *stats_series(struct stats_slot *slot, unsigned key);

/* From now on this process counts in this slot of the table; NULL: it has no table. */
void stats_use(struct stats_table *table, unsigned number);

/* Writes a name of at most STATS_NAME - 1 bytes. */
void stats_set_name(struct stats_table_process *process, const char *name);

/* Cells are written by one thread each, so plain loads and stores do. */

static inline uint64_t stats_get(const _Atomic uint64_t *cell)
{
	return atomic_load_explicit(cell, memory_order_relaxed);
}

static inline void stats_put(_Atomic uint64_t *cell, uint64_t value)
{
	atomic_store_explicit(cell, value, memory_order_relaxed);
}

static inline void stats_increase(_Atomic uint64_t *cell, uint64_t n)
{
	stats_put(cell, stats_get(cell) + n);
}

/* True if it is a series; then *key is its key, below STATS_KEYS. */
static inline bool stats_is_series(const struct stats_table_series *series, unsigned *key)
{
	uint64_t n = stats_get(&series->key);

	*key = (unsigned)(n - 1);
	return n > 0 && n <= STATS_KEYS;
}

#endif

/*
 * The layout of the table of stats.h in shared memory. Only the stats*.c modules include this.
 */
#ifndef POSTERN_STATS_TABLE_H
#define POSTERN_STATS_TABLE_H

#include "stats.h"

#include <stdalign.h>
#include <stdatomic.h>

enum {
	STATS_CACHE_LINE = 64,
	STATS_SLOT_EXITED = 0, /* the counts of processes that have exited */
	STATS_SLOT_MASTER = 1,
	STATS_SLOTS_FIRST = 2,   /* the first slot of a child */
	STATS_WITHOUT_ROUTE = 64 /* series that are kept for answers without their route */
};

/* The number of cells of each shape. */
enum {
	STATS_CELLS_ONE = 1,
	STATS_CELLS_CAUSE = STAT_CAUSE__COUNT,
	STATS_CELLS_ACTION_OUTCOME = ACTION__COUNT * STAT_OUTCOME__COUNT,
	STATS_CELLS_READER = READERS_MAX * STATS_READER_CELLS,
	STATS_CELLS_ROLE = STAT_ROLE__COUNT,
	STATS_CELLS_RECONNECT = STAT_RECONNECT__COUNT,
	STATS_CELLS_ROLLBACK = STAT_ROLLBACK__COUNT,
	STATS_CELLS_LOST_COMMIT = STAT_LOST_COMMIT__COUNT,
	STATS_CELLS_FLUSH = STAT_FLUSH__COUNT,
	STATS_CELLS_SIZES = STATS_HISTOGRAM,
	STATS_CELLS_DISK = STATS_HISTOGRAM,
	STATS_CELLS_ENDPOINT = 1, /* the total; the histograms are in the series, made on demand */
	STATS_CELLS_PROCESS = 1,  /* unused */
	STATS_CELLS_API = 1,      /* unused */
	STATS_CELLS_BUILD = 1     /* unused */
};

_Static_assert(STATS_READER_CELLS * sizeof(uint64_t) % STATS_CACHE_LINE == 0,
	"two readers share a cache line");
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "64-bit atomics need a lock here");

/* The cells of a slot. The group of each thread starts a cache line. */
struct stats_cells {
#define GROUP(owner)                     alignas(STATS_CACHE_LINE) _Atomic uint64_t group_##owner;
#define STAT(id, name, kind, shape, ...) _Atomic uint64_t id[STATS_CELLS_##shape];
#include "stats.def"
#undef STAT
#undef GROUP
};

enum { STATS_CELLS = sizeof(struct stats_cells) / sizeof(uint64_t) };

struct stats_table_series {
	_Atomic uint64_t key; /* 1 + the key; 0: this series and all after it are unused */
	_Atomic uint64_t cells[STATS_HISTOGRAM];
};

/* Unused pages of a slot take no memory. */
struct stats_slot {
	alignas(STATS_CACHE_LINE) _Atomic uint64_t cells[STATS_CELLS];
	struct stats_table_series series[STATS_SERIES];
};

/* The process of a slot. The master writes it. */
struct stats_table_process {
	_Atomic char name[STATS_NAME]; /* "": the slot is free */
	_Atomic uint64_t pid, bytes, cpu_ns;
};

struct stats_table {
	_Atomic uint64_t layout;   /* a hash of the version */
	_Atomic uint64_t sequence; /* odd while the master allots or frees a slot */
	_Atomic uint64_t slots;    /* slots from this index on have never been used */
	struct stats_table_process processes[STATS_SLOTS];
	struct stats_slot all[STATS_SLOTS];
};

/* Which series of a list counts for each key. */
struct stats_places {
	uint16_t of[STATS_KEYS]; /* 1 + the index of the series; 0: none yet */
	unsigned used;           /* series of the list */
};

_Static_assert(STATS_SERIES <= UINT16_MAX, "a place does not fit");

/* Gives a place to a key that has none: the next series, or if there are too many, that of the
 * answer without its route (stats_observe_key). Sets *is_new if the series was unused. Returns the
 * key of the series. */
unsigned stats_place(struct stats_places *places, unsigned key, bool *is_new);

/* The table of this process, and its slot in it. */
struct stats_own {
	struct stats_table *table; /* NULL: none; slot is then a dummy */
	struct stats_slot *slot;
	unsigned number; /* index of the slot */
};

extern struct stats_own stats_own;

/* Returns the series that counts for the key in the slot; starts one if there is none. A process
 * changes the series of one slot only: its own, or in the master STATS_SLOT_EXITED. */
struct stats_table_series *stats_series(struct stats_slot *slot, unsigned key);

/* Makes this process count in this slot of the table; NULL: in a dummy slot. */
void stats_use(struct stats_table *table, unsigned number);

/* Writes the name, cut at STATS_NAME - 1 bytes. */
void stats_set_name(struct stats_table_process *process, const char *name);

/* One thread writes each cell, so relaxed loads and stores suffice. */

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

/* True if the series is in use and valid; *key is then its key, below STATS_KEYS. */
static inline bool stats_is_series(const struct stats_table_series *series, unsigned *key)
{
	uint64_t n = stats_get(&series->key);

	*key = (unsigned)(n - 1);
	return n > 0 && n <= STATS_KEYS;
}

#endif

/*
 * What is counted: a table in memory that the master shares with its children (memfd_create(2),
 * sealed in its size), declared in stats.def. Each process has a slot of its own there, in which a
 * thread adds to its own cache lines without any lock. When the master reaps a child it folds what
 * the child has counted into one slot for all that have exited, so that no sum goes back.
 *
 * Every child can write all of it. Who reads it trusts no index and no length from there; the
 * numbers themselves are what the children say.
 *
 * Who has no table, as most tests, counts into a slot that nobody reads.
 */
#ifndef POSTERN_STATS_H
#define POSTERN_STATS_H

#include "bounds.h"
#include "command.h"

#include <stdbool.h>
#include <stdint.h>

enum stat_kind { STAT_KIND_COUNTER, STAT_KIND_GAUGE, STAT_KIND_HISTOGRAM };

enum stat_unit { STAT_UNIT_NUMBER, STAT_UNIT_BYTES, STAT_UNIT_SECONDS /* in nanoseconds */ };

enum stat_shape {
	STAT_SHAPE_ONE,
	STAT_SHAPE_CAUSE,          /* enum stat_cause */
	STAT_SHAPE_ACTION_OUTCOME, /* stat_action_outcome */
	STAT_SHAPE_ROLE,           /* enum stat_role */
	STAT_SHAPE_SIZES,          /* a histogram of numbers */
	STAT_SHAPE_DISK,           /* a histogram of short times */
	STAT_SHAPE_ENDPOINT,       /* one of longer times for each key; see stats_observe_key */
	STAT_SHAPE_PROCESS,        /* struct stats_process */
	STAT_SHAPE_BUILD           /* no number is kept */
};

enum stats_id {
#define GROUP(owner)
#define STAT(id, ...) STAT_##id,
#include "stats.def"
#undef STAT
#undef GROUP
	STAT__COUNT
};

enum stat_cause {
	STAT_CAUSE_BUSY,        /* dbd, or the worker, has too much to do */
	STAT_CAUSE_UNAVAILABLE, /* dbd did not answer */
	STAT_CAUSE_UNKNOWN,     /* dbd was lost, and nobody knows whether a write was done */
	STAT_CAUSE_LOCKED,      /* another process holds the database locked */
	STAT_CAUSE_CONCURRENCY, /* --limit-concurrency */
	STAT_CAUSE_ADDRESS,     /* --limit-connections-per-address */
	STAT_CAUSE__COUNT
};

enum stat_role { STAT_ROLE_DBD, STAT_ROLE_WORKER, STAT_ROLE__COUNT };

enum stat_outcome {
	STAT_OUTCOME_DONE,
	STAT_OUTCOME_LATE,
	STAT_OUTCOME_FAULT, /* … and those of the other faults */
	STAT_OUTCOME__COUNT = STAT_OUTCOME_FAULT + FAULT__COUNT
};

enum {
	STATS_BOUNDS = 14, /* of each histogram; what is above the last is in one bucket more */
	STATS_BUCKETS = STATS_BOUNDS + 1,
	STATS_HISTOGRAM = STATS_BUCKETS + 1, /* cells: the buckets, not cumulated, then the sum */
	STATS_KEYS = 64 * 10 * 24,           /* of STAT_SHAPE_ENDPOINT */
	STATS_SERIES = 250,                  /* of these, how many there can be at a time */
	STATS_NAME = 24,                     /* bytes of a process's name, its NUL included */
	STATS_SLOTS = 2 + 1 + 2 * WORKERS_MAX
};

struct stat_info {
	const char *name, *help;
	enum stat_kind kind;
	enum stat_shape shape;
	enum stat_unit unit;
	unsigned first, cells; /* where it stands in a slot */
};

extern const struct stat_info stat_infos[STAT__COUNT];

/* The bounds of a histogram's shape, in what its unit is kept in; both included, as Prometheus has
 * it. */
const uint64_t *stat_bounds(enum stat_shape shape);

/* Labels, as they are written: "done", "not_found"; "busy"; "worker". */
const char *stat_outcome_name(unsigned outcome);
const char *stat_cause_name(enum stat_cause cause);
const char *stat_role_name(enum stat_role role);

static inline unsigned stat_action_outcome(enum action action, unsigned outcome)
{
	return (unsigned)action * STAT_OUTCOME__COUNT + outcome;
}

/* Counting, each stat by the one thread that stats.def names, in this process's slot. Some plain
 * instructions, no system call. The place is that among the cells of the stat's shape. */

void stats_add_at(enum stats_id stat, unsigned place, uint64_t n);
void stats_set_at(enum stats_id stat, unsigned place, uint64_t value);
void stats_observe(enum stats_id stat, uint64_t value);

/* The histogram of STAT_SHAPE_ENDPOINT for this key, below STATS_KEYS. When there are too many, the
 * last key stands for the rest. */
void stats_observe_key(unsigned key, uint64_t ns);

static inline void stats_add(enum stats_id stat, uint64_t n)
{
	stats_add_at(stat, 0, n);
}

static inline void stats_set(enum stats_id stat, uint64_t value)
{
	stats_set_at(stat, 0, value);
}

/* Children. Maps the table behind fd, which is closed, and counts in this slot from now on. A table
 * of another version (a master that runs since before an upgrade) is left alone. Returns 0, or -1
 * with errno. */
int stats_adopt(int fd, unsigned slot);

/* The master. Makes the table and counts in it. Returns the descriptor that children adopt, CLOEXEC
 * and the caller's to close, or -1 with errno. */
int stats_create(void);

/* The slot of this process. */
unsigned stats_own_slot(void);

#endif

/*
 * Statistics: a table in memory that the master shares with its children (shared_memory.h),
 * declared in stats.def. Each process has a slot in the table, in which each thread adds to its own
 * cache lines without a lock. When the master reaps a child, it adds the child's counts to a slot
 * for all processes that have exited, so that no sum decreases.
 *
 * Every child can write the whole table. Readers trust no index and no length in it; the numbers
 * are whatever the children write.
 *
 * Without a table, as in most tests, a process counts in a dummy slot.
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
	STAT_SHAPE_READER,         /* stat_reader_cell */
	STAT_SHAPE_ROLE,           /* enum stat_role */
	STAT_SHAPE_RECONNECT,      /* enum stat_reconnect */
	STAT_SHAPE_ROLLBACK,       /* enum stat_rollback */
	STAT_SHAPE_LOST_COMMIT,    /* enum stat_lost_commit */
	STAT_SHAPE_FLUSH,          /* enum stat_flush */
	STAT_SHAPE_SIZES,          /* a histogram of numbers */
	STAT_SHAPE_DISK,           /* a histogram of short times */
	STAT_SHAPE_ENDPOINT,       /* a histogram of longer times per key; see stats_observe_key */
	STAT_SHAPE_PROCESS,        /* in struct stats_process */
	STAT_SHAPE_API,            /* constant */
	STAT_SHAPE_BUILD           /* constant */
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
	STAT_CAUSE_BUSY,        /* dbd or the worker is overloaded */
	STAT_CAUSE_UNAVAILABLE, /* dbd did not answer */
	STAT_CAUSE_UNKNOWN,     /* dbd was lost; a write may have been done or not */
	STAT_CAUSE_LOCKED,      /* another process holds the database locked */
	STAT_CAUSE_CONCURRENCY, /* --limit-concurrency */
	STAT_CAUSE_ADDRESS,     /* --limit-connections-per-address */
	STAT_CAUSE__COUNT
};

enum stat_role { STAT_ROLE_DBD, STAT_ROLE_WORKER, STAT_ROLE__COUNT };

enum stat_reconnect {
	STAT_RECONNECT_LOST,      /* the connection ended without a reason */
	STAT_RECONNECT_SILENT,    /* no answer came */
	STAT_RECONNECT_REFUSED,   /* nobody listens, no such host, no certificate, ... */
	STAT_RECONNECT_STARTING,  /* the server starts, stops or recovers */
	STAT_RECONNECT_STOPPED,   /* the server, or its administrator, ended the connection */
	STAT_RECONNECT_TOO_MANY,  /* connections */
	STAT_RECONNECT_PASSWORD,  /* or another authentication */
	STAT_RECONNECT_DATABASE,  /* does not exist */
	STAT_RECONNECT_READ_ONLY, /* a standby */
	STAT_RECONNECT_OTHER,     /* another SQLSTATE; the log has it */
	STAT_RECONNECT__COUNT
};

/* Why a group of writes was rolled back. */
enum stat_rollback {
	STAT_ROLLBACK_FAILED,   /* a command has failed */
	STAT_ROLLBACK_LOCK,     /* a command waited for a lock; it goes on in the slow lane */
	STAT_ROLLBACK_DEADLOCK, /* or a serialization failure */
	STAT_ROLLBACK_LOST,     /* the connection was lost before COMMIT was sent */
	STAT_ROLLBACK_OTHER,
	STAT_ROLLBACK__COUNT
};

enum stat_lost_commit {
	STAT_LOST_COMMIT_COMMITTED,
	STAT_LOST_COMMIT_ROLLED_BACK,
	STAT_LOST_COMMIT_UNKNOWN,
	STAT_LOST_COMMIT__COUNT
};

/* Why all cached answers were dropped. */
enum stat_flush {
	STAT_FLUSH_CONNECTION,  /* a new connection, or another run of the server */
	STAT_FLUSH_UNLOGGED,    /* another program has written */
	STAT_FLUSH_DECLARATION, /* a Postern of another version or declaration has written */
	STAT_FLUSH_MANY,        /* a Postern has written more than its log names */
	STAT_FLUSH_UNREADABLE,  /* the log has something else */
	STAT_FLUSH__COUNT
};

enum stat_outcome {
	STAT_OUTCOME_DONE,
	STAT_OUTCOME_LATE,
	STAT_OUTCOME_FAULT, /* plus an enum fault */
	STAT_OUTCOME__COUNT = STAT_OUTCOME_FAULT + FAULT__COUNT
};

enum {
	STATS_BOUNDS = 14,                   /* upper bounds of each histogram */
	STATS_BUCKETS = STATS_BOUNDS + 1,    /* the last one is for values above all bounds */
	STATS_HISTOGRAM = STATS_BUCKETS + 1, /* cells: the buckets, not cumulative, then the sum */
	STATS_ROUTES = 2304,                 /* of any declared API; the last one: no route */
	STATS_ANSWERS = 10 * 48,             /* kinds of answers of a route */
	STATS_KEYS = STATS_ROUTES * STATS_ANSWERS, /* number of keys of STAT_SHAPE_ENDPOINT */
	STATS_SERIES = 900,                        /* most keys in use at the same time */
	STATS_NAME = 24, /* bytes of a process's name, including its NUL */
	STATS_SLOTS = 2 + 1 + 2 * WORKERS_MAX
};

struct stat_info {
	const char *name, *help;
	enum stat_kind kind;
	enum stat_shape shape;
	enum stat_unit unit;
	unsigned first, cells; /* the index of the first cell in a slot, and the number of cells */
};

extern const struct stat_info stat_infos[STAT__COUNT];

/* The STATS_BOUNDS upper bounds of the buckets of a histogram's shape, in numbers or nanoseconds.
 * Bounds are inclusive, as in Prometheus. Static. */
const uint64_t *stat_bounds(enum stat_shape shape);

/* The name of an outcome, such as "done" and "not_found". Static. */
const char *stat_outcome_name(unsigned outcome);

/* The label of a shape with one, and its values by place, such as "busy". Static. */
struct stat_label {
	const char *name;
	const char *const *values;
	unsigned count;
};

/* count 0: the shape has no such label. */
struct stat_label stat_label(enum stat_shape shape);

/* The place of an action and its outcome in STAT_SHAPE_ACTION_OUTCOME. */
static inline unsigned stat_action_outcome(enum action action, unsigned outcome)
{
	return (unsigned)action * STAT_OUTCOME__COUNT + outcome;
}

/* A thread that only reads has so many cells in STAT_SHAPE_READER, which are whole cache lines: one
 * for each action, for commands that were done, and one for all others. */
enum { STATS_READER_CELLS = 16, STATS_READER_OTHERS = ACTION__COUNT };

_Static_assert((int)STATS_READER_OTHERS < (int)STATS_READER_CELLS, "a reader has too few cells");

/* The place of a thread, from 0, and a cell of it in STAT_SHAPE_READER. */
static inline unsigned stat_reader_cell(unsigned reader, unsigned cell)
{
	return reader * STATS_READER_CELLS + cell;
}

/* Count in the slot of this process: a few instructions, no system call. Only the thread that
 * stats.def names may change a stat. place is the index among the cells of the stat. */

void stats_add_at(enum stats_id stat, unsigned place, uint64_t n);
void stats_set_at(enum stats_id stat, unsigned place, uint64_t value);
void stats_observe(enum stats_id stat, uint64_t value);

/* The key of a route and of a kind of answer. */
static inline unsigned stats_key(unsigned route, unsigned answer)
{
	return route * STATS_ANSWERS + answer;
}

/* Adds a time in nanoseconds to the key's histogram of STAT_SHAPE_ENDPOINT. The key is below
 * STATS_KEYS. If too many keys are in use, further ones are counted without their route, under the
 * key of STATS_ROUTES - 1 and the kind of answer. If even these are too many, they are counted
 * under the last key. */
void stats_observe_key(unsigned key, uint64_t ns);

static inline void stats_add(enum stats_id stat, uint64_t n)
{
	stats_add_at(stat, 0, n);
}

/* For the few cells that several threads add to. */
void stats_add_shared(enum stats_id stat, unsigned place, uint64_t n);

static inline void stats_set(enum stats_id stat, uint64_t value)
{
	stats_set_at(stat, 0, value);
}

/* A child: maps the table of fd, closes fd, and counts in this slot from now on. A table of another
 * version (the master was started before an upgrade) is not used. Returns 0, or -1 with errno and
 * fd still open. */
int stats_adopt(int fd, unsigned slot);

/* The master: makes the table and counts in it from now on. Returns the descriptor for children,
 * which is CLOEXEC and the caller's to close, or -1 with errno. */
int stats_create(void);

/* The slot of this process. */
unsigned stats_own_slot(void);

#endif

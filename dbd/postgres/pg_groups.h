/*
 * Writes, in groups: those that wait share a transaction and its commit, and run side by side in
 * one pipeline, sorted by table and key, so that groups of several machines take their locks in the
 * same order. Those that must not run beside others (deletions that take other rows along, links,
 * writes with a condition) follow one by one.
 *
 * The transaction's id is read before the commit is sent. So the outcome of a commit whose reply is
 * lost is asked for (pg_commits.h), not guessed.
 *
 * Two lanes take turns: while one commits, the other runs the next group.
 *
 * If a command fails in the database, the others run again without it, each with a savepoint. One
 * that waits for a lock is left out, and runs again alone in the slow lane.
 */
#ifndef POSTERN_PG_GROUPS_H
#define POSTERN_PG_GROUPS_H

#include "freshness.h"
#include "job.h"
#include "pg_facts.h"
#include "pg_failure.h"
#include "pg_inserts.h"
#include "pg_lane.h"

enum { PG_PRUNED_SIZE = 1024 };

struct pg_write;

enum pg_phase {
	PG_IDLE,
	PG_PRUNING, /* the log */
	PG_RUNNING, /* commands run */
	PG_UNDOING, /* the transaction is rolled back */
	PG_COMMITTING,
	PG_RESOLVING, /* the reply to a commit is lost */
};

/* A lane of writes. */
struct pg_groups {
	struct pg_lane lane; /* first */
	struct changes *changes;
	struct freshness *freshness;
	struct job_list *waiting; /* of all lanes in the ring */
	struct pg_groups *next;   /* in the ring of lanes that take these jobs */
	struct pg_facts *facts;
	unsigned most;            /* jobs of a group */
	const char *lock_timeout; /* milliseconds */
	struct pg_groups *slow;   /* gets jobs that wait for locks; NULL: this is the slow lane */
	/* A connection was made. */
	void (*on_connected)(struct pg_groups *groups);
	/* Gets jobs that are finished. */
	void (*on_finished)(struct pg_groups *groups, struct job_list *jobs);

	/* private */
	struct job_list finished;
	enum pg_phase phase;
	uint64_t committed, commits; /* commands that were done, and their groups */
	struct pg_write *writes;     /* of the group, sorted */
	unsigned nwrites, left;      /* left: not done */
	unsigned side_by_side;       /* the first ones, which run beside others */
	unsigned running;            /* fibers */
	struct pg_inserts inserts;
	bool guarded; /* one by one, with savepoints */
	bool in_savepoint;
	bool broken; /* the transaction accepts nothing any more */
	bool renew;  /* the server does not do what is asked */
	enum fault commit_fault;
	enum pg_remedy commit_remedy;
	uint64_t xid, begun, committing, lost; /* lost: loop_now */
	/* step: what is of no interest; synced: the end of the commit. */
	struct pg_request step, begin_id, undone, log, commit, synced, status, asked, find, pruned;
	struct timer late, ask_again, prune_timer;
	bool is_over;               /* that is not in progress any more */
	char name[UUID_LENGTH + 1]; /* of the lane: pg_commits.h */
	bool wants_pruning;
	char pruned_to[PG_PRUNED_SIZE]; /* what the last pruning has returned */
};

void pg_groups_init(struct pg_groups *groups);

/* Takes over jobs that write. */
void pg_groups_submit(struct pg_groups *groups, struct job_list *jobs);

/* When the oldest command of the group under way arrived (struct job); UINT64_MAX: none is. */
uint64_t pg_groups_oldest(const struct pg_groups *groups);

/* Frees what an interrupted group has. */
void pg_groups_done(struct pg_groups *groups);

#endif

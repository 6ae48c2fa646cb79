/*
 * Short reads, in turns: those that wait are answered side by side from one snapshot, on one
 * connection. What arrives meanwhile is the next turn. So is the question whether the generations
 * are up to date, one for all that ask (freshness.h).
 *
 * No turn waits for a table that others have locked: such a read goes to the slow lane, which locks
 * the table before it takes a snapshot, as that of a table which was rewritten meanwhile would show
 * no rows. A read that has waited for too long is FAULT_LOCKED.
 */
#ifndef POSTERN_PG_READS_H
#define POSTERN_PG_READS_H

#include "freshness.h"
#include "job.h"
#include "pg_batch.h"
#include "pg_facts.h"
#include "pg_lane.h"
#include "pg_locked.h"

struct pg_reads {
	struct pg_lane lane; /* first */
	struct freshness *freshness;
	struct pg_facts *facts;
	struct pg_locked *locked; /* of both lanes */
	struct pg_reads *slow;    /* gets reads that wait for locks; NULL: this is the slow lane */
	/* A connection was made. */
	void (*on_connected)(struct pg_reads *reads);
	/* Gets jobs that are finished. */
	void (*on_finished)(struct pg_reads *reads, struct job_list *jobs);

	/* private */
	struct job_list waiting, asking, finished, again;
	struct job_list slowly; /* for the slow lane */
	struct job_list held;   /* by the slow lane, until their table is locked */
	struct pg_batch batch;
	bool in_turn, in_transaction;
	bool broken;        /* a statement of the turn has failed */
	bool renew;         /* the server does not do what is asked */
	unsigned running;   /* fibers */
	uint64_t begun;     /* the turn, clock_ns */
	uint64_t oldest;    /* when the first command of the turn arrived */
	bool awaits_answer; /* of the question */
	bool begins;        /* the connection has had no question yet */
	bool is_calm;       /* the last answer has shown nothing new, so that a glance may do */
	bool glances;       /* awaits_answer: of a glance */
	bool without_log;   /* the next question, as others have the log locked */
	struct pg_request begin, question, lock, end;
	struct timer late; /* while reads wait and the lane is down */
};

/* Prepares for reads; loop, url, patience of the lane, freshness and on_finished are set. */
void pg_reads_init(struct pg_reads *reads);

/* Takes over jobs that read, or ask. Connects the slow lane. */
void pg_reads_submit(struct pg_reads *reads, struct job_list *jobs);

/* Closes the connection and finishes all jobs with a fault. */
void pg_reads_abandon(struct pg_reads *reads);

/* When the oldest command that waits or runs arrived (struct job); UINT64_MAX: there is none. */
uint64_t pg_reads_oldest(const struct pg_reads *reads);

/* Frees the jobs that wait. The lane is stopped. */
void pg_reads_done(struct pg_reads *reads);

#endif

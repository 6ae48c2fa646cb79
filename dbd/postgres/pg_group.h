/*
 * A lane of writes with its group, and what the parts of pg_groups.h do with it: pg_group_order.h
 * sorts the writes, pg_group_run.h runs them, pg_group_commit.h commits, pg_group_undo.h rolls back
 * and runs again, pg_group_resolve.h asks for a lost commit, pg_group_prune.h prunes the log.
 */
#ifndef POSTERN_PG_GROUP_H
#define POSTERN_PG_GROUP_H

#include "freshness.h"
#include "job.h"
#include "pg_facts.h"
#include "pg_inserts.h"
#include "pg_lane.h"

enum { PG_PRUNED_SIZE = 1024 };

/* What becomes of a write's job. */
enum pg_verdict {
	VERDICT_NONE,   /* not run yet */
	VERDICT_DONE,   /* its reply is sent after the commit */
	VERDICT_FAILED, /* its reply is a fault; it has changed nothing, or is undone */
	VERDICT_AGAIN,  /* it runs again with the next group */
	VERDICT_SLOW    /* it runs again in the slow lane */
};

struct pg_groups;

/* A job of the group, in a fiber of its own. */
struct pg_write {
	struct pg_session session; /* first */
	struct pg_groups *groups;
	struct job *job;
	unsigned number; /* in the order in which the jobs came */
	bool alone;      /* not beside others */
	bool is_running;
	bool is_dirty; /* it has failed, and left something in the transaction */
	enum pg_verdict verdict;
	unsigned table;
	struct key key; /* of the row that it changes, or of its parent */
};

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

/* Sets what the functions below need. */
void pg_group_init(struct pg_groups *g);

/* Sends a statement, a literal, or a Sync whose result is of no interest. */
void pg_group_say(struct pg_groups *g, const char *text);
void pg_group_say_sync(struct pg_groups *g);

/* The job is finished: pg_group_give_back hands it to on_finished with all that are. */
void pg_group_finish(struct pg_groups *g, struct job *job);
void pg_group_give_back(struct pg_groups *g);

/* Drops the job's reply and puts the job into a list, to be run again. */
void pg_group_put_back(struct job *job, struct job_list *list);

/* The group is over: the lane is idle. */
void pg_group_free_writes(struct pg_groups *g);

/* Ends the group and finishes its jobs; with a fault those that were done get it as their reply. */
void pg_group_finish_all(struct pg_groups *g, enum fault fault);

/* Ends the group; all its jobs wait again, before others, for another connection. */
void pg_group_requeue(struct pg_groups *g);

/* Sets side_by_side. */
void pg_group_count_side_by_side(struct pg_groups *g);

/* True if the slow lane has a write of this row, or of a row below it: another one would wait for
 * the same lock. */
bool pg_group_is_slow(const struct pg_groups *g, const struct pg_write *w);

/* Has another lane begin, if it may. */
void pg_group_wake_others(struct pg_groups *g);

/* Takes over jobs that write. */
void pg_group_submit(struct pg_groups *g, struct job_list *jobs);

#endif

/*
 * What carries out commands that are not answered at once: SQLite's writer (writer.h), or the
 * connections to PostgreSQL. The server submits jobs and gets them back with their replies, as a
 * rule in a turn of the loop.
 */
#ifndef POSTERN_RUNNER_H
#define POSTERN_RUNNER_H

#include "job.h"

struct runner_ops;

/* Embedded by what carries out jobs, as its first member. */
struct runner {
	const struct runner_ops *ops;

	/* Set by the server. Gets jobs that are finished, and owns them from then on; the list is
	 * empty afterwards. If snapshot_in_way, an old snapshot of a stream keeps the database from
	 * tidying up. May be called within submit, and with an empty list. */
	void (*on_finished)(void *context, struct job_list *jobs, bool snapshot_in_way);

	/* Set by the server, for a runner with a thread of its own: on_finished between two turns
	 * of a loop that is shared (loop_share), whose mutex the caller holds. Sends the replies at
	 * once. False: the loop must have a turn, with on_finished for what is left in the list,
	 * which may be nothing. */
	bool (*answer)(void *context, struct job_list *jobs);
	void *context;
};

struct runner_ops {
	/* How many writes may wait at once. */
	unsigned (*room)(struct runner *runner);

	/* Takes over all jobs of the list, which has at least one and is empty afterwards; called
	 * at the end of a turn. Each job is given back once, in any order: with its reply, or
	 * without one if its deadline has passed. */
	void (*submit)(struct runner *runner, struct job_list *jobs);
};

#endif

/*
 * The one thread that writes to SQLite, as a runner of jobs. It takes all jobs that wait, runs them
 * as one group, hands the replies back, and then tends the engine. There is no artificial delay: a
 * group is what has arrived while the last commit ran.
 */
#ifndef POSTERN_WRITER_H
#define POSTERN_WRITER_H

#include "group.h"
#include "runner.h"

enum { WRITER_DETECT_MS = 50 /* commits by other processes are noticed within this time */ };

struct loop;
struct writer;

/* Starts the thread (thread.h). It owns the engine until writer_stop. Finished jobs come back in
 * the loop, in the order in which they were submitted. Never NULL: ends the process by log_die when
 * the system refuses a thread or a descriptor. */
struct writer *writer_start(struct loop *loop, struct engine *engine);

/* What submits jobs to it. `room` limits the jobs that it has, so that the last of them is done in
 * time (admission.h). It accepts more, but they will be late. */
struct runner *writer_runner(struct writer *writer);

/* Runs a task in the thread between two groups, and returns when it is done. For one thread at a
 * time, other than the writer's and the one that stops it. */
void writer_do(
	struct writer *writer, void (*task)(struct engine *engine, void *context), void *context);

/* Finishes what was submitted, ends the thread, and returns the engine to the caller; finished jobs
 * that have not come back are freed. Must precede loop_free. */
struct group_counts writer_stop(struct writer *writer);

#endif

/*
 * The runner of jobs for SQLite's one connection that writes. All jobs that wait are one group; the
 * next group is what has arrived meanwhile. There is no artificial delay. After a group the engine
 * is tended.
 *
 * Two threads take turns, the caller of writer_run_loop and one of its own. One runs the loop; the
 * other waits for work, or writes. When jobs are submitted and nothing is being written, the thread
 * that runs the loop ends its turn, leaves the loop, and runs the group itself. If the loop has an
 * event meanwhile, that wakes the other thread, which then runs the loop; else the first one goes
 * on with it. If nothing else waits after the group, its thread also sends the replies. So a write
 * without others wakes no thread on its way, and reads are answered while it is committed. If the
 * loop had turns during the last group, the other thread is woken for the next one instead, as
 * reads must be answered soon.
 */
#ifndef POSTERN_WRITER_H
#define POSTERN_WRITER_H

#include "group.h"
#include "runner.h"

enum { WRITER_DETECT_MS = 50 /* commits by other processes are noticed within this time */ };

struct loop;
struct writer;

/* Starts the thread (thread.h), which is the only one to write until writer_run_loop. The writer
 * owns the engine until writer_stop. Finished jobs come back in the order in which they were
 * submitted. Never NULL: ends the process by log_die when the system refuses a thread or a
 * descriptor. */
struct writer *writer_start(struct loop *loop, struct engine *engine);

/* What submits jobs to it. `room` limits the jobs that it has, so that the last of them is done in
 * time (admission.h). It accepts more, but they will be late. */
struct runner *writer_runner(struct writer *writer);

/* As loop_run, by both threads in turn. The runner's owner is set before. */
void writer_run_loop(struct writer *writer);

/* Runs a task between two groups, and returns when it is done. For one thread at a time, and never
 * in the loop. */
void writer_do(
	struct writer *writer, void (*task)(struct engine *engine, void *context), void *context);

/* Finishes what was submitted, and returns the engine to the caller; finished jobs that have not
 * come back are freed. In the loop, or when it does not run. */
struct group_counts writer_stop(struct writer *writer);

/* After writer_stop, when the loop does not run any more; ends the thread. Must precede loop_free.
 */
void writer_free(struct writer *writer);

#endif

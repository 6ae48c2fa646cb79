/*
 * The one thread that writes. It takes all jobs that wait, runs them as one group, hands the
 * replies back, and then tends the engine. There is no artificial delay: a group is what has
 * arrived while the last commit ran.
 */
#ifndef POSTERN_WRITER_H
#define POSTERN_WRITER_H

#include "group.h"

enum { WRITER_DETECT_MS = 50 /* commits by other processes are noticed within this time */ };

struct writer;

/* Starts the thread (thread.h). It owns the engine until writer_stop. Never NULL: aborts when the
 * system refuses a thread or a descriptor. */
struct writer *writer_start(struct engine *engine);

/* Hands jobs over; the list is empty afterwards. */
void writer_submit(struct writer *writer, struct job_list *jobs);

/* How many jobs may be with the writer, from writer_submit to writer_take, so that the last of them
 * is done in time (admission.h). It accepts more, but they will be late. */
unsigned writer_room(const struct writer *writer);

/* Runs a task in the thread between two groups, and returns when it is done. For one thread at a
 * time, other than the writer's and the one that stops it. */
void writer_do(
	struct writer *writer, void (*task)(struct engine *engine, void *context), void *context);

/* A descriptor, the writer's, that becomes readable when jobs are finished. Do not read from it. */
int writer_fd(const struct writer *writer);

/* Appends the finished jobs to the list, in the order in which they were submitted. The caller
 * frees them. Returns true if, since the last call, an old snapshot was in the way of tending the
 * engine: long streams should end. */
bool writer_take(struct writer *writer, struct job_list *jobs);

/* Finishes what was submitted, ends the thread, and returns the engine to the caller; finished jobs
 * that were not taken are freed. */
struct group_counts writer_stop(struct writer *writer);

#endif

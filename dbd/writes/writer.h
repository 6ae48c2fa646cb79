/*
 * The one thread that writes. It takes everything that waits, runs it as one group, hands all
 * replies back, and does the checkpoints. There is no artificial delay: a group is what arrived
 * while the last commit ran.
 */
#ifndef POSTERN_WRITER_H
#define POSTERN_WRITER_H

#include "group.h"

enum { WRITER_DETECT_MS = 50 /* what other programs write is noticed within this */ };

struct writer;

/* Starts the thread, as thread.h does. The store is its own until writer_stop.
 * Never NULL: aborts when the system refuses. */
struct writer *writer_start(struct store *store);

/* Hands jobs over; the list is empty afterwards. */
void writer_submit(struct writer *writer, struct job_list *jobs);

/* How many jobs may be with the writer, from writer_submit to writer_take, for the last of them to
 * be done in good time (admission.h). More are taken, but will be late. */
unsigned writer_room(const struct writer *writer);

/* Has the thread do this between two groups, and returns when that is done. For one thread at a
 * time, which is neither the writer nor the one that stops it. */
void writer_do(
	struct writer *writer, void (*task)(struct store *store, void *context), void *context);

/* Becomes readable when jobs are finished. The writer's; do not read from it. */
int writer_fd(const struct writer *writer);

/* Appends the finished jobs to the list, in the order in which they were submitted. The caller
 * frees them. True: since the last call a reader has kept a long log from being emptied. */
bool writer_take(struct writer *writer, struct job_list *jobs);

/* Finishes what was submitted, ends the thread, and gives the store back; finished jobs that nobody
 * has taken are freed. */
struct group_counts writer_stop(struct writer *writer);

#endif

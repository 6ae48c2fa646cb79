/*
 * A few threads that do what takes long, so that the loop's thread does not: tasks are done in the
 * order in which they are submitted, each by one of the threads, and come back to the loop's.
 */
#ifndef POSTERN_POOL_H
#define POSTERN_POOL_H

#include "heartbeat.h"
#include "loop.h"

enum { POOL_THREADS = HEARTBEAT_POOL_LAST - HEARTBEAT_POOL + 1 };

/* Embedded by whom it is about; the pool's from pool_submit until on_done. */
struct pool_task {
	/* In one of the threads, which notes in its heartbeat what it does. */
	void (*run)(struct pool_task *task, enum heartbeat_thread thread);
	void (*on_done)(struct pool_task *task); /* in the loop's thread */
	struct pool_task *next;
};

struct pool;

/* Starts the threads, as thread.h does; fewer if the system refuses more. NULL, with a line in the
 * log: it has refused all. */
struct pool *pool_start(struct loop *loop);

/* By the loop's thread. */
void pool_submit(struct pool *pool, struct pool_task *task);

/* Ends the threads, once they have done what they are doing. No more on_done is called, and what
 * was submitted is the caller's again, done or not. NULL is fine. */
void pool_stop(struct pool *pool);

#endif

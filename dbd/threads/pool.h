/*
 * A thread pool for work that would block the event loop. Tasks start in the order of submission,
 * each on one of the threads; the loop's thread is notified when they are done.
 */
#ifndef POSTERN_POOL_H
#define POSTERN_POOL_H

#include "heartbeat.h"
#include "loop.h"

enum { POOL_THREADS = HEARTBEAT_POOL_LAST - HEARTBEAT_POOL + 1 };

/* Embedded in the caller's struct. The pool owns it from pool_submit until on_done. */
struct pool_task {
	/* Called on a thread of the pool; must note its activity in the heartbeat of `thread`. */
	void (*run)(struct pool_task *task, enum heartbeat_thread thread);
	void (*on_done)(struct pool_task *task); /* called on the loop's thread */
	struct pool_task *next;
};

struct pool;

/* Starts POOL_THREADS threads by thread_start; fewer, with a line in the log, if the system refuses
 * some. NULL if it refuses all. The loop is borrowed until pool_stop. */
struct pool *pool_start(struct loop *loop);

/* Appends a task to the queue. Must be called on the loop's thread. */
void pool_submit(struct pool *pool, struct pool_task *task);

/* Stops the threads after their current tasks and frees the pool. on_done is not called any more;
 * all submitted tasks belong to the caller again, whether they have run or not. NULL is allowed. */
void pool_stop(struct pool *pool);

#endif

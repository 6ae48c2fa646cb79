#include "pool.h"

#include "event.h"
#include "log.h"
#include "rlimits.h"
#include "thread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { NICENESS = 5 /* of the threads, so that short requests run first */ };

struct task_list {
	struct pool_task *first, *last;
};

struct pool_thread {
	struct pool *pool;
	enum heartbeat_thread slot;
	pthread_t thread;
};

struct pool {
	struct loop *loop;
	struct watch done_event;
	struct pool_thread threads[POOL_THREADS];
	unsigned nthreads; /* how many of them run */

	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t wake;
	struct task_list waiting, done;
	bool stopping;
};

static void append(struct task_list *list, struct pool_task *task)
{
	task->next = NULL;
	*(list->first ? &list->last->next : &list->first) = task;
	list->last = task;
}

static struct pool_task *take(struct task_list *list)
{
	struct pool_task *task = list->first;

	if (task)
		list->first = task->next;
	return task;
}

/* Waits for a task. NULL: the pool is stopping. */
static struct pool_task *await_task(struct pool *p)
{
	struct pool_task *task = NULL;

	pthread_mutex_lock(&p->mutex);
	while (!p->stopping && !(task = take(&p->waiting)))
		pthread_cond_wait(&p->wake, &p->mutex);
	pthread_mutex_unlock(&p->mutex);
	return task;
}

static void hand_back(struct pool *p, struct pool_task *task)
{
	pthread_mutex_lock(&p->mutex);
	bool is_first = !p->done.first;
	append(&p->done, task);
	pthread_mutex_unlock(&p->mutex);
	if (is_first)
		event_raise(p->done_event.fd);
}

static void *run(void *context)
{
	struct pool_thread *t = context;

	/* EACCES: the process itself has a lower priority, as under nice(1). */
	if (setpriority(PRIO_PROCESS, 0, NICENESS) < 0 && errno != EACCES)
		log_warning("cannot lower a thread's priority: %s", strerror(errno));
	for (struct pool_task *task; (task = await_task(t->pool));) {
		task->run(task, t->slot);
		heartbeat_note(t->slot, ACTIVITY_WAITING);
		hand_back(t->pool, task);
	}
	return NULL;
}

static void on_event(struct watch *watch, uint32_t events)
{
	struct pool *p = CONTAINER_OF(watch, struct pool, done_event);

	(void)events;
	event_clear(watch->fd);
	pthread_mutex_lock(&p->mutex);
	struct task_list done = p->done;
	p->done.first = NULL;
	pthread_mutex_unlock(&p->mutex);
	for (struct pool_task *task; (task = take(&done));)
		task->on_done(task);
}

/* Returns 0 if all threads run, or the error of pthread_create(3). */
static int start_threads(struct pool *p)
{
	int error = 0;

	while (p->nthreads < POOL_THREADS && error == 0) {
		struct pool_thread *t = &p->threads[p->nthreads];
		*t = (struct pool_thread){ .pool = p, .slot = HEARTBEAT_POOL + p->nthreads };
		error = thread_start(&t->thread, run, t);
		p->nthreads += error == 0;
	}
	return error;
}

struct pool *pool_start(struct loop *loop)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (!p)
		log_die("out of memory for the pool of threads");
	p->loop = loop;
	if (event_watch(loop, &p->done_event, on_event) < 0)
		log_die("cannot watch the pool of threads: %s", strerror(errno));
	pthread_mutex_init(&p->mutex, NULL);
	pthread_cond_init(&p->wake, NULL);
	int error = start_threads(p);
	if (error)
		log_error("only %u of %u threads for long lists could be started: %s", p->nthreads,
			POOL_THREADS, rlimits_strerror(error));
	if (p->nthreads > 0)
		return p;
	pool_stop(p);
	return NULL;
}

void pool_submit(struct pool *p, struct pool_task *task)
{
	pthread_mutex_lock(&p->mutex);
	append(&p->waiting, task);
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->mutex);
}

void pool_stop(struct pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->mutex);
	p->stopping = true;
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->mutex);
	for (unsigned i = 0; i < p->nthreads; i++)
		pthread_join(p->threads[i].thread, NULL);
	loop_close(p->loop, &p->done_event);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->mutex);
	free(p);
}

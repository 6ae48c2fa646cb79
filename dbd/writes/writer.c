#include "writer.h"

#include "admission.h"
#include "heartbeat.h"
#include "log.h"
#include "loop.h"
#include "rlimits.h"
#include "thread.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MILLI UINT64_C(1000000)
#define NANO  UINT64_C(1000000000)

struct writer {
	struct runner runner; /* first: the server knows only that */
	struct loop *loop;
	struct watch watch;    /* an eventfd(2), which the thread raises when jobs are finished */
	struct engine *engine; /* the thread's */
	struct group_counts counts; /* the thread's, until it has ended */
	struct admission admission; /* written by the thread, read by all */
	pthread_t thread;

	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t wake, task_done;
	struct job_list waiting, finished;
	void (*task)(struct engine *engine, void *context); /* NULL: none */
	void *context;                                      /* of the task */
	bool snapshot_in_way; /* since jobs last came back; see engine_ops.tend */
	bool stopping;
};

static struct timespec at(uint64_t ns)
{
	return (struct timespec){ (time_t)(ns / NANO), (long)(ns % NANO) };
}

/* Waits for jobs, for at most WRITER_DETECT_MS. False: there are none, and there will be no more.
 */
static bool take_waiting(struct writer *w, struct job_list *jobs)
{
	struct timespec until = at(clock_ns() + WRITER_DETECT_MS * MILLI);
	int error = 0;

	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_WAITING);
	pthread_mutex_lock(&w->mutex);
	while (!w->waiting.first && !w->task && !w->stopping && !error)
		error = pthread_cond_timedwait(&w->wake, &w->mutex, &until);
	job_append_all(jobs, &w->waiting);
	bool goes_on = jobs->first || !w->stopping;
	pthread_mutex_unlock(&w->mutex);
	return goes_on;
}

static void hand_back(struct writer *w, struct job_list *jobs, bool snapshot_in_way)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&w->mutex);
	job_append_all(&w->finished, jobs);
	w->snapshot_in_way |= snapshot_in_way;
	pthread_mutex_unlock(&w->mutex);
	if (write(w->watch.fd, &one, sizeof(one)) < 0)
		log_die("cannot signal that a group is finished: %s", strerror(errno));
}

static void run_group(struct writer *w, struct job_list *jobs)
{
	uint64_t groups = w->counts.groups, begun = clock_ns();

	group_run(w->engine, jobs, &w->counts);
	/* Ignores groups that have failed. */
	if (w->counts.groups > groups)
		admission_note(&w->admission, jobs->count, clock_ns() - begun, w->counts.commit_ns);
}

static void run_jobs(struct writer *w, struct job_list *jobs)
{
	run_group(w, jobs);
	hand_back(w, jobs, false);
	if (!w->engine->ops->tend(w->engine))
		hand_back(w, jobs, true);
}

/* writer_do waits meanwhile, so the task does not change. */
static void run_task(struct writer *w)
{
	pthread_mutex_lock(&w->mutex);
	void (*task)(struct engine * engine, void *context) = w->task;
	pthread_mutex_unlock(&w->mutex);
	if (!task)
		return;
	task(w->engine, w->context);
	pthread_mutex_lock(&w->mutex);
	w->task = NULL;
	pthread_cond_signal(&w->task_done);
	pthread_mutex_unlock(&w->mutex);
}

static void *run(void *context)
{
	struct writer *w = context;
	struct job_list jobs = { 0 };

	while (take_waiting(w, &jobs)) {
		w->engine->ops->detect_foreign_commits(w->engine);
		if (jobs.first)
			run_jobs(w, &jobs);
		run_task(w);
	}
	return NULL;
}

/* In the loop's thread. */

static struct writer *writer_of(struct runner *runner)
{
	return CONTAINER_OF(runner, struct writer, runner);
}

static unsigned room(struct runner *runner)
{
	return admission_room(&writer_of(runner)->admission);
}

static void submit(struct runner *runner, struct job_list *jobs)
{
	struct writer *w = writer_of(runner);

	pthread_mutex_lock(&w->mutex);
	job_append_all(&w->waiting, jobs);
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->mutex);
}

static void on_event(struct watch *watch, uint32_t events)
{
	struct writer *w = CONTAINER_OF(watch, struct writer, watch);
	struct job_list jobs = { 0 };
	uint64_t times;

	(void)events;
	/* First the event, then the list: jobs that finish in between raise the event again. */
	if (read(watch->fd, &times, sizeof(times)) < 0 && errno != EAGAIN)
		log_die("cannot read the writer's event: %s", strerror(errno));
	pthread_mutex_lock(&w->mutex);
	job_append_all(&jobs, &w->finished);
	bool snapshot_in_way = w->snapshot_in_way;
	w->snapshot_in_way = false;
	pthread_mutex_unlock(&w->mutex);
	w->runner.on_finished(w->runner.context, &jobs, snapshot_in_way);
}

struct writer *writer_start(struct loop *loop, struct engine *engine)
{
	static const struct runner_ops ops = { .room = room, .submit = submit };
	struct writer *w = calloc(1, sizeof(*w));
	pthread_condattr_t attributes;

	if (!w)
		log_die("out of memory for the writer");
	w->runner.ops = &ops;
	w->loop = loop;
	w->engine = engine;
	w->watch = (struct watch){ eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), on_event };
	if (w->watch.fd < 0 || loop_add(loop, &w->watch, EPOLLIN) < 0)
		log_die("cannot start the writer: %s", rlimits_strerror(errno));
	pthread_mutex_init(&w->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	pthread_cond_init(&w->task_done, NULL);
	int error = thread_start(&w->thread, run, w);
	if (error)
		log_die("cannot start the writer: %s", rlimits_strerror(error));
	return w;
}

struct runner *writer_runner(struct writer *w)
{
	return &w->runner;
}

void writer_do(struct writer *w, void (*task)(struct engine *engine, void *context), void *context)
{
	pthread_mutex_lock(&w->mutex);
	w->task = task;
	w->context = context;
	pthread_cond_signal(&w->wake);
	while (w->task)
		pthread_cond_wait(&w->task_done, &w->mutex);
	pthread_mutex_unlock(&w->mutex);
}

struct group_counts writer_stop(struct writer *w)
{
	pthread_mutex_lock(&w->mutex);
	w->stopping = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->mutex);
	pthread_join(w->thread, NULL);
	loop_remove(w->loop, &w->watch);
	for (struct job *job; (job = job_take(&w->finished));)
		job_free(job);
	struct group_counts counts = w->counts;
	pthread_cond_destroy(&w->wake);
	pthread_cond_destroy(&w->task_done);
	pthread_mutex_destroy(&w->mutex);
	close(w->watch.fd);
	free(w);
	return counts;
}

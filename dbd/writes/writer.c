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
	struct engine *engine;      /* the thread's */
	struct group_counts counts; /* the thread's, until it has ended */
	struct admission admission; /* written by the thread, read by all */
	pthread_t thread;
	int event_fd;

	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t wake, task_done;
	struct job_list waiting, finished;
	void (*task)(struct engine *engine, void *context); /* NULL: none */
	void *context;                                      /* of the task */
	bool snapshot_in_way; /* since the last writer_take; see engine_ops.tend */
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
	if (write(w->event_fd, &one, sizeof(one)) < 0)
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

struct writer *writer_start(struct engine *engine)
{
	struct writer *w = calloc(1, sizeof(*w));
	pthread_condattr_t attributes;

	if (!w)
		log_die("out of memory for the writer");
	w->engine = engine;
	w->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->event_fd < 0)
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

unsigned writer_room(const struct writer *w)
{
	return admission_room(&w->admission);
}

void writer_submit(struct writer *w, struct job_list *jobs)
{
	if (!jobs->first)
		return;
	pthread_mutex_lock(&w->mutex);
	job_append_all(&w->waiting, jobs);
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->mutex);
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

int writer_fd(const struct writer *w)
{
	return w->event_fd;
}

bool writer_take(struct writer *w, struct job_list *jobs)
{
	uint64_t times;

	/* First the event, then the list: jobs that finish in between raise the event again. */
	if (read(w->event_fd, &times, sizeof(times)) < 0 && errno != EAGAIN)
		log_die("cannot read the writer's event: %s", strerror(errno));
	pthread_mutex_lock(&w->mutex);
	job_append_all(jobs, &w->finished);
	bool snapshot_in_way = w->snapshot_in_way;
	w->snapshot_in_way = false;
	pthread_mutex_unlock(&w->mutex);
	return snapshot_in_way;
}

struct group_counts writer_stop(struct writer *w)
{
	pthread_mutex_lock(&w->mutex);
	w->stopping = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->mutex);
	pthread_join(w->thread, NULL);
	for (struct job *job; (job = job_take(&w->finished));)
		job_free(job);
	struct group_counts counts = w->counts;
	pthread_cond_destroy(&w->wake);
	pthread_cond_destroy(&w->task_done);
	pthread_mutex_destroy(&w->mutex);
	close(w->event_fd);
	free(w);
	return counts;
}

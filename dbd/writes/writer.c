#include "writer.h"

#include "admission.h"
#include "event.h"
#include "heartbeat.h"
#include "log.h"
#include "loop.h"
#include "rlimits.h"
#include "thread.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct writer {
	struct runner runner; /* first: the server knows only that */
	struct loop *loop;
	struct watch watch; /* an eventfd(2), raised when jobs are finished */
	pthread_t thread;

	/* The thread that does not run the loop waits at this epoll(7) instance, which watches an
	 * eventfd(2) and, while the loop is left, once, the loop itself. */
	int wait_fd, call_fd;

	struct engine *engine; /* these three are used by the thread that writes */
	struct group_counts counts;
	struct admission admission; /* its room is read by all */

	pthread_mutex_t turn; /* of the loop (loop_share); guards what follows */
	bool shares_loop;     /* writer_run_loop runs */
	bool was_alone;       /* the loop had no turn while the last group was written */
	uint64_t turns, submitted_in;

	pthread_mutex_t mutex; /* guards what follows; may be taken while `turn` is held */
	pthread_cond_t done;   /* a task, all work, or writer_run_loop */
	struct job_list waiting, finished;
	void (*task)(struct engine *engine, void *context); /* NULL: none */
	void *context;                                      /* of the task */
	bool snapshot_in_way; /* since jobs last came back; see engine_ops.tend */
	bool is_writing;      /* the thread that does not run the loop has work */
	bool is_claimed;      /* the thread that runs the loop will run what waits */
	bool loop_is_left;    /* nobody runs the loop */
	bool stopped;
	bool loop_has_ended; /* ends writer_run_loop */
	bool caller_has_left;
	bool ends; /* ends the other thread */
};

/* What one of the two threads does next. */
enum duty { DUTY_WAIT, DUTY_WRITE, DUTY_RUN_LOOP, DUTY_END };

/* Writing. */

static void hand_back(struct writer *w, struct job_list *jobs, bool snapshot_in_way)
{
	pthread_mutex_lock(&w->mutex);
	job_append_all(&w->finished, jobs);
	w->snapshot_in_way |= snapshot_in_way;
	pthread_mutex_unlock(&w->mutex);
	event_raise(w->watch.fd);
}

/* While more waits, the thread that runs the loop answers. */
static bool may_answer(struct writer *w)
{
	pthread_mutex_lock(&w->mutex);
	bool nothing_waits = !w->waiting.first && !w->finished.first && !w->task && !w->stopped;
	pthread_mutex_unlock(&w->mutex);
	return nothing_waits;
}

/* Sends the replies, if the loop is waiting for events. False: they are to be handed back. Never
 * waits for the turn to end, as it may wait for this thread. */
static bool answer(struct writer *w, struct job_list *jobs)
{
	if (!may_answer(w) || pthread_mutex_trylock(&w->turn) != 0)
		return false;
	w->was_alone = w->turns == w->submitted_in;
	bool answered = w->shares_loop && w->runner.answer(w->runner.context, jobs);
	pthread_mutex_unlock(&w->turn);
	return answered;
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
	if (!answer(w, jobs))
		hand_back(w, jobs, false);
	if (!w->engine->ops->tend(w->engine))
		hand_back(w, jobs, true);
}

/* A fault comes again when there is something to write. */
static void rest(struct engine *engine)
{
	(void)engine->ops->detect_foreign_commits(engine);
	engine->ops->rest(engine);
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
	pthread_cond_broadcast(&w->done);
	pthread_mutex_unlock(&w->mutex);
}

static void do_writes(struct writer *w, struct job_list *jobs)
{
	if (jobs->first)
		run_jobs(w, jobs);
	else
		rest(w->engine);
	run_task(w);
}

/* The two threads. */

static bool may_write(const struct writer *w)
{
	return !w->is_writing && !w->is_claimed;
}

/* Of the thread that does not run the loop. */
static enum duty current_duty(const struct writer *w, const bool *end)
{
	if (w->loop_is_left)
		return DUTY_RUN_LOOP;
	if (*end)
		return DUTY_END;
	return may_write(w) && (w->waiting.first || w->task) ? DUTY_WRITE : DUTY_WAIT;
}

/* While the loop is left, its next event ends a wait. */
static void watch_loop(struct writer *w, uint32_t events)
{
	struct epoll_event e = { .events = events | EPOLLONESHOT };

	if (epoll_ctl(w->wait_fd, EPOLL_CTL_MOD, loop_descriptor(w->loop), &e) < 0)
		log_die("cannot watch the loop: %s", strerror(errno));
}

/* Returns false if nothing happens for so many milliseconds. */
static bool sleep_until_called(struct writer *w, int timeout)
{
	struct epoll_event e;

	pthread_mutex_unlock(&w->mutex);
	int n = epoll_wait(w->wait_fd, &e, 1, timeout);
	if (n < 0 && errno != EINTR)
		log_die("epoll_wait: %s", strerror(errno));
	pthread_mutex_lock(&w->mutex);
	return n != 0;
}

/* After WRITER_DETECT_MS without any, it is to look for commits by other processes. */
static enum duty wait_for_duty(struct writer *w, const bool *end)
{
	enum duty duty;

	while ((duty = current_duty(w, end)) == DUTY_WAIT)
		if (!sleep_until_called(w, w->stopped ? -1 : WRITER_DETECT_MS) && may_write(w) &&
			current_duty(w, end) == DUTY_WAIT)
			return DUTY_WRITE;
	return duty;
}

/* The thread has no duty any more, and gets the next one. */
static enum duty take_duty(struct writer *w, enum duty last, const bool *end, struct job_list *jobs)
{
	pthread_mutex_lock(&w->mutex);
	if (last == DUTY_WRITE) {
		w->is_writing = false;
		heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_WAITING);
	}
	if (w->stopped)
		pthread_cond_broadcast(&w->done);
	enum duty duty = wait_for_duty(w, end);
	if (duty == DUTY_RUN_LOOP) {
		w->loop_is_left = false;
		watch_loop(w, 0);
	}
	if (duty == DUTY_WRITE) {
		w->is_writing = true;
		job_append_all(jobs, &w->waiting);
	}
	pthread_mutex_unlock(&w->mutex);
	return duty;
}

/* The jobs that this thread has claimed become its work. */
static void leave_loop(struct writer *w, struct job_list *jobs)
{
	pthread_mutex_lock(&w->mutex);
	w->is_claimed = false;
	w->is_writing = true;
	w->loop_is_left = true;
	job_append_all(jobs, &w->waiting);
	watch_loop(w, EPOLLIN);
	pthread_mutex_unlock(&w->mutex);
}

/* The call is for the caller of writer_run_loop; the other thread must not get it. */
static void end_loop(struct writer *w, bool is_caller)
{
	pthread_mutex_lock(&w->mutex);
	w->is_claimed = false;
	w->loop_has_ended = true;
	event_raise(w->call_fd);
	while (!is_caller && !w->caller_has_left)
		pthread_cond_wait(&w->done, &w->mutex);
	pthread_mutex_unlock(&w->mutex);
}

/* Runs turns until one has claimed jobs, or has stopped the loop. */
static enum duty run_loop(struct writer *w, const bool *end, struct job_list *jobs)
{
	bool goes_on = true;

	pthread_mutex_lock(&w->turn);
	for (; !w->is_claimed && goes_on; w->turns++)
		goes_on = loop_go_on(w->loop);
	w->shares_loop = goes_on;
	pthread_mutex_unlock(&w->turn);
	if (goes_on)
		leave_loop(w, jobs);
	else
		end_loop(w, end == &w->loop_has_ended);
	return goes_on ? DUTY_WRITE : DUTY_WAIT;
}

/* Until *end, which `mutex` guards. */
static void work(struct writer *w, enum duty duty, const bool *end)
{
	struct job_list jobs = { 0 };

	while (duty != DUTY_END) {
		if (duty == DUTY_RUN_LOOP)
			duty = run_loop(w, end, &jobs);
		if (duty == DUTY_WRITE)
			do_writes(w, &jobs);
		duty = take_duty(w, duty, end, &jobs);
	}
}

static void *run(void *context)
{
	struct writer *w = context;

	work(w, DUTY_WAIT, &w->ends);
	return NULL;
}

void writer_run_loop(struct writer *w)
{
	loop_share(w->loop, &w->turn);
	pthread_mutex_lock(&w->turn);
	w->shares_loop = true;
	w->was_alone = true;
	loop_begin(w->loop);
	pthread_mutex_unlock(&w->turn);
	work(w, DUTY_RUN_LOOP, &w->loop_has_ended);
	loop_share(w->loop, NULL);
	pthread_mutex_lock(&w->mutex);
	w->caller_has_left = true;
	pthread_cond_broadcast(&w->done);
	pthread_mutex_unlock(&w->mutex);
}

/* In the loop. */

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

	/* This turn counts when it has ended. */
	w->submitted_in = w->turns + 1;
	pthread_mutex_lock(&w->mutex);
	job_append_all(&w->waiting, jobs);
	w->is_claimed |= w->shares_loop && w->was_alone && !w->is_writing;
	bool must_wake = !w->is_writing && !w->is_claimed;
	pthread_mutex_unlock(&w->mutex);
	if (must_wake)
		event_raise(w->call_fd);
}

static void on_event(struct watch *watch, uint32_t events)
{
	struct writer *w = CONTAINER_OF(watch, struct writer, watch);
	struct job_list jobs = { 0 };

	(void)events;
	event_clear(watch->fd);
	pthread_mutex_lock(&w->mutex);
	job_append_all(&jobs, &w->finished);
	bool snapshot_in_way = w->snapshot_in_way;
	w->snapshot_in_way = false;
	pthread_mutex_unlock(&w->mutex);
	w->runner.on_finished(w->runner.context, &jobs, snapshot_in_way);
}

static int add_to_epoll(int epoll_fd, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events };

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e);
}

static int open_descriptors(struct writer *w)
{
	w->call_fd = event_open();
	w->wait_fd = epoll_create1(EPOLL_CLOEXEC);
	if (w->call_fd < 0 || w->wait_fd < 0 || event_watch(w->loop, &w->watch, on_event) < 0 ||
		add_to_epoll(w->wait_fd, w->call_fd, EPOLLIN | EPOLLET) < 0)
		return -1;
	return add_to_epoll(w->wait_fd, loop_descriptor(w->loop), EPOLLONESHOT);
}

struct writer *writer_start(struct loop *loop, struct engine *engine)
{
	static const struct runner_ops ops = { .room = room, .submit = submit };
	struct writer *w = calloc(1, sizeof(*w));

	if (!w)
		log_die("out of memory for the writer");
	w->runner.ops = &ops;
	w->loop = loop;
	w->engine = engine;
	if (open_descriptors(w) < 0)
		log_die("cannot start the writer: %s", rlimits_strerror(errno));
	pthread_mutex_init(&w->turn, NULL);
	pthread_mutex_init(&w->mutex, NULL);
	pthread_cond_init(&w->done, NULL);
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
	event_raise(w->call_fd);
	while (w->task)
		pthread_cond_wait(&w->done, &w->mutex);
	pthread_mutex_unlock(&w->mutex);
}

struct group_counts writer_stop(struct writer *w)
{
	pthread_mutex_lock(&w->mutex);
	w->stopped = true;
	w->is_claimed = false;
	event_raise(w->call_fd);
	while (w->is_writing || w->waiting.first || w->task)
		pthread_cond_wait(&w->done, &w->mutex);
	pthread_mutex_unlock(&w->mutex);
	loop_remove(w->loop, &w->watch);
	for (struct job *job; (job = job_take(&w->finished));)
		job_free(job);
	return w->counts;
}

void writer_free(struct writer *w)
{
	pthread_mutex_lock(&w->mutex);
	w->ends = true;
	event_raise(w->call_fd);
	pthread_mutex_unlock(&w->mutex);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->done);
	pthread_mutex_destroy(&w->mutex);
	pthread_mutex_destroy(&w->turn);
	close(w->watch.fd);
	close(w->call_fd);
	close(w->wait_fd);
	free(w);
}

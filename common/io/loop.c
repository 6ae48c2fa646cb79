#include "loop.h"

#include "log.h"
#include "rlimits.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_PER_TURN = 256 };

struct loop {
	int epoll_fd;
	bool stopping;
	uint64_t (*clock)(void);
	uint64_t now, now_ns;

	struct epoll_event events[EVENTS_PER_TURN];
	int nevents; /* of this turn */

	struct timer **heap; /* a binary heap with the earliest at index 1; index 0 is unused */
	uint32_t ntimers, heap_size;

	struct task *first, **last; /* deferred tasks */

	pthread_mutex_t *turn; /* see loop_share; NULL: one thread runs it */
	void (*on_turn)(enum loop_turn turn);

	struct watch signals;
	void (*on_signal)(void *context, int signal);
	void *signal_context;
};

uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t clock_ms(void)
{
	return clock_ns() / 1000000;
}

static void read_clock(struct loop *loop)
{
	loop->now_ns = loop->clock();
	loop->now = loop->now_ns / 1000000;
}

static void ignore_turn(enum loop_turn turn)
{
	(void)turn;
}

struct loop *loop_try_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return NULL;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0) {
		free(loop);
		return NULL;
	}
	loop->signals.fd = -1;
	loop->on_turn = ignore_turn;
	loop->clock = clock_ns;
	loop->last = &loop->first;
	read_clock(loop);
	return loop;
}

struct loop *loop_new(void)
{
	struct loop *loop = loop_try_new();

	if (!loop)
		log_die("cannot make the event loop: %s", rlimits_strerror(errno));
	return loop;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	if (loop->signals.fd >= 0)
		close(loop->signals.fd);
	close(loop->epoll_fd);
	free(loop->heap);
	free(loop);
}

/* Descriptors. */

int loop_add(struct loop *loop, struct watch *watch, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = watch };

	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &e);
}

void loop_modify(struct loop *loop, struct watch *watch, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = watch };

	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &e) < 0)
		log_die("epoll_ctl(MOD, %d): %s", watch->fd, strerror(errno));
}

/* Drops the watch's events of this turn that are not dispatched yet. */
static void forget_events(struct loop *loop, const struct watch *watch)
{
	for (int i = 0; i < loop->nevents; i++)
		if (loop->events[i].data.ptr == watch)
			loop->events[i].data.ptr = NULL;
}

void loop_remove(struct loop *loop, struct watch *watch)
{
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL) < 0)
		log_die("epoll_ctl(DEL, %d): %s", watch->fd, strerror(errno));
	forget_events(loop, watch);
}

void loop_close(struct loop *loop, struct watch *watch)
{
	close(watch->fd);
	forget_events(loop, watch);
}

static void dispatch_events(struct loop *loop)
{
	for (int i = 0; i < loop->nevents; i++) {
		struct watch *watch = loop->events[i].data.ptr;
		if (watch)
			watch->on_event(watch, loop->events[i].events);
	}
	loop->nevents = 0;
}

/* Timers. */

static void heap_put(struct loop *loop, uint32_t place, struct timer *timer)
{
	loop->heap[place] = timer;
	timer->place = place;
}

static void heap_up(struct loop *loop, uint32_t place, struct timer *timer)
{
	for (; place > 1 && loop->heap[place / 2]->at > timer->at; place /= 2)
		heap_put(loop, place, loop->heap[place / 2]);
	heap_put(loop, place, timer);
}

static void heap_down(struct loop *loop, uint32_t place, struct timer *timer)
{
	for (uint32_t child; (child = place * 2) <= loop->ntimers; place = child) {
		if (child < loop->ntimers && loop->heap[child + 1]->at < loop->heap[child]->at)
			child++;
		if (loop->heap[child]->at >= timer->at)
			break;
		heap_put(loop, place, loop->heap[child]);
	}
	heap_put(loop, place, timer);
}

static void heap_restore(struct loop *loop, uint32_t place, struct timer *timer)
{
	if (place > 1 && loop->heap[place / 2]->at > timer->at)
		heap_up(loop, place, timer);
	else
		heap_down(loop, place, timer);
}

static uint32_t heap_grow(struct loop *loop)
{
	if (loop->ntimers + 1 >= loop->heap_size) {
		uint32_t size = loop->heap_size ? loop->heap_size * 2 : 64;
		struct timer **heap = realloc(loop->heap, size * sizeof(struct timer *));
		if (!heap)
			log_die("out of memory for %u timers", size);
		loop->heap = heap;
		loop->heap_size = size;
	}
	return ++loop->ntimers;
}

void loop_timer_set(struct loop *loop, struct timer *timer, uint64_t after)
{
	timer->at = loop->now + after;
	heap_restore(loop, timer->place ? timer->place : heap_grow(loop), timer);
}

void loop_timer_cancel(struct loop *loop, struct timer *timer)
{
	uint32_t place = timer->place;

	if (!place)
		return;
	timer->place = 0;
	struct timer *moved = loop->heap[loop->ntimers--];
	if (moved != timer)
		heap_restore(loop, place, moved);
}

static void dispatch_timers(struct loop *loop)
{
	while (loop->ntimers > 0 && loop->heap[1]->at <= loop->now) {
		struct timer *timer = loop->heap[1];
		loop_timer_cancel(loop, timer);
		timer->on_timer(timer);
	}
}

static int wait_ms(const struct loop *loop)
{
	if (loop->ntimers == 0)
		return -1;
	uint64_t at = loop->heap[1]->at;
	if (at <= loop->now)
		return 0;
	return at - loop->now > INT_MAX ? INT_MAX : (int)(at - loop->now);
}

/* Deferred tasks. */

void loop_defer(struct loop *loop, struct task *task)
{
	if (task->queued)
		return;
	task->queued = true;
	task->next = NULL;
	*loop->last = task;
	loop->last = &task->next;
}

static void dispatch_tasks(struct loop *loop)
{
	while (loop->first) {
		struct task *task = loop->first;
		loop->first = task->next;
		if (!loop->first)
			loop->last = &loop->first;
		task->queued = false;
		task->on_turn_end(task);
	}
}

/* Signals. */

static void on_signalfd(struct watch *watch, uint32_t events)
{
	struct loop *loop = CONTAINER_OF(watch, struct loop, signals);
	struct signalfd_siginfo info;

	(void)events;
	while (read(watch->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		loop->on_signal(loop->signal_context, (int)info.ssi_signo);
}

int loop_try_signals(struct loop *loop, const sigset_t *signals,
	void (*on_signal)(void *context, int signal), void *context)
{
	loop->on_signal = on_signal;
	loop->signal_context = context;
	loop->signals.on_event = on_signalfd;
	sigprocmask(SIG_BLOCK, signals, NULL);
	loop->signals.fd = signalfd(-1, signals, SFD_NONBLOCK | SFD_CLOEXEC);
	return loop->signals.fd < 0 ? -1 : loop_add(loop, &loop->signals, EPOLLIN);
}

void loop_signals(struct loop *loop, const sigset_t *signals,
	void (*on_signal)(void *context, int signal), void *context)
{
	if (loop_try_signals(loop, signals, on_signal, context) < 0)
		log_die("cannot read signals: %s", rlimits_strerror(errno));
}

/* The loop itself. */

void loop_on_turn(struct loop *loop, void (*on_turn)(enum loop_turn turn))
{
	loop->on_turn = on_turn;
}

void loop_set_clock(struct loop *loop, uint64_t (*clock)(void))
{
	loop->clock = clock;
	read_clock(loop);
}

uint64_t loop_now(const struct loop *loop)
{
	return loop->now;
}

uint64_t loop_now_ns(const struct loop *loop)
{
	return loop->now_ns;
}

uint64_t loop_clock(const struct loop *loop)
{
	return loop->clock();
}

void loop_share(struct loop *loop, pthread_mutex_t *turn)
{
	loop->turn = turn;
}

int loop_descriptor(const struct loop *loop)
{
	return loop->epoll_fd;
}

static int await_events(struct loop *loop)
{
	int timeout = wait_ms(loop);

	loop->on_turn(LOOP_WAITING);
	if (loop->turn)
		pthread_mutex_unlock(loop->turn);
	int n = epoll_wait(loop->epoll_fd, loop->events, EVENTS_PER_TURN, timeout);
	if (n < 0 && errno != EINTR)
		log_die("epoll_wait: %s", strerror(errno));
	if (loop->turn)
		pthread_mutex_lock(loop->turn);
	loop->on_turn(LOOP_WORKING);
	return n > 0 ? n : 0;
}

void loop_begin(struct loop *loop)
{
	loop->stopping = false;
	read_clock(loop);
	/* Tasks that were queued before the first turn run first; one of them may stop the loop. */
	dispatch_tasks(loop);
}

bool loop_go_on(struct loop *loop)
{
	if (loop->stopping)
		return false;
	loop->nevents = await_events(loop);
	read_clock(loop);
	dispatch_events(loop);
	dispatch_timers(loop);
	dispatch_tasks(loop);
	return true;
}

void loop_run(struct loop *loop)
{
	loop_begin(loop);
	while (loop_go_on(loop))
		;
}

void loop_stop(struct loop *loop)
{
	loop->stopping = true;
}

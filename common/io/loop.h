/*
 * One thread's event loop over epoll(7): descriptors, timers, signals, and work to be done once at
 * the end of a turn. Callers embed the structs; nothing here allocates after loop_new but the heap
 * of timers.
 */
#ifndef POSTERN_LOOP_H
#define POSTERN_LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

/* The struct that embeds member, from a pointer to the member: callbacks get what was embedded. */
#define CONTAINER_OF(pointer, type, member)                                                        \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

struct loop;

/* A descriptor under watch. The callback gets EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP, EPOLLRDHUP. */
struct watch {
	int fd;
	void (*on_event)(struct watch *watch, uint32_t events);
};

/* Calls back once, when its time has come, on the monotonic clock. */
struct timer {
	void (*on_timer)(struct timer *timer);
	uint64_t at;    /* loop_now's milliseconds */
	uint32_t place; /* in the heap, from 1; 0: not set */
};

/* Work for the end of the turn, after all events that were there; asked for twice, done once. */
struct task {
	void (*on_turn_end)(struct task *task);
	struct task *next;
	bool queued;
};

/* NULL with errno when the kernel or memory refuses. */
struct loop *loop_try_new(void);

/* Never NULL: the process dies instead (log_die). */
struct loop *loop_new(void);
void loop_free(struct loop *loop); /* NULL is fine; closes no descriptor under watch */

/* Watches for events (EPOLLIN | …, EPOLLEXCLUSIVE for a shared listener). Watch and fd stay the
 * caller's. Returns 0, or -1 with errno. */
int loop_add(struct loop *loop, struct watch *watch, uint32_t events);
void loop_modify(struct loop *loop, struct watch *watch, uint32_t events);

/* Before the fd is closed. The watch gets no more events, not even those of this very turn. */
void loop_remove(struct loop *loop, struct watch *watch);

/* The same for a descriptor that it closes, which saves a system call: closing ends a watch if
 * nobody has a copy of the descriptor (epoll(7)). */
void loop_close(struct loop *loop, struct watch *watch);

/* Sets it, or moves it if it is set, to loop_now + after milliseconds. */
void loop_timer_set(struct loop *loop, struct timer *timer, uint64_t after);
void loop_timer_cancel(struct loop *loop, struct timer *timer);

void loop_defer(struct loop *loop, struct task *task);

/* Blocks these signals in this thread and hands them to the callback, one call for each signal.
 * Called once, before threads are made and before loop_run. */
void loop_signals(struct loop *loop, const sigset_t *signals,
	void (*on_signal)(void *context, int signal), void *context);

/* The same; -1 with errno instead of the end of the process. */
int loop_try_signals(struct loop *loop, const sigset_t *signals,
	void (*on_signal)(void *context, int signal), void *context);

/* CLOCK_MONOTONIC in milliseconds, and in nanoseconds, read once a turn. */
uint64_t loop_now(const struct loop *loop);
uint64_t loop_now_ns(const struct loop *loop);

enum loop_turn {
	LOOP_WAITING, /* the thread is about to wait for events */
	LOOP_WORKING  /* it handles the events that have come */
};

/* Calls on_turn twice in each turn, for a watchdog to see that the loop gets on. */
void loop_on_turn(struct loop *loop, void (*on_turn)(enum loop_turn turn));

/* Runs until loop_stop. */
void loop_run(struct loop *loop);

/* Ends loop_run after the current turn, deferred work included. */
void loop_stop(struct loop *loop);

/* CLOCK_MONOTONIC in milliseconds, now. */
uint64_t clock_ms(void);
uint64_t clock_ns(void);

#endif

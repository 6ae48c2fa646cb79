/*
 * An event loop over epoll(7): descriptors, timers, signals and deferred tasks. Callers embed the
 * structs. After loop_new, only the heap of timers allocates memory. It is for one thread, or for
 * threads that take turns (loop_share).
 */
#ifndef POSTERN_LOOP_H
#define POSTERN_LOOP_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

/* Returns the struct that contains the member which pointer points to: callbacks get the embedded
 * struct watch, timer or task. */
#define CONTAINER_OF(pointer, type, member)                                                        \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

struct loop;

/* A watched descriptor. The callback gets the events of epoll_ctl(2): EPOLLIN, EPOLLOUT, EPOLLERR,
 * EPOLLHUP, EPOLLRDHUP. */
struct watch {
	int fd;
	void (*on_event)(struct watch *watch, uint32_t events);
};

/* A timer on the monotonic clock. It calls back once, unless it is set again. */
struct timer {
	void (*on_timer)(struct timer *timer);
	uint64_t at;    /* in milliseconds, as loop_now */
	uint32_t place; /* index in the heap, from 1; 0: not set */
};

/* A task that runs once at the end of a turn, after all events and timers of the turn. */
struct task {
	void (*on_turn_end)(struct task *task);
	struct task *next;
	bool queued;
};

/* Returns NULL with errno if the kernel or the allocator fails. */
struct loop *loop_try_new(void);

/* Never returns NULL: ends the process on failure (log_die). */
struct loop *loop_new(void);

/* Accepts NULL. Leaves the watched descriptors open. */
void loop_free(struct loop *loop);

/* Watches for events: EPOLLIN and others, with EPOLLEXCLUSIVE for a shared listener. The caller
 * owns the watch and its descriptor. Both must exist until loop_remove or loop_close. Returns 0, or
 * -1 with errno. */
int loop_add(struct loop *loop, struct watch *watch, uint32_t events);

/* Replaces the events to watch for. Aborts on error. */
void loop_modify(struct loop *loop, struct watch *watch, uint32_t events);

/* Ends the watch: it gets no further events, not even of the current turn. Must precede closing the
 * descriptor. Aborts on error. */
void loop_remove(struct loop *loop, struct watch *watch);

/* Ends the watch and closes the descriptor. Saves a system call over loop_remove, but works only if
 * the descriptor has no duplicates: epoll(7) then ends the watch itself. */
void loop_close(struct loop *loop, struct watch *watch);

/* Sets the timer to loop_now + after milliseconds; moves it if it is set already. Aborts if memory
 * runs out. */
void loop_timer_set(struct loop *loop, struct timer *timer, uint64_t after);

/* Cancels the timer if it is set. */
void loop_timer_cancel(struct loop *loop, struct timer *timer);

/* Queues the task, unless it is queued already. Tasks run in the order of queueing. */
void loop_defer(struct loop *loop, struct task *task);

/* Blocks these signals in this thread and calls on_signal once for each signal received, from the
 * loop. To be called once, before threads are created and before loop_run. */
void loop_signals(struct loop *loop, const sigset_t *signals,
	void (*on_signal)(void *context, int signal), void *context);

/* As loop_signals, which ends the process on failure, but returns 0, or -1 with errno. */
int loop_try_signals(struct loop *loop, const sigset_t *signals,
	void (*on_signal)(void *context, int signal), void *context);

/* Replaces clock_ns as the clock of this loop and reads it at once: for tests, which advance time.
 */
void loop_set_clock(struct loop *loop, uint64_t (*clock)(void));

/* CLOCK_MONOTONIC in milliseconds, and in nanoseconds, as read at the start of the turn. */
uint64_t loop_now(const struct loop *loop);
uint64_t loop_now_ns(const struct loop *loop);

/* Reads the loop's clock: nanoseconds. */
uint64_t loop_clock(const struct loop *loop);

enum loop_turn {
	LOOP_WAITING, /* the loop is about to wait for events */
	LOOP_WORKING  /* the loop is about to handle events */
};

/* Calls on_turn twice per turn, for a watchdog to see that the loop makes progress. */
void loop_on_turn(struct loop *loop, void (*on_turn)(enum loop_turn turn));

/* Runs until loop_stop. */
void loop_run(struct loop *loop);

/* loop_run in parts, so that threads can take turns: first loop_begin, then loop_go_on for each
 * turn. False: loop_stop was called, and there was no turn. */
void loop_begin(struct loop *loop);
bool loop_go_on(struct loop *loop) __attribute__((warn_unused_result));

/* The thread that runs a turn holds this mutex; loop_go_on releases it while it waits for events.
 * Another thread that holds the mutex may use what the loop's callbacks use, and may defer tasks,
 * which the next turn runs. It must not remove watches or set timers. NULL: not shared. */
void loop_share(struct loop *loop, pthread_mutex_t *turn);

/* A descriptor that is readable, as poll(2) and epoll(7) tell, while the loop has events to handle.
 * The loop's. */
int loop_descriptor(const struct loop *loop);

/* Ends loop_run after the current turn and its deferred tasks. */
void loop_stop(struct loop *loop);

/* Reads CLOCK_MONOTONIC, in milliseconds and in nanoseconds. */
uint64_t clock_ms(void);
uint64_t clock_ns(void);

#endif

/*
 * One child: a slot for a process of a role, which is started, becomes ready, ends and is started
 * again. The supervisor decides what runs and when; this module tracks the state of one process.
 */
#ifndef POSTERN_CHILD_H
#define POSTERN_CHILD_H

#include "backoff.h"
#include "heartbeat.h"
#include "loop.h"
#include "process_calls.h"
#include "resource.h"
#include "roles.h"

#include <sys/types.h>

enum child_state {
	CHILD_ABSENT,   /* no process, and no start is scheduled */
	CHILD_STARTING, /* the process is not ready; the timer bounds the time */
	CHILD_READY,
	CHILD_DRAINING, /* told to drain, as a successor takes over; the timer bounds the time */
	CHILD_STOPPING, /* told to stop, while others keep running; the timer bounds the time */
	CHILD_ABORTED,  /* hung and got SIGABRT; the timer bounds the time until it ends */
	CHILD_PAUSING,  /* no process; the timer starts one */
	CHILD_STATE__COUNT
};

/* What a process says on its channel. */
enum child_event {
	CHILD_EVENT_NONE,
	CHILD_EVENT_READY,
	CHILD_EVENT_RETIRING, /* asks to be replaced */
	CHILD_EVENT_RELEASED  /* is draining, and has left its work to a successor */
};

/* The watchdog's view of a process. */
struct liveness {
	const struct heartbeat *heartbeat; /* NULL: no process */
	uint64_t timeout;                  /* milliseconds; 0: no watchdog */
	struct {
		uint64_t beats;   /* at the last check */
		uint64_t stalled; /* milliseconds without a beat */
	} threads[HEARTBEAT_THREAD__COUNT];
};

struct child {
	void *owner;                       /* for the caller */
	const struct process_calls *calls; /* the caller sets both after child_init */
	enum role role;
	unsigned number; /* of a worker, from 1; 0 for dbd */
	char name[24];   /* "worker 1" */
	enum child_state state;
	bool has_been_ready;   /* the process, or an earlier one of this child */
	bool outdated;         /* a reload has to replace the process */
	bool released;         /* has left its work to a successor */
	unsigned restarts;     /* after unexpected deaths */
	const struct api *api; /* of a worker's process: its declaration; NULL: none */
	pid_t pid;             /* 0: no process */
	unsigned slot;         /* of the process, in the table of stats.h */
	struct watch channel;  /* to the process; fd -1: none */
	struct timer timer;
	struct backoff backoff;
	uint64_t started, ready; /* times of loop_now; ready 0: not yet */
	struct liveness liveness;
};

/* The master's resources of one process. */
struct handles {
	pid_t pid;
	int channel;                       /* the master's end */
	unsigned slot;                     /* in the table of stats.h */
	const struct heartbeat *heartbeat; /* the page that it shares with the child */
};

/* Sets up a child that is absent. */
void child_init(struct child *child, enum role role, unsigned number);

/* A process was started. Takes ownership of the handles and watches the channel. watchdog is its
 * timeout in seconds; 0: none. */
void child_started(
	struct child *child, struct loop *loop, const struct handles *handles, long watchdog);

/* Reads a word from the channel. If the child has closed it, stops watching: the process is about
 * to be reaped. */
enum child_event child_receive(struct child *child, struct loop *loop);

/* The process was reaped: releases its handles, cancels the timer, and the child is absent. */
void child_reaped(struct child *child, struct loop *loop);

/* The state in words for people, such as "draining"; static. */
const char *child_state_name(const struct child *child);

/* The state as a value of the status (operator_status.h), such as "making way"; static. Programs
 * compare these values: they do not change when a wording does. */
const char *child_state_value(const struct child *child);

/* Sends a signal if there is a process. */
void child_signal(const struct child *child, int signal);

/* Appends "was killed by signal 9 (Killed)" or "exited with status 1"; status is waitpid's. */
void child_write_death(int status, struct buf *out);

#endif

/*
 * One child: the place that a process of a role fills, is lost from, and is filled in again. What
 * is to run and when is the supervisor's to say; this knows how one starts, gets ready and ends.
 */
#ifndef POSTERN_CHILD_H
#define POSTERN_CHILD_H

#include "backoff.h"
#include "heartbeat.h"
#include "loop.h"
#include "roles.h"

#include <sys/types.h>

enum child_state {
	CHILD_ABSENT,   /* no process, none to come */
	CHILD_STARTING, /* a process that is not ready; the timer bounds it */
	CHILD_READY,
	CHILD_DRAINING, /* told to make way, with all the courtesy that is due; the timer bounds it
			 */
	CHILD_LEAVING,  /* told to end, while others go on; the timer bounds it */
	CHILD_ABORTED,  /* stood still, and is to die of it; the timer bounds it */
	CHILD_PAUSING,  /* no process; the timer ends the pause */
	CHILD_STATE__COUNT
};

/* What a process says on its channel. */
enum child_news {
	CHILD_SAYS_NOTHING,
	CHILD_IS_READY,
	CHILD_IS_RETIRING, /* and wants to be replaced */
	CHILD_HAS_RELEASED /* it makes way, and another may start although it is still there */
};

/* How the watchdog sees a process. */
struct liveness {
	const struct heartbeat *heartbeat; /* NULL: no process */
	uint64_t patience;                 /* milliseconds; 0: no watchdog */
	struct {
		uint64_t beats; /* when last looked at */
		uint64_t still; /* milliseconds for which there was none */
	} threads[HEARTBEAT_THREAD__COUNT];
};

struct child {
	void *owner; /* the caller's */
	enum role role;
	unsigned number; /* of a worker, from 1; dbd has 0 */
	char name[24];   /* "worker 1" */
	enum child_state state;
	bool has_been_ready;  /* some process of this child, not only the present one */
	bool outdated;        /* the present process is to be replaced by one that starts anew */
	unsigned restarts;    /* after a death that nobody wanted */
	pid_t pid;            /* 0: no process */
	unsigned slot;        /* of the process, in the table of stats.h */
	struct watch channel; /* to it; fd -1: none */
	struct timer timer;
	struct backoff backoff;
	uint64_t started, ready; /* loop_now's; ready 0: not yet */
	struct liveness liveness;
};

/* What the master holds of a process. */
struct handles {
	pid_t pid;
	int channel;                       /* the master's end */
	unsigned slot;                     /* in the table of stats.h */
	const struct heartbeat *heartbeat; /* the page of which the child has the other mapping */
};

/* A child that is absent. */
void child_init(struct child *child, enum role role, unsigned number);

/* A process was started, with a watchdog of so many seconds (0: none): takes the handles over and
 * watches the channel. */
void child_began(
	struct child *child, struct loop *loop, const struct handles *handles, long watchdog);

/* Takes a word from the channel. At its end it stops watching: the process is about to be
 * reaped. */
enum child_news child_hear(struct child *child, struct loop *loop);

/* The process is no more. Absent again; no timer is set. */
void child_ended(struct child *child, struct loop *loop);

/* "ready", "leaving". */
const char *child_state_name(const struct child *child);

/* Sends a signal if there is a process. */
void child_signal(const struct child *child, int signal);

/* Appends "was killed by signal 9 (Killed)" or "exited with status 1"; status is waitpid's. */
void child_write_death(int status, struct buf *out);

#endif

/*
 * What the service manager is told: whether the server is ready, reloads or stops, and in one line
 * what goes on. It follows from the supervisor's state; what has not changed is not told again.
 *
 * WATCHDOG=1 says that the master's loop turns, and no more. A child that stands still or dies is
 * the master's to replace (watchdog.h); were the manager to restart all for its sake, every
 * connection would end, and a dbd that keeps dying of a broken disk would do so after that, too.
 * That is told by the status line and an error in the log.
 */
#ifndef POSTERN_SERVICE_STATUS_H
#define POSTERN_SERVICE_STATUS_H

#include "loop.h"

#include <stdbool.h>

struct supervisor;

enum service_state {
	SERVICE_STARTING,
	SERVICE_READY,
	SERVICE_RELOADING,
	SERVICE_STOPPING,
	SERVICE_WORD__COUNT
};

struct service_status {
	enum service_state word; /* told last */
	char text[512];          /* the same; empty: nothing yet */
	struct task change;      /* to be told at the end of the turn */
	struct timer timer;      /* of the watchdog, and of what could not be told */
};

/* Tells that all this starts, and from now on that the loop turns. */
void service_status_begin(struct supervisor *s);

/* Something may have changed: what is to be told is told at the end of the turn. */
void service_status_changed(struct supervisor *s);

/* HUP: a reload begins, even if it is over, or given up, before the end of the turn. To be called
 * while it serves. */
void service_status_reloading(struct supervisor *s);

#endif

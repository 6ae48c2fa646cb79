/*
 * Tells the service manager whether the server is ready, reloads or stops, and a status line. Both
 * are derived from the supervisor's state and sent only when they change.
 *
 * WATCHDOG=1 only means that the master's loop turns. The master itself replaces a child that hangs
 * or dies (watchdog.h). If the manager restarted the whole server for that, every connection would
 * end, and a dbd that dies of a broken disk would keep dying; the status line and an error in
 * the log report it instead.
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
	SERVICE_STATE__COUNT
};

struct service_status {
	enum service_state state; /* sent last */
	char text[512];           /* status line sent last; empty: none yet */
	struct task change;       /* sends changes at the end of the turn */
	struct timer timer;       /* for the watchdog, and to send again after a failure */
};

/* Reports the start-up, and from now on feeds the manager's watchdog. */
void service_status_begin(struct supervisor *s);

/* The state may have changed: sends changes at the end of the loop's turn. */
void service_status_changed(struct supervisor *s);

/* HUP: reports a reload at once, even if it is over before the end of the turn. Called in
 * PHASE_SERVING. */
void service_status_reloading(struct supervisor *s);

#endif

/*
 * Keeps the children running, and stops them in order. dbd starts first, and the workers once it is
 * ready. A child that dies is replaced while the others keep running. At a stop the workers finish
 * first, then dbd.
 *
 * At HUP the workers are replaced one by one: a successor is started, and once it is ready the old
 * worker drains. Then dbd drains: it answers the commands that it has and stops writing before the
 * next dbd starts, as only one may write. Meanwhile the workers queue their commands. The old dbd
 * stays until the lists that it has begun are read.
 */
#ifndef POSTERN_SUPERVISE_H
#define POSTERN_SUPERVISE_H

#include "config.h"
#include "listen.h"
#include "roles.h"
#include "sd_notify.h"

#include <stdint.h>

struct plan {
	const struct settings *settings;
	const char *programs[ROLE__COUNT];       /* paths */
	struct listeners listeners[ROLE__COUNT]; /* of each role; the supervisor closes them */
	struct listeners admin;                  /* for workers, if any; the caller closes it */
	const char *admin_address;               /* for the log */
	struct listeners control;       /* for posternctl, if any; the supervisor closes it */
	struct sd_notify notify;        /* the service manager; the supervisor closes it */
	const char *dbd_socket;         /* the abstract name of dbd's listener */
	const char *address, *database; /* for the log and the status */
	bool in_memory;                 /* the database is lost when its dbd ends */
	uint64_t startup_timeout;       /* milliseconds from a child's start until it is ready */

	/* At HUP: updates settings, programs and what depends on them. Returns false if the
	 * configuration is invalid: nothing has changed, and *error says why. NULL: not called. */
	bool (*read_again)(struct plan *plan, struct buf *error);
};

/* Blocks the signals that supervise_run handles, so that one that comes before is not lost, and
 * ignores those that the master must survive. TERM, INT and QUIT are not blocked yet: they end the
 * process at once, with EXIT_CLEAN. So one that waits for a resolver or a directory of users can be
 * stopped, also as PID 1. */
void supervise_hold_signals(void);

/* Blocks those three as well. To be called before anything is made that must be removed at a stop;
 * from here on nothing may wait for others but in the loop of supervise_run. */
void supervise_hold_stops(void);

/* Runs until the stop is complete, and leaves no child behind. Returns the exit status: EXIT_CLEAN,
 * EXIT_STARTUP if a child died before it was ever ready while all this started, EXIT_RUNNING if dbd
 * did not end well. */
int supervise_run(struct plan *plan);

#endif

/*
 * Keeps the children running, and ends them in order. dbd comes first and the workers follow once
 * it is ready; a child that dies is replaced while the others go on; at the stop the workers
 * finish, then dbd.
 *
 * At HUP the workers are replaced one by one: another is started, and once it is ready the old one
 * is told to make way. Then dbd is told so; it answers what it holds and lets go of the database
 * before the next one starts, as two must never write. Meanwhile the workers keep what they would
 * ask it. The old one stays until lists that it has begun are read.
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
	const char *programs[ROLE__COUNT]; /* paths */
	struct listeners
		listeners[ROLE__COUNT]; /* which each role gets; the supervisor closes them */
	struct listeners admin;         /* which workers get as well, if any; the caller's */
	const char *admin_address;      /* for the line that says so */
	struct listeners control;       /* for posternctl, if any; the supervisor closes it */
	struct sd_notify notify;        /* whom it tells how it is; closes it */
	const char *dbd_socket;         /* the abstract name of dbd's listener */
	const char *address, *database; /* for the line that says that it serves */
	bool in_memory;                 /* the database ends with its dbd */
	uint64_t startup_timeout;       /* milliseconds from a child's start until it is ready */

	/* At HUP: brings settings, programs and what follows from them up to date. False: nothing
	 * has changed, and *error says what is wrong. NULL: nothing can have changed. */
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

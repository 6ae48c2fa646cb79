/*
 * Stops one child while the others keep running, and stops all of them: first the workers, which
 * finish their requests, then dbd.
 */
#ifndef POSTERN_STOP_H
#define POSTERN_STOP_H

#include "supervisor.h"

/* Cancels the scheduled start of a child, which is then absent. Does nothing in other states. */
void stop_cancel_start(struct supervisor *s, struct child *child);

/* Tells a process to stop (SIGTERM). Kills it if it has not ended within
 * --timeout-graceful-shutdown. */
void stop_child(struct supervisor *s, struct child *child);

/* Tells a process to drain, as a successor takes over (PROCESS_DRAIN). After
 * --timeout-graceful-shutdown a worker is stopped as above, and dbd is killed. */
void stop_draining(struct supervisor *s, struct child *child);

/* Bounds the remaining time of a draining process that has released its work (PROCESS_RELEASED).
 * It ends by itself within --timeout-graceful-shutdown, and is killed a second later. */
void stop_in_time(struct supervisor *s, struct child *child);

/* Begins the stop, from a phase before PHASE_DRAINING. Running requests have
 * --timeout-graceful-shutdown to finish. */
void stop_gracefully(struct supervisor *s);

/* Begins the stop, or speeds it up: kills the workers; dbd has a second to commit and close. */
void stop_at_once(struct supervisor *s);

/* Stops at once, with EXIT_STARTUP. */
void stop_failed(struct supervisor *s);

/* Continues the stop when the last process of a phase has ended, and ends the loop after the last
 * phase. Called when processes were reaped; does nothing without a stop. */
void stop_advance(struct supervisor *s);

/* The longest time, in milliseconds, that a stop may take. */
uint64_t stop_longest(const struct supervisor *s);

/* Called by the loop when the time for the stop is over. */
void stop_on_deadline(struct timer *deadline);

#endif

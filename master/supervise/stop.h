/*
 * Stopping one child while the others go on, and stopping all of them: first the workers, who may
 * finish, then dbd.
 */
#ifndef POSTERN_STOP_H
#define POSTERN_STOP_H

#include "supervisor.h"

/* A child that waits to be started is absent instead. Any other stays as it is. */
void stop_pausing(struct supervisor *s, struct child *child);

/* Tells a process to end; if it has not within the time for a graceful stop, it is killed. */
void stop_child(struct supervisor *s, struct child *child);

/* Tells a process to make way for another (PROCESS_DRAIN). When the same time is over a worker
 * is told to end, as above; dbd is killed. */
void stop_draining(struct supervisor *s, struct child *child);

/* Bounds what is left of a process that made way and has let go, for which it bounds itself. */
void stop_in_time(struct supervisor *s, struct child *child);

/* Begins the stop, from a phase before PHASE_DRAINING. Requests under way have the time that the
 * settings give them. */
void stop_gracefully(struct supervisor *s);

/* Begins the stop or hastens it. Workers can be lost at any time, dbd gets a last chance to commit
 * and close. */
void stop_at_once(struct supervisor *s);

/* Stops at once, for EXIT_STARTUP. */
void stop_failed(struct supervisor *s);

/* Goes on with the stop when the last process of a phase is gone, and ends the loop after the last
 * one. To be called when processes were reaped; does nothing if there is no stop. */
void stop_advance(struct supervisor *s);

/* Milliseconds that the rest of a stop may take, from the present phase on. */
uint64_t stop_longest(const struct supervisor *s);

/* The loop's call when the time of the stop is up. */
void stop_on_deadline(struct timer *deadline);

#endif

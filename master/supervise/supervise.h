/*
 * Keeps the children running, and stops them in order. dbd starts first, and the workers once it is
 * ready. A child that dies is replaced while the others keep running. At a stop the workers finish
 * first, then dbd.
 *
 * At HUP the workers are replaced one by one: a successor is started, and once it is ready the old
 * worker drains. Then dbd drains: it answers the commands that it has and stops writing before the
 * next dbd starts, as only one may write. Meanwhile the workers queue their commands. The old dbd
 * stays until the lists that it has begun are read. If the declaration of the API has changed, a
 * trial comes first, and dbd is replaced before the workers (reload.h).
 */
#ifndef POSTERN_SUPERVISE_H
#define POSTERN_SUPERVISE_H

#include "plan.h"
#include "process_calls.h"

/* Blocks the signals that supervise_run handles, so that one that comes before is not lost, and
 * ignores those that the master must survive. TERM, INT and QUIT are not blocked yet: they end the
 * process at once, with EXIT_CLEAN. So one that waits for a resolver or a directory of users can be
 * stopped, also as PID 1. */
void supervise_hold_signals(void);

/* Blocks those three as well. To be called before anything is made that must be removed at a stop;
 * from here on nothing may wait for others but in the loop of supervise_run. */
void supervise_hold_stops(void);

/* Runs until the stop is complete, and leaves no child behind. Borrows the plan, whose HTTP
 * listeners it closes when a stop begins. Returns the exit status: EXIT_CLEAN, EXIT_STARTUP if a
 * child died before it was ever ready during start-up, EXIT_RUNNING if dbd did not end well. */
int supervise_run(struct plan *plan);

/* The steps of supervise_run, for tests. supervise_open returns NULL with errno if it fails. After
 * supervise_begin everything happens in the supervisor's loop, until PHASE_ENDED. supervise_close
 * frees the supervisor and returns the exit status. */
struct supervisor *supervise_open(struct plan *plan, const struct process_calls *calls);
void supervise_begin(struct supervisor *s);
int supervise_close(struct supervisor *s);

#endif

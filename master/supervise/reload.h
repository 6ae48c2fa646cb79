/*
 * Replacing processes that still run, one at a time (supervise.h): all of them at HUP, and a worker
 * that says that it is worn. Those to be replaced are marked as outdated.
 */
#ifndef POSTERN_RELOAD_H
#define POSTERN_RELOAD_H

#include "supervisor.h"

/* HUP: reads the configuration again and replaces all. Follows later if the start or another reload
 * is under way; in a stop nothing happens. */
void reload_ask(struct supervisor *s);

/* Begins a reload that had to wait. */
void reload_if_asked(struct supervisor *s);

/* Takes the next step if nothing is in its way. To be called whenever a child has become ready or
 * has gone. */
void reload_go_on(struct supervisor *s);

/* A worker has answered its number of requests: it is replaced. */
void reload_retiring(struct supervisor *s, struct child *child);

/* The successor is ready: it gets the place, and the old one makes way. */
void reload_take_over(struct supervisor *s, struct child *child);

/* A dbd that makes way no longer writes: the next one takes its place, and it may go on with what
 * it has begun. */
void reload_released(struct supervisor *s, struct child *old);

/* The successor, which was process pid, died as `how` says before it was ready. The place that it
 * was to take is still held; the replacing is given up. */
void reload_lose_successor(struct supervisor *s, struct child *child, pid_t pid, const char *how);

#endif

/*
 * Replaces running processes one at a time (supervise.h): all of them at HUP, and a worker that has
 * reached --limit-max-requests. Children to be replaced are marked as outdated.
 *
 * Workers are replaced first, then dbd; if the declaration of the API has changed it is the other
 * way round, as dbd must know what the new workers send. A trial (trial.h) comes before that.
 */
#ifndef POSTERN_RELOAD_H
#define POSTERN_RELOAD_H

#include "supervisor.h"

/* HUP: reads the configuration again and replaces all processes. Queues the reload during start-up
 * and another reload; does nothing during a stop. */
void reload_request(struct supervisor *s);

/* Begins a reload that was queued. */
void reload_start_queued(struct supervisor *s);

/* Takes the next step if it is possible now. Called whenever a child has become ready or has ended.
 */
void reload_advance(struct supervisor *s);

/* The trial of the declaration was reaped, with waitpid's status: goes on with the reload, or
 * refuses it. */
void reload_tried(struct supervisor *s, int status);

/* A process with this declaration has ended: frees it unless it is still used. NULL is fine. */
void reload_forget(struct supervisor *s, const struct api *declared);

/* A worker asks to be replaced, as it has reached --limit-max-requests. */
void reload_replace_worker(struct supervisor *s, struct child *child);

/* The successor is ready: it becomes the current child, and its predecessor is drained. */
void reload_successor_ready(struct supervisor *s, struct child *child);

/* A draining dbd no longer writes: starts the next one, while the old one finishes what it has
 * begun. A draining worker accepts no more connections: the reload may be over.
 */
void reload_released(struct supervisor *s, struct child *old);

/* The successor, process pid, died before it was ready; how says of what. Aborts the replacement,
 * and the reload if there is one; the predecessor stays. */
void reload_successor_died(struct supervisor *s, struct child *child, pid_t pid, const char *how);

#endif

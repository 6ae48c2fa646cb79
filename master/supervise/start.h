/* Starts one child, at once or after a pause. */
#ifndef POSTERN_START_H
#define POSTERN_START_H

#include "supervisor.h"

/* Starts a process for a child that has none, and bounds the time until it is ready. Returns false
 * if that fails; the log says why. */
bool start_process(struct supervisor *s, struct child *child) __attribute__((warn_unused_result));

/* As start_process, for a child that needs a process: a failure ends the start-up of the server;
 * later it is retried after a pause. */
void start_child(struct supervisor *s, struct child *child);

/* Schedules the start of a child without a process, in `pause` milliseconds. */
void start_child_after(struct supervisor *s, struct child *child, uint64_t pause);

/* Returns the milliseconds to wait before the next start of a child whose process has died or could
 * not be started. Counts a death (backoff.h): call it once for each. */
uint64_t start_next_pause(struct supervisor *s, struct child *child);

#endif

/* Starting one child, at once or after a pause. */
#ifndef POSTERN_START_H
#define POSTERN_START_H

#include "supervisor.h"

/* Makes a process of a child that has none, and bounds the time until it is ready. False: there is
 * no process, and the log says why. */
bool start_process(struct supervisor *s, struct child *child) __attribute__((warn_unused_result));

/* The same for a child that must not stay without: what fails is tried again after a pause, or ends
 * the start-up. */
void start_child(struct supervisor *s, struct child *child);

/* Has the loop start a child that is absent, in so many milliseconds. */
void start_child_after(struct supervisor *s, struct child *child, uint64_t pause);

/* The milliseconds until another may follow this one, whose process has just died or was never
 * made. Counts as a death: to be called once for each (backoff.h). */
uint64_t start_next_pause(struct supervisor *s, struct child *child);

#endif

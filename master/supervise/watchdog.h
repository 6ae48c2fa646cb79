/*
 * Whoever stands still is aborted, and replaced as one that died. That a thread gets on is seen in
 * the child's heartbeat; for how long it has not, is counted in the master's own looks at it: when
 * the whole machine was stopped, or all of this, then so was that clock.
 */
#ifndef POSTERN_WATCHDOG_H
#define POSTERN_WATCHDOG_H

#include "supervisor.h"

/* Looks at all children from now on, until the loop ends. A child that is starting is not its
 * business: that has a time limit of its own. */
void watchdog_begin(struct supervisor *s);

#endif

/*
 * Aborts children that hang; they are then replaced as after any death. A thread makes progress if
 * its heartbeat does (heartbeat.h). The time without progress is counted in checks by the master,
 * not by a clock: while the machine or the master is suspended, nothing is counted.
 */
#ifndef POSTERN_WATCHDOG_H
#define POSTERN_WATCHDOG_H

#include "supervisor.h"

/* Checks all children from now on, until the loop ends. Children that are starting are not checked:
 * they have a time limit of their own. */
void watchdog_begin(struct supervisor *s);

#endif

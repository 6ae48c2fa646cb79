/* USR2: logs the state of the supervisor and its children. */
#ifndef POSTERN_STATE_LOG_H
#define POSTERN_STATE_LOG_H

#include "supervisor.h"

/* Logs a line about the master, one about each child that is not absent, and one with the numbers
 * of each process. */
void state_log_write(const struct supervisor *s);

#endif

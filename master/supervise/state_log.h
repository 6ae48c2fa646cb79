/* USR2: what the supervisor knows, into the log. */
#ifndef POSTERN_STATE_LOG_H
#define POSTERN_STATE_LOG_H

#include "supervisor.h"

/* A line about the master, and one about each child that is not absent. */
void state_log_write(const struct supervisor *s);

#endif

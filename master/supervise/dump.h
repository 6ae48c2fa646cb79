/* USR2: what the supervisor knows, into the log. */
#ifndef POSTERN_DUMP_H
#define POSTERN_DUMP_H

#include "supervisor.h"

/* A line about the master, and one about each child that is not absent. */
void dump_state(const struct supervisor *s);

#endif

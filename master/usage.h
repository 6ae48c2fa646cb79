/* What the processes use, for whoever reads the metrics. */
#ifndef POSTERN_USAGE_H
#define POSTERN_USAGE_H

#include "supervisor.h"

/* Notes memory and CPU time of all processes (proc(5)) in the table of stats.h: at most once a
 * second, and only if there is somebody to read it. */
void usage_look(struct supervisor *s);

#endif

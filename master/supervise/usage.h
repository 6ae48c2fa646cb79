/* What the processes use, for whoever reads the metrics. */
#ifndef POSTERN_USAGE_H
#define POSTERN_USAGE_H

#include "supervisor.h"

struct usage {
	uint64_t bytes; /* resident memory */
	uint64_t cpu_ns;
};

/* What a process uses (proc(5)); all zero if that cannot be read. */
struct usage usage_of(pid_t pid);

/* Notes memory and CPU time of all processes (proc(5)) in the table of stats.h: at most once a
 * second, and only if there is somebody to read it. */
void usage_look(struct supervisor *s);

#endif

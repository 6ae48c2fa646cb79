/* Memory and CPU time of the processes, for the metrics. */
#ifndef POSTERN_USAGE_H
#define POSTERN_USAGE_H

#include "supervisor.h"

struct usage {
	uint64_t bytes; /* resident memory */
	uint64_t cpu_ns;
};

/* Reads the usage of a process from proc(5); all zero if that fails. */
struct usage usage_of(pid_t pid);

/* Records the usage of all processes in the table of stats.h: at most once a second, and only if
 * there is an admin listener, whose metrics show it. */
void usage_update(struct supervisor *s);

#endif

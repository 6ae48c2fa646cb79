/* Sums of stats.h over all processes, for the metrics. */
#ifndef POSTERN_STATS_SUM_H
#define POSTERN_STATS_SUM_H

#include "stats.h"

#include <sys/types.h>

struct stats_process {
	char name[STATS_NAME]; /* lower case letters, digits and spaces */
	pid_t pid;
	uint64_t bytes, cpu_ns; /* 0: not known */
};

struct stats_series {
	unsigned key;
	uint64_t cells[STATS_HISTOGRAM];
};

struct stats_sums {
	const uint64_t *cells; /* by stat_info.first */
	unsigned nseries;
	struct stats_series series[STATS_SERIES];
	unsigned nprocesses;
	struct stats_process processes[STATS_SLOTS];
};

/* Sums over all processes, those that have exited included: a consistent view, for which it waits
 * some milliseconds at most while the master changes the table. The caller frees it by free(3).
 * NULL with errno: EAGAIN if there was no consistent view in that time, ENOTSUP if the table is of
 * another version, ENOMEM. */
struct stats_sums *stats_sum(void);

#endif

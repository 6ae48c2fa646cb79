/* Sums of stats.h over all processes, for metrics and posternctl. */
#ifndef POSTERN_STATS_SUM_H
#define POSTERN_STATS_SUM_H

#include "stats.h"

#include <sys/types.h>

struct stats_process {
	char name[STATS_NAME]; /* lower case letters, digits and spaces */
	pid_t pid;
	uint64_t bytes, cpu_ns; /* 0: unknown */
};

struct stats_series {
	unsigned key;
	uint64_t cells[STATS_HISTOGRAM];
};

struct stats_sums {
	const uint64_t *cells; /* indexed by stat_info.first; freed with the struct */
	unsigned nseries;
	struct stats_series series[STATS_SERIES];
	unsigned nprocesses;
	struct stats_process processes[STATS_SLOTS];
};

/* Sums the stats of all processes, including those that have exited, into a consistent view. Waits
 * for up to 10 ms or so while the master changes the table. The caller frees the result with
 * free(3). Returns NULL with errno on error: EAGAIN if there was no consistent view in that time,
 * ENOTSUP if there is no table or it has another version, ENOMEM. */
struct stats_sums *stats_sum(void);

#endif

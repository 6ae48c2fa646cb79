/*
 * Kills or stops a worker, dbd and the master of a server in turn, or limits their descriptors,
 * files, CPU time or memory, while writers send requests. A seed chooses the strikes. Afterwards
 * the database must agree with the answers that the writers received.
 */
#ifndef POSTERN_CHAOS_H
#define POSTERN_CHAOS_H

#include "postern.h"

#include <stdint.h>

struct chaos_plan {
	unsigned kills;
	uint64_t seed;
	unsigned median_ms; /* limit of the median time to replace a killed child; 0: none */
};

/* Runs the strikes. Prints the seed and how long processes were missing. Fails the test if a write
 * is lost or a process is not replaced in time. */
void chaos_run(const struct chaos_plan *plan);

/* Fails the test if a process died for another reason than a strike. A process without memory logs
 * that it ends itself. */
void chaos_check_deaths(struct postern *server);

#endif

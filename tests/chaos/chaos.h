/*
 * A server under writers of which, in turn, a worker, dbd and the master are ended, stopped or kept
 * from descriptors, files, time or memory, by whatever a number draws; afterwards its database must
 * agree with what the writers were told.
 */
#ifndef POSTERN_CHAOS_H
#define POSTERN_CHAOS_H

#include "postern.h"

#include <stdint.h>

struct chaos_plan {
	unsigned kills;
	uint64_t seed;
	unsigned median_ms; /* a killed child's place serves again within so many; 0: no matter */
};

/* Prints the seed and how long the server was without the process, and fails the test at what must
 * not be. */
void chaos_run(const struct chaos_plan *plan);

/* No process may have died but by what was done to it here. Without memory it ends itself, and says
 * so. */
void chaos_check_deaths(struct postern *server);

#endif

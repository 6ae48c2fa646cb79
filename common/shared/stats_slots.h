/* The master's part of stats.h: allots slots to processes. Without a table nothing happens. */
#ifndef POSTERN_STATS_SLOTS_H
#define POSTERN_STATS_SLOTS_H

#include "stats.h"

#include <sys/types.h>

/* Allots a slot to a process of this name. There are enough slots for the most children. */
unsigned stats_allot(const char *name);

/* Sets the pid of the slot's process. */
void stats_set_process(unsigned slot, pid_t pid);

/* Sets the resident memory, in bytes, and the CPU time of the slot's process. */
void stats_set_usage(unsigned slot, uint64_t bytes, uint64_t cpu_ns);

/* Frees the slot of a process that has exited: adds its counters and histograms to those of the
 * other processes that have exited. */
void stats_reap(unsigned slot);

/* Returns one cell of a slot, as the process wrote it; 0 if the slot does not exist. */
uint64_t stats_read(unsigned slot, enum stats_id stat, unsigned place);

#endif

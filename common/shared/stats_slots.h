/* The master's part of stats.h: which process counts in which slot. */
#ifndef POSTERN_STATS_SLOTS_H
#define POSTERN_STATS_SLOTS_H

#include "stats.h"

#include <sys/types.h>

/* Allots a slot for a process of this name, and says which process it is once that is known. All
 * slots are never in use: there are as many as children. */
unsigned stats_allot(const char *name);
void stats_tell_process(unsigned slot, pid_t pid);

/* How much memory and CPU time it has used. */
void stats_tell_usage(unsigned slot, uint64_t bytes, uint64_t cpu_ns);

/* The process has exited: its counters and histograms are added to those of the others that have,
 * and the slot is free. */
void stats_reap(unsigned slot);

/* A number of one slot, as its process wrote it; 0 if the slot is none. */
uint64_t stats_read(unsigned slot, enum stats_id stat, unsigned place);

#endif

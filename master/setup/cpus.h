/* The number of CPUs that this process may use, and how many workers and threads are the default
 * for as many. */
#ifndef POSTERN_CPUS_H
#define POSTERN_CPUS_H

enum { CPUS_MAX = 1024, CPUS_WORKERS_MAX = 8 };

/* Returns 1 to CPUS_MAX: the CPUs of the affinity mask, or fewer if the CPU quota of a cgroup (v2
 * cpu.max, v1 cpu.cfs_quota_us), rounded up, allows less. membership is the path of
 * /proc/self/cgroup, root the folder where cgroups are mounted. */
long cpus_usable(const char *membership, const char *root);

/* Worker processes: one per CPU, at most CPUS_WORKERS_MAX. */
long cpus_workers(long cpus);

/* Threads of dbd that only read, 0 to READERS_MAX, for as many workers: when no answer comes from a
 * cache, three of these threads are as busy as four workers, and together they need all CPUs. Not
 * on one or two CPUs, where dbd's main thread reads as much as the workers can ask for. */
long cpus_readers(long cpus, long workers);

#endif

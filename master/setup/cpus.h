/* The number of CPUs that this process may use: the default for the number of workers. */
#ifndef POSTERN_CPUS_H
#define POSTERN_CPUS_H

enum { CPUS_MAX = 8 };

/* Returns 1 to CPUS_MAX: the CPUs of the affinity mask, or fewer if the CPU quota of a cgroup (v2
 * cpu.max, v1 cpu.cfs_quota_us), rounded up, allows less. membership is the path of
 * /proc/self/cgroup, root the folder where cgroups are mounted. */
long cpus_usable(const char *membership, const char *root);

#endif

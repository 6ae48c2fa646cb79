#include "cpus.h"

#include "bounds.h"
#include "str.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

/* The CPU quota, rounded up, of one folder of the hierarchy; LONG_MAX without a quota. */
static long quota_of_v2(const char *folder)
{
	char path[PATH_MAX];
	long quota, period;

	if (snprintf(path, sizeof(path), "%s/cpu.max", folder) >= (int)sizeof(path))
		return LONG_MAX;
	FILE *file = fopen(path, "re");
	if (!file)
		return LONG_MAX;
	/* "max 100000" means no quota and does not start with a number. */
	bool limited = fscanf(file, "%ld %ld", &quota, &period) == 2 && quota > 0 && period > 0;
	fclose(file);
	return limited ? (quota - 1) / period + 1 : LONG_MAX;
}

/* The number in a file, or -1. */
static long read_long(const char *folder, const char *name)
{
	char path[PATH_MAX];
	long value;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return -1;
	FILE *file = fopen(path, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%ld", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

static long quota_of_v1(const char *folder)
{
	long quota = read_long(folder, "cpu.cfs_quota_us"); /* -1: no quota */
	long period = read_long(folder, "cpu.cfs_period_us");

	return quota > 0 && period > 0 ? (quota - 1) / period + 1 : LONG_MAX;
}

static long least(long a, long b)
{
	return a < b ? a : b;
}

/* The least quota of a group and of all groups above it. Inside a container the path may name
 * folders that exist only outside; the container's own group is then at the root. */
static long quota_along(const char *root, char *path, long (*quota_of)(const char *folder))
{
	char folder[PATH_MAX];
	long quota = LONG_MAX;

	for (;;) {
		if (snprintf(folder, sizeof(folder), "%s%s", root, path) < (int)sizeof(folder))
			quota = least(quota, quota_of(folder));
		char *slash = strrchr(path, '/');
		if (!slash)
			return quota;
		*slash = '\0';
	}
}

/* True if "cpu" is one of the comma-separated controllers. */
static bool has_cpu(const char *controllers)
{
	for (const char *p = controllers; *p; p += *p == ',') {
		size_t n = strcspn(p, ",");
		if (str_equal((struct str){ p, n }, STR("cpu")))
			return true;
		p += n;
	}
	return false;
}

/* The quota for a line of /proc/self/cgroup, "0::/path" (v2) or "4:cpu,cpuacct:/path" (v1), without
 * limit LONG_MAX; see cgroups(7). */
static long quota_of_line(char *line, const char *root)
{
	char v1_root[PATH_MAX];

	line[strcspn(line, "\n")] = '\0';
	char *controllers = strchr(line, ':');
	char *path = controllers ? strchr(controllers + 1, ':') : NULL;
	if (!path)
		return LONG_MAX;
	*path++ = '\0';
	controllers++;
	if (!*controllers)
		return quota_along(root, path, quota_of_v2);
	if (!has_cpu(controllers) ||
		snprintf(v1_root, sizeof(v1_root), "%s/cpu", root) >= (int)sizeof(v1_root))
		return LONG_MAX;
	return quota_along(v1_root, path, quota_of_v1);
}

static long quota_of_cgroups(const char *membership, const char *root)
{
	char line[PATH_MAX];
	long quota = LONG_MAX;
	FILE *file = fopen(membership, "re");

	if (!file)
		return quota;
	while (fgets(line, sizeof(line), file))
		quota = least(quota, quota_of_line(line, root));
	fclose(file);
	return quota;
}

static long cpus_of_affinity(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		return CPU_COUNT(&set);
	/* The machine has more CPUs than cpu_set_t can represent. */
	return CPUS_MAX;
}

long cpus_usable(const char *membership, const char *root)
{
	long cpus = least(cpus_of_affinity(), quota_of_cgroups(membership, root));

	return least(cpus, CPUS_MAX);
}

long cpus_workers(long cpus)
{
	return least(cpus, CPUS_WORKERS_MAX);
}

long cpus_readers(long cpus, long workers)
{
	long as_busy = (3 * workers + 3) / 4;

	return cpus <= 2 ? 0 : least(least(as_busy, cpus / 2), READERS_MAX);
}

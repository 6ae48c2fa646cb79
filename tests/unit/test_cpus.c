#include "cpus.h"

#include "suite.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/postern-cpus-XXXXXX";

static void set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(root));
}

static void tear_down(void)
{
	char command[sizeof(root) + 16];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	ck_assert_int_eq(system(command), 0);
}

/* Writes root/path, making the folders on the way. */
static void write_file(const char *path, const char *text)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s/%s", root, path);
	for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		mkdir(full, 0700);
	}
	FILE *file = fopen(full, "we");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static long measure(const char *membership)
{
	char path[PATH_MAX];

	write_file("membership", membership);
	snprintf(path, sizeof(path), "%s/membership", root);
	return cpus_usable(path, root);
}

static long cpus_without_quota(void)
{
	cpu_set_t set;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(set), &set), 0);
	return CPU_COUNT(&set) < CPUS_MAX ? CPU_COUNT(&set) : CPUS_MAX;
}

static const struct {
	const char *membership, *file, *text, *file2, *text2;
	long quota; /* LONG_MAX: none */
} cases[] = {
	{ "0::/\n", "cpu.max", "max 100000\n", NULL, NULL, LONG_MAX },
	{ "0::/\n", "cpu.max", "100000 100000\n", NULL, NULL, 1 },
	{ "0::/\n", "cpu.max", "50000 100000\n", NULL, NULL, 1 },
	{ "0::/\n", "cpu.max", "150000 100000\n", NULL, NULL, 2 },
	{ "0::/\n", "cpu.max", "99900000 100000\n", NULL, NULL, LONG_MAX },
	{ "0::/\n", "cpu.max", "nonsense\n", NULL, NULL, LONG_MAX },
	{ "0::/\n", "cpu.max", "100000 0\n", NULL, NULL, LONG_MAX },
	{ "0::/a/b\n", "a/b/cpu.max", "100000 100000\n", NULL, NULL, 1 },
	/* the least quota of a group and its parents */
	{ "0::/a/b\n", "a/b/cpu.max", "max 100000\n", "a/cpu.max", "100000 100000\n", 1 },
	/* a path that exists only outside the container */
	{ "0::/docker/123\n", "cpu.max", "100000 100000\n", NULL, NULL, 1 },
	{ "0::/a\n", "b/cpu.max", "100000 100000\n", NULL, NULL, LONG_MAX },
	{ "3:cpu,cpuacct:/a\n", "cpu/a/cpu.cfs_quota_us", "100000\n", "cpu/a/cpu.cfs_period_us",
		"100000\n", 1 },
	{ "9:memory:/\n3:cpuacct,cpu:/a\n0::/\n", "cpu/cpu.cfs_quota_us", "60000\n",
		"cpu/cpu.cfs_period_us", "100000\n", 1 },
	{ "3:cpu:/a\n", "cpu/a/cpu.cfs_quota_us", "-1\n", "cpu/a/cpu.cfs_period_us", "100000\n",
		LONG_MAX },
	{ "3:cpuset:/a\n", "cpu/a/cpu.cfs_quota_us", "100000\n", "cpu/a/cpu.cfs_period_us",
		"100000\n", LONG_MAX },
	{ "nonsense\n::\n", "cpu.max", "nonsense", NULL, NULL, LONG_MAX },
};

START_TEST(reads_quotas)
{
	long want = cpus_without_quota();

	if (cases[_i].quota < want)
		want = cases[_i].quota;
	write_file(cases[_i].file, cases[_i].text);
	if (cases[_i].file2)
		write_file(cases[_i].file2, cases[_i].text2);
	ck_assert_int_eq(measure(cases[_i].membership), want);
}
END_TEST

START_TEST(works_without_cgroups)
{
	ck_assert_int_eq(cpus_usable("/nonexistent/cgroup", "/nonexistent"), cpus_without_quota());
}
END_TEST

static const struct {
	long cpus, workers, readers;
} machines[] = {
	{ 1, 1, 0 },
	{ 2, 2, 0 },
	{ 2, 16, 0 },
	{ 3, 3, 1 },
	{ 4, 4, 2 },
	{ 4, 1, 1 },
	{ 8, 8, 4 },
	{ 16, 8, 6 },
	{ 16, 13, 8 },
	{ 64, 36, 27 },
	{ 256, 128, 32 },
};

START_TEST(readers_follow_from_cpus_and_workers)
{
	ck_assert_int_eq(
		cpus_readers(machines[_i].cpus, machines[_i].workers), machines[_i].readers);
}
END_TEST

START_TEST(workers_are_as_many_as_cpus_up_to_a_bound)
{
	ck_assert_int_eq(cpus_workers(1), 1);
	ck_assert_int_eq(cpus_workers(CPUS_WORKERS_MAX), CPUS_WORKERS_MAX);
	ck_assert_int_eq(cpus_workers(CPUS_WORKERS_MAX + 1), CPUS_WORKERS_MAX);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("cpus");
	TCase *tc = tcase_create("cpus");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, reads_quotas, 0, NITEMS(cases));
	tcase_add_test(tc, works_without_cgroups);
	tcase_add_loop_test(tc, readers_follow_from_cpus_and_workers, 0, NITEMS(machines));
	tcase_add_test(tc, workers_are_as_many_as_cpus_up_to_a_bound);
	suite_add_tcase(suite, tc);
	return suite;
}

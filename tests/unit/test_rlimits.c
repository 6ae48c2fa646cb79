/* Limits are lowered for the moment in which they are read, so that the test itself has all. */
#include "rlimits.h"

#include "suite.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

enum { KIB = 1024, MIB = 1024 * KIB, LOWERED_MAX = 3 };

struct lowered {
	__rlimit_resource_t resource;
	rlim_t most; /* 0: the end of the list */
};

/* rlimits_note with these limits. */
static void note(const struct lowered lowered[LOWERED_MAX])
{
	struct rlimit before[LOWERED_MAX];
	int n = 0;

	for (; n < LOWERED_MAX && lowered[n].most; n++) {
		ck_assert_int_eq(getrlimit(lowered[n].resource, &before[n]), 0);
		struct rlimit lower = { lowered[n].most, before[n].rlim_max };
		ck_assert_int_eq(setrlimit(lowered[n].resource, &lower), 0);
	}
	rlimits_note();
	while (n-- > 0)
		ck_assert_int_eq(setrlimit(lowered[n].resource, &before[n]), 0);
}

static const struct {
	struct lowered lowered[LOWERED_MAX];
	int error;
	const char *reason; /* "": nothing but strerror's text */
} causes[] = {
	{ { { RLIMIT_FSIZE, 1 * MIB } }, EFBIG,
		" (RLIMIT_FSIZE is 1048576: ulimit -f, LimitFSIZE=)" },
	{ { { RLIMIT_NOFILE, 100 } }, EMFILE, " (RLIMIT_NOFILE is 100: ulimit -n, LimitNOFILE=)" },
	{ { { RLIMIT_NOFILE, 100 } }, EACCES, "" },
	{ { { RLIMIT_AS, 64 * MIB } }, ENOMEM, " (RLIMIT_AS is 67108864: ulimit -v, LimitAS=)" },
	{ { { RLIMIT_DATA, 8 * MIB } }, ENOMEM,
		" (RLIMIT_DATA is 8388608: ulimit -d, LimitDATA=)" },
	{ { { RLIMIT_DATA, 8 * MIB } }, EAGAIN,
		" (RLIMIT_DATA is 8388608: ulimit -d, LimitDATA=)" },
	{ { { RLIMIT_NPROC, 7 } }, EAGAIN, " (RLIMIT_NPROC is 7: ulimit -u, LimitNPROC=)" },
	{ { { RLIMIT_NPROC, 7 } }, ENOMEM, "" },
	{ { { RLIMIT_NPROC, 7 }, { RLIMIT_DATA, 8 * MIB }, { RLIMIT_AS, 64 * MIB } }, EAGAIN,
		" (RLIMIT_AS is 67108864: ulimit -v, LimitAS=)" },
};

START_TEST(an_error_names_the_limit_that_may_be_its_cause)
{
	char want[200];

	ck_assert_str_eq(rlimits_strerror(causes[_i].error), strerror(causes[_i].error));
	note(causes[_i].lowered);
	snprintf(want, sizeof(want), "%s%s", strerror(causes[_i].error), causes[_i].reason);
	ck_assert_str_eq(rlimits_strerror(causes[_i].error), want);
}
END_TEST

static const struct {
	struct lowered lowered[LOWERED_MAX];
	const char *text;
} memories[] = {
	{ { { RLIMIT_NOFILE, 100 } }, "" },
	{ { { RLIMIT_DATA, 300000 } }, "; RLIMIT_DATA is 300000" },
	{ { { RLIMIT_STACK, 64 * KIB }, { RLIMIT_AS, 64 * MIB } },
		"; RLIMIT_AS is 67108864, RLIMIT_STACK is 65536" },
};

START_TEST(low_limits_of_memory_are_listed)
{
	ck_assert_str_eq(rlimits_of_memory(), "");
	note(memories[_i].lowered);
	ck_assert_str_eq(rlimits_of_memory(), memories[_i].text);
}
END_TEST

static const struct {
	struct lowered lowered[LOWERED_MAX];
	const char *text; /* NULL: enough */
} needs[] = {
	{ { { RLIMIT_NOFILE, 64 } }, NULL },
	{ { { RLIMIT_NOFILE, 63 } }, "RLIMIT_NOFILE is 63, less than 64: ulimit -n, LimitNOFILE=" },
	{ { { RLIMIT_STACK, 256 * KIB } }, NULL },
	{ { { RLIMIT_STACK, 255 * KIB } },
		"RLIMIT_STACK is 261120, less than 262144: ulimit -s, LimitSTACK=" },
};

START_TEST(too_low_limits_are_refused)
{
	note(needs[_i].lowered);
	const char *text = rlimits_refuse();

	ck_assert_int_eq(text != NULL, needs[_i].text != NULL);
	if (text)
		ck_assert_str_eq(text, needs[_i].text);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("rlimits");
	TCase *tests = tcase_create("rlimits");

	tcase_add_loop_test(
		tests, an_error_names_the_limit_that_may_be_its_cause, 0, NITEMS(causes));
	tcase_add_loop_test(tests, low_limits_of_memory_are_listed, 0, NITEMS(memories));
	tcase_add_loop_test(tests, too_low_limits_are_refused, 0, NITEMS(needs));
	suite_add_tcase(suite, tests);
	return suite;
}

/* What the variables say. Sockets that are handed over are tested in tests/http/test_service.c:
 * here descriptor 3 is Check's. */
#include "activation.h"

#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define OWN "own" /* this process's number */

static const struct {
	const char *pid, *fds;
	const char *error; /* NULL: taken, and there are none */
} cases[] = {
	{ NULL, NULL, NULL },
	{ NULL, "1", NULL },
	{ "1", "1", NULL },
	{ "", "1", NULL },
	{ "x", "1", NULL },
	{ OWN, NULL, NULL },
	{ OWN, "", NULL },
	{ OWN, "0", NULL },
	{ OWN, "1x", NULL },
	{ OWN, "-1", NULL },
	{ OWN, "17", "LISTEN_FDS: 17 sockets, but at most 16 are supported" },
	{ OWN, "9223372036854775807",
		"LISTEN_FDS: 9223372036854775807 sockets, but at most 16 are supported" },
};

static void set(const char *variable, const char *value)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", (int)getpid());
	if (!value)
		unsetenv(variable);
	else
		setenv(variable, strcmp(value, OWN) == 0 ? number : value, 1);
}

START_TEST(variables_are_read)
{
	struct listeners listeners = { .count = 7 };
	struct buf error;

	buf_init(&error, 1000);
	set("LISTEN_PID", cases[_i].pid);
	set("LISTEN_FDS", cases[_i].fds);
	ck_assert_int_eq(activation_take(&listeners, &error), cases[_i].error == NULL);
	ck_assert_uint_eq(listeners.count, 0);
	ck_assert_slice_eq(buf_view(&error), str_from(cases[_i].error ? cases[_i].error : ""));
	buf_done(&error);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("activation");
	TCase *tests = tcase_create("activation");

	tcase_add_loop_test(tests, variables_are_read, 0, NITEMS(cases));
	suite_add_tcase(suite, tests);
	return suite;
}

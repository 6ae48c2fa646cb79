/* What the master prints instead of serving, and its status: --help, --version, --check and
 * --print-config and --print-api. */
#include "postern.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLEAN = 0, RUNNING = 1, USAGE = 2, TEXT_MAX = 64 * 1024 };

/* The output goes to text, whose ending `redirection` may send elsewhere. Returns the status. */
static int run(const char *arguments, const char *redirection, char text[TEXT_MAX])
{
	char command[512];

	snprintf(command, sizeof(command), "env -i %s %s/postern %s %s",
		geteuid() == 0 ? "POSTERN_USER=root" : "", postern_build_dir(), arguments,
		redirection);
	FILE *output = popen(command, "re");
	ck_assert_ptr_nonnull(output);
	size_t n = fread(text, 1, TEXT_MAX - 1, output);
	text[n] = '\0';
	int status = pclose(output);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static const struct {
	const char *arguments, *begins, *has;
} printed[] = {
	{ "--help", "Usage: postern", "--print-config" },
	{ "--version", "Postern ", "\n" },
	{ "--check --database-url sqlite://", "postern: the configuration is valid\n", "" },
	{ "--print-config --port 8123", "", "8123" },
	{ "--print-api", "{\n", "\"title\": \"02 SQLAlchemy CRUD\"" },
};

START_TEST(what_was_asked_for_is_printed)
{
	char text[TEXT_MAX];

	ck_assert_int_eq(run(printed[_i].arguments, "2>&1", text), CLEAN);
	ck_assert_msg(str_starts(str_from(text), str_from(printed[_i].begins)), "%s", text);
	ck_assert_msg(strstr(text, printed[_i].has) != NULL, "%s", text);
}
END_TEST

START_TEST(what_cannot_be_printed_is_an_error)
{
	char text[TEXT_MAX];

	ck_assert_int_eq(run(printed[_i].arguments, ">/dev/full 2>&1", text), RUNNING);
}
END_TEST

START_TEST(what_is_not_valid_is_named)
{
	char text[TEXT_MAX];

	ck_assert_int_eq(run("--check --port 65536", "2>&1", text), USAGE);
	ck_assert_msg(strstr(text, "65536") != NULL, "%s", text);
	ck_assert_int_eq(
		run("--check --database-url sqlite:// --user 'no such user'", "2>&1", text), USAGE);
	ck_assert_msg(strstr(text, "no such user") != NULL, "%s", text);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http/output");
	TCase *tests = tcase_create("output");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, what_was_asked_for_is_printed, 0, NITEMS(printed));
	tcase_add_loop_test(tests, what_cannot_be_printed_is_an_error, 0, NITEMS(printed));
	tcase_add_test(tests, what_is_not_valid_is_named);
	suite_add_tcase(suite, tests);
	return suite;
}

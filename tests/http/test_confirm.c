/* posternctl restore at a terminal asks first. */
#include "http_client.h"
#include "postern.h"
#include "scratch.h"
#include "suite.h"

#include <errno.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RESTORED = 0, NOT_RESTORED = 1, TEXT_MAX = 4096 };

static struct postern server;
static char control[96];
static const char *file;

static int run(const char *command)
{
	char line[512];

	snprintf(line, sizeof(line), "%s/posternctl --socket %s %s %s >/dev/null",
		postern_build_dir(), control, command, file);
	return system(line);
}

static void setup(void)
{
	char body[256];

	scratch_setup();
	file = scratch_path("copy.db");
	postern_init(&server);
	snprintf(control, sizeof(control), "%s/control", server.folder);
	postern_start(&server, &(struct postern_plan){ .args = { "--control", control } });
	ck_assert_int_eq(run("backup"), 0);
	ck_assert_int_eq(
		http_client_ask_once(server.port, "POST", "/users",
			"{\"username\":\"ada\",\"email\":\"ada@example.com\"}", body, sizeof(body)),
		201);
}

static void teardown(void)
{
	postern_stop(&server);
	postern_done(&server);
	scratch_teardown();
}

/* Reads what the terminal shows up to the text, or up to the end if that is NULL. A terminal that
 * nobody has open any more is EIO (pty(7)). */
static void read_until(int terminal, const char *text, char shown[TEXT_MAX])
{
	size_t len = 0;
	ssize_t n = 0;

	shown[0] = '\0';
	while ((!text || !strstr(shown, text)) && len < TEXT_MAX - 1 &&
		(n = read(terminal, shown + len, TEXT_MAX - 1 - len)) > 0) {
		len += (size_t)n;
		shown[len] = '\0';
	}
	ck_assert_msg(!text || strstr(shown, text), "%s", shown);
	ck_assert(text || n == 0 || errno == EIO);
}

static const struct {
	const char *answer;
	int status;
	const char *says;
	const char *users; /* afterwards */
} answers[] = {
	{ "y\n", RESTORED, "restored: 0 users, 0 posts", "0" },
	{ "Y\n", RESTORED, "restored: 0 users, 0 posts", "0" },
	{ "n\n", NOT_RESTORED, "nothing was restored; confirm with --yes", "1" },
	{ "\n", NOT_RESTORED, "nothing was restored; confirm with --yes", "1" },
	{ "\x04", NOT_RESTORED, "nothing was restored; confirm with --yes", "1" },
};

START_TEST(a_restore_is_confirmed_at_a_terminal)
{
	char program[256], shown[TEXT_MAX];
	int terminal, status;

	snprintf(program, sizeof(program), "%s/posternctl", postern_build_dir());
	pid_t pid = forkpty(&terminal, NULL, NULL, NULL);
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		execl(program, "posternctl", "--socket", control, "restore", file, (char *)NULL);
		_exit(127);
	}
	read_until(terminal, "? [y/N] ", shown);
	ck_assert_int_eq(write(terminal, answers[_i].answer, strlen(answers[_i].answer)),
		(ssize_t)strlen(answers[_i].answer));
	read_until(terminal, NULL, shown);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(terminal);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == answers[_i].status, "%s", shown);
	ck_assert_msg(strstr(shown, answers[_i].says) != NULL, "%s", shown);
	ck_assert_str_eq(postern_sql(&server, "SELECT count(*) FROM users"), answers[_i].users);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http/confirm");
	TCase *tests = tcase_create("confirm");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, a_restore_is_confirmed_at_a_terminal, 0, NITEMS(answers));
	suite_add_tcase(suite, tests);
	return suite;
}

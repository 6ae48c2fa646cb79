/* Children that are a shell, which says on the channel what it has got. */
#include "fork_exec.h"

#include "exit_status.h"
#include "suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STRAY = 12, HIGH = 20, TEXT_MAX = 1024 };

/* A pipe whose end for writing is the child's channel; above all numbers that the tests choose. */
static int answer[2];

static void setup(void)
{
	int low[2];

	ck_assert_int_eq(pipe2(low, O_CLOEXEC), 0);
	for (int i = 0; i < 2; i++) {
		answer[i] = fcntl(low[i], F_DUPFD_CLOEXEC, HIGH);
		ck_assert_int_ge(answer[i], HIGH);
		close(low[i]);
	}
}

/* Closes the test's end for writing, and returns all that was written. */
static const char *read_answer(void)
{
	static char text[TEXT_MAX];
	size_t len = 0;
	ssize_t n;

	close(answer[1]);
	while ((n = read(answer[0], text + len, TEXT_MAX - 1 - len)) > 0)
		len += (size_t)n;
	ck_assert_int_eq(n, 0);
	text[len] = '\0';
	close(answer[0]);
	return text;
}

static pid_t start(const char *program, const char *script, int listener)
{
	char name[] = "sh", option[] = "-c", text[TEXT_MAX];
	char *argv[] = { name, option, text, NULL }, *envp[] = { NULL };
	struct fork_exec how = { .program = program, .argv = argv, .envp = envp };

	snprintf(text, sizeof(text), "%s", script);
	for (int i = 0; i < FORK_EXEC_FDS; i++)
		how.fds[i] = -1;
	how.fds[FORK_EXEC_FD(PROCESS_FD_CHANNEL)] = answer[1];
	how.fds[FORK_EXEC_FD(PROCESS_FD_LISTEN)] = listener;
	how.nlisteners = listener >= 0;
	return fork_exec(&how);
}

static int wait_for(pid_t pid)
{
	int status;

	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

/* Writes the numbers of the open descriptors from 3 to 19; a name in /proc is no descriptor more.
 */
static const char say_descriptors[] =
	"i=3; while [ $i -lt 20 ]; do [ ! -e /proc/self/fd/$i ] || echo $i >&3; i=$((i + 1)); done";

/* Also the one that has no CLOEXEC, and the one in whose place another comes. */
START_TEST(a_child_has_its_descriptors_and_no_others)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(null, 0);
	ck_assert_int_eq(dup2(null, STRAY), STRAY);
	int status = wait_for(start("/bin/sh", say_descriptors, null));
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert_str_eq(read_answer(), "3\n9\n");
	close(STRAY);
	close(null);
}
END_TEST

/* Each is at first where the other is to be. */
START_TEST(descriptors_may_change_places)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(null, 0);
	ck_assert_int_eq(dup3(answer[1], PROCESS_FD_LISTEN, O_CLOEXEC), PROCESS_FD_LISTEN);
	close(answer[1]);
	answer[1] = PROCESS_FD_LISTEN;
	ck_assert_int_eq(dup3(null, PROCESS_FD_CHANNEL, O_CLOEXEC), PROCESS_FD_CHANNEL);
	wait_for(start("/bin/sh", "echo channel >&3; echo listener >&9", PROCESS_FD_CHANNEL));
	ck_assert_str_eq(read_answer(), "channel\n");
}
END_TEST

START_TEST(a_child_takes_signals_by_default)
{
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &blocked, NULL), 0);
	signal(SIGUSR1, SIG_IGN);
	int status = wait_for(start("/bin/sh", "kill -USR1 $$", -1));
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
}
END_TEST

START_TEST(a_program_that_is_not_there_is_named)
{
	int before = dup(STDERR_FILENO);

	ck_assert_int_eq(dup2(answer[1], STDERR_FILENO), STDERR_FILENO);
	int status = wait_for(start("/no/such/program", "", -1));
	ck_assert_int_eq(dup2(before, STDERR_FILENO), STDERR_FILENO);
	close(before);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_STARTUP);
	ck_assert_str_eq(read_answer(),
		"postern: cannot execute /no/such/program: No such file or directory\n");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("fork_exec");
	TCase *tests = tcase_create("fork_exec");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, a_child_has_its_descriptors_and_no_others);
	tcase_add_test(tests, descriptors_may_change_places);
	tcase_add_test(tests, a_child_takes_signals_by_default);
	tcase_add_test(tests, a_program_that_is_not_there_is_named);
	suite_add_tcase(suite, tests);
	return suite;
}

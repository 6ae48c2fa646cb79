/* A process of the real server hangs: it is replaced, and nothing is lost. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <signal.h>
#include <stdio.h>

#define ADA   "{\"username\":\"ada\",\"email\":\"ada@example.com\"}"
#define ADA_1 "{\"username\":\"ada\",\"email\":\"ada@example.com\",\"id\":1}"

static struct postern server;

static void setup(void)
{
	postern_start(&server,
		&(struct postern_plan){ .args = { "--workers", "1", "--timeout-watchdog", "1" } });
}

static void teardown(void)
{
	postern_stop(&server);
	postern_done(&server);
}

static const char *const victims[] = { "dbd", "worker 1" };

START_TEST(a_stopped_process_is_replaced_and_nothing_is_lost)
{
	char text[200], line[80];
	int status = http_client_ask_once(server.port, "POST", "/users", ADA, text, sizeof(text));

	ck_assert_int_eq(status, 201);
	pid_t pid = postern_child(&server, victims[_i]);
	ck_assert_int_gt(pid, 0);
	size_t log = postern_log_len(&server);
	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	/* Is answered by the next process. */
	status = http_client_ask_once(server.port, "GET", "/users", NULL, text, sizeof(text));
	ck_assert_int_eq(status, 200);
	ck_assert_str_eq(text, "[" ADA_1 "]");
	/* Its activity varies: it may not have been idle yet. */
	snprintf(line, sizeof(line), "%s (pid %d) has made no progress for 1.0 s while ",
		victims[_i], (int)pid);
	postern_await_log(&server, log, line, POSTERN_STOP_MS);
	ck_assert_int_ne(postern_child(&server, victims[_i]), pid);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("watchdog");
	TCase *tc = tcase_create("watchdog");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
		tc, a_stopped_process_is_replaced_and_nothing_is_lost, 0, NITEMS(victims));
	suite_add_tcase(suite, tc);
	return suite;
}

/* Two servers and one database file: the second waits until the first has released it, and logs so.
 */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 60 * 1000 };

#define WAITING "waiting for another Postern to release "

static struct postern first, second;

static void setup(void)
{
	postern_start(
		&first, &(struct postern_plan){ .args = { "--timeout-graceful-shutdown", "60" } });
	postern_share_database(&second, &first);
}

static void teardown(void)
{
	postern_done(&second);
	postern_done(&first);
}

static int create(const struct postern *server, const char *body)
{
	return http_client_ask_once(server->port, "POST", "/users", body, NULL, 0);
}

START_TEST(the_second_server_gives_up_and_logs_why)
{
	postern_launch(
		&second, &(struct postern_plan){ .args = { "--timeout-graceful-shutdown", "1" } });
	postern_await_log(&second, 0, WAITING, POSTERN_START_MS);
	ck_assert_int_eq(create(&first, "{\"username\":\"ada\",\"email\":\"a@example.com\"}"), 201);
	int status = postern_wait(&second, POSTERN_STOP_MS);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 3);
	ck_assert_ptr_nonnull(strstr(postern_log(&second),
		"app.db: another Postern serves it; stop that first, or name another file\n"));
	ck_assert_int_eq(create(&first, "{\"username\":\"bob\",\"email\":\"b@example.com\"}"), 201);
	postern_stop(&first);
}
END_TEST

START_TEST(a_waiting_server_can_be_stopped)
{
	postern_launch(&second, &(struct postern_plan){ 0 });
	postern_await_log(&second, 0, WAITING, POSTERN_START_MS);
	ck_assert_int_eq(kill(second.pid, SIGTERM), 0);
	postern_wait(&second, POSTERN_STOP_MS);
	postern_stop(&first);
}
END_TEST

/* The dbd and a worker of a killed master stay until a slow client has read its list. Only then
 * does the next dbd write. */
START_TEST(the_next_server_waits_for_the_dbd_of_a_killed_master)
{
	struct http_client slow;

	postern_insert_posts(&first, ROWS);
	http_client_open(&slow, first.port);
	http_client_request(&slow, "GET", "/posts", NULL);
	http_client_await(&slow, 1);
	ck_assert_int_eq(kill(first.pid, SIGKILL), 0);
	postern_launch(
		&second, &(struct postern_plan){ .args = { "--timeout-graceful-shutdown", "60" } });
	postern_await_log(&second, 0, WAITING, POSTERN_START_MS);
	struct answer a = http_client_receive(&slow);
	ck_assert_int_eq(a.status, 200);
	ck_assert_uint_gt(a.body.len, (size_t)ROWS * 200);
	http_client_close(&slow);
	postern_wait(&first, POSTERN_STOP_MS);
	postern_await_serving(&second);
	ck_assert_int_eq(
		create(&second, "{\"username\":\"bob\",\"email\":\"b@example.com\"}"), 201);
	postern_stop(&second);
	postern_check_database(&second);
	ck_assert_str_eq(postern_sql(&second, "SELECT count(*) FROM users;"), "2");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http/two_masters");
	TCase *tc = tcase_create("two_masters");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, the_second_server_gives_up_and_logs_why);
	tcase_add_test(tc, a_waiting_server_can_be_stopped);
	tcase_add_test(tc, the_next_server_waits_for_the_dbd_of_a_killed_master);
	suite_add_tcase(suite, tc);
	return suite;
}

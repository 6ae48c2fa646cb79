/* Two of them and one file: the second waits until the first has let go of it, and says so. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 60 * 1000 };

#define WAITING "waiting for another Postern to let go of "

static struct postern first, second;

static void setup(void)
{
	postern_start(
		&first, &(struct postern_plan){ .args = { "--timeout-graceful-shutdown", "60" } });
	postern_init(&second);
	rmdir(second.folder);
	memcpy(second.folder, first.folder, sizeof(second.folder));
	memcpy(second.database, first.database, sizeof(second.database));
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

START_TEST(test_one_too_many_says_what_is_wrong)
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

START_TEST(test_one_that_waits_can_be_stopped)
{
	postern_launch(&second, &(struct postern_plan){ 0 });
	postern_await_log(&second, 0, WAITING, POSTERN_START_MS);
	ck_assert_int_eq(kill(second.pid, SIGTERM), 0);
	postern_wait(&second, POSTERN_STOP_MS);
	postern_stop(&first);
}
END_TEST

static void make_rows(void)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		"PRAGMA busy_timeout = 5000; BEGIN;"
		"INSERT INTO users (username, email) VALUES ('ada', 'ada@example.com');"
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
		"INSERT INTO posts (title, content, user_id, date_posted) "
		"SELECT 'post', hex(zeroblob(100)), 1, '2026-01-02 03:04:05.000000' FROM n;"
		"COMMIT",
		ROWS);
	postern_sql(&first, sql);
}

/* Its dbd and a worker stay for a client who reads slowly; only then the next one writes. */
START_TEST(test_after_a_killed_master_the_next_one_waits_for_its_dbd)
{
	struct http_client slow;

	make_rows();
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
	ck_assert_str_eq(postern_sql(&second, "PRAGMA integrity_check;"), "ok");
	ck_assert_str_eq(postern_sql(&second, "SELECT count(*) FROM users;"), "2");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http/two_masters");
	TCase *tc = tcase_create("two_masters");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_one_too_many_says_what_is_wrong);
	tcase_add_test(tc, test_one_that_waits_can_be_stopped);
	tcase_add_test(tc, test_after_a_killed_master_the_next_one_waits_for_its_dbd);
	suite_add_tcase(suite, tc);
	return suite;
}

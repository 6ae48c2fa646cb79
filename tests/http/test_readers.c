/* A server whose dbd reads with threads. */
#include "http_client.h"
#include "loop.h"
#include "postern.h"
#include "server_metrics.h"
#include "suite.h"

#include <signal.h>
#include <stdio.h>

enum { POSTS = 3000, ROUNDS = 200 };

static struct postern server;

static void start(const char *workers, const char *readers)
{
	postern_start(
		&server, &(struct postern_plan){
				 .args = { "--admin", "127.0.0.1:0", "--workers", workers,
					 "--reader-threads", readers, "--cache-size", "0" } });
}

static void setup(void)
{
	start("2", "2");
}

static void teardown(void)
{
	postern_stop(&server);
	postern_done(&server);
}

static void create_user(struct http_client *c, int n)
{
	char body[100];

	snprintf(body, sizeof(body), "{\"username\":\"user%d\",\"email\":\"u%d@example.com\"}", n,
		n);
	struct answer a = http_client_ask(c, "POST", "/users", body);
	http_client_expect(&a, "POST /users", 201, NULL);
}

static void expect_user(struct http_client *c, int n)
{
	char target[40];

	snprintf(target, sizeof(target), "/users/%d", n);
	struct answer a = http_client_ask(c, "GET", target, NULL);
	http_client_expect(&a, target, 200, NULL);
}

static double reads_of(int reader)
{
	char sample[80];

	snprintf(
		sample, sizeof(sample), "postern_dbd_reader_commands_total{reader=\"%d\"}", reader);
	return metrics_sum(metrics_port(&server), sample);
}

static double reads(void)
{
	return metrics_sum(metrics_port(&server), "postern_dbd_commands_total{action=\"read\"");
}

START_TEST(test_clients_of_all_workers_read_what_was_acknowledged)
{
	enum { CLIENTS = 8 };
	struct http_client clients[CLIENTS];

	for (int i = 0; i < CLIENTS; i++)
		http_client_open(&clients[i], server.port);
	for (int n = 1; n <= ROUNDS; n++) {
		create_user(&clients[n % CLIENTS], n);
		expect_user(&clients[(n + 1) % CLIENTS], n);
	}
	ck_assert(reads_of(1) + reads_of(2) >= ROUNDS);
	ck_assert(reads() >= ROUNDS);
	for (int i = 0; i < CLIENTS; i++)
		http_client_close(&clients[i]);
}
END_TEST

/* Sent in one piece. */
START_TEST(test_a_pipelined_read_sees_the_write_before_it)
{
	struct http_client c;
	char request[400];

	http_client_open(&c, server.port);
	for (int n = 1; n <= ROUNDS; n++) {
		int size = snprintf(
			NULL, 0, "{\"username\":\"p%d\",\"email\":\"p%d@example.com\"}", n, n);
		snprintf(request, sizeof(request),
			"POST /users HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
			"content-length: %d\r\n\r\n"
			"{\"username\":\"p%d\",\"email\":\"p%d@example.com\"}"
			"GET /users/%d HTTP/1.1\r\nhost: x\r\n\r\n",
			size, n, n, n);
		ck_assert(http_client_send(&c, str_from(request)));
		struct answer a = http_client_receive(&c);
		http_client_expect(&a, "POST", 201, NULL);
		a = http_client_receive(&c);
		http_client_expect(&a, "GET", 200, NULL);
	}
	http_client_close(&c);
}
END_TEST

START_TEST(test_a_user_with_many_posts_is_streamed)
{
	struct http_client c;

	postern_insert_posts(&server, POSTS);
	http_client_open(&c, server.port);
	for (int i = 0; i < 2; i++) {
		struct answer a = http_client_ask(&c, "GET", "/users/1", NULL);
		http_client_expect(&a, "GET /users/1", 200, NULL);
		ck_assert_uint_gt(a.body.len, (size_t)POSTS * 200);
		a = http_client_ask(&c, "GET", "/posts/1", NULL);
		http_client_expect(&a, "GET /posts/1", 200, NULL);
	}
	http_client_close(&c);
}
END_TEST

static const int reload_or_kill[] = { 0, SIGHUP };

START_TEST(test_no_read_fails_while_dbd_is_replaced)
{
	struct http_client c;
	size_t from = postern_log_len(&server);

	http_client_open(&c, server.port);
	create_user(&c, 1);
	if (reload_or_kill[_i])
		ck_assert_int_eq(kill(server.pid, reload_or_kill[_i]), 0);
	else
		ck_assert_int_eq(kill(postern_child(&server, "dbd"), SIGKILL), 0);
	for (int i = 0; i < ROUNDS; i++) {
		char text[4096];
		http_client_expect_once(
			server.port, "GET", "/users/1", NULL, 200, NULL, text, sizeof(text));
	}
	if (reload_or_kill[_i])
		postern_await_log(&server, from, "reloaded: ", POSTERN_START_MS);
	for (int i = 0; i < 2 * ROUNDS && (reads_of(1) == 0 || reads_of(2) == 0); i++) {
		char text[4096];
		http_client_expect_once(
			server.port, "GET", "/users/1", NULL, 200, NULL, text, sizeof(text));
	}
	ck_assert(reads_of(1) > 0 && reads_of(2) > 0);
	http_client_close(&c);
}
END_TEST

static void setup_with_one(void)
{
	start("1", "1");
}

START_TEST(test_one_thread_reads_for_one_worker)
{
	struct http_client c;

	http_client_open(&c, server.port);
	create_user(&c, 1);
	expect_user(&c, 1);
	ck_assert(reads_of(1) >= 1);
	http_client_close(&c);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("readers");
	TCase *two = tcase_create("two"), *one = tcase_create("one");

	tcase_set_timeout(two, 60);
	tcase_set_tags(two, "sqlite");
	tcase_add_checked_fixture(two, setup, teardown);
	tcase_add_test(two, test_clients_of_all_workers_read_what_was_acknowledged);
	tcase_add_test(two, test_a_pipelined_read_sees_the_write_before_it);
	tcase_add_test(two, test_a_user_with_many_posts_is_streamed);
	tcase_add_loop_test(
		two, test_no_read_fails_while_dbd_is_replaced, 0, NITEMS(reload_or_kill));
	suite_add_tcase(suite, two);
	tcase_set_tags(one, "sqlite");
	tcase_add_checked_fixture(one, setup_with_one, teardown);
	tcase_add_test(one, test_one_thread_reads_for_one_worker);
	suite_add_tcase(suite, one);
	return suite;
}

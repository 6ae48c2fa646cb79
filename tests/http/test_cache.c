/* Reads that are answered from a worker's cache, without dbd, and their invalidation. */
#include "http_client.h"
#include "loop.h"
#include "postern.h"
#include "suite.h"
#include "worker_client.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

enum {
	LONG_ROWS = 2000, /* a list of about 600 kB, which dbd sends in frames of 128 KiB */
	SEEN_MS = 1000,   /* limit for a busy machine; it takes 50 on an idle one */
	WRITES = 10
};

static struct postern server;
static struct http_client clients[2]; /* of worker 1 and worker 2 */

static void write_rows(void)
{
	struct http_client *c = &clients[0];
	struct answer a = http_client_ask(
		c, "POST", "/users", "{\"username\":\"ada\",\"email\":\"ada@example.com\"}");

	http_client_expect(&a, "POST /users", 201, NULL);
	a = http_client_ask(
		c, "POST", "/users/1/posts", "{\"title\":\"Hello\",\"content\":\"First\"}");
	http_client_expect(&a, "POST /users/1/posts", 201, NULL);
}

static void setup(void)
{
	postern_start(&server, &(struct postern_plan){ .args = { "--admin", "127.0.0.1:0" } });
	worker_client_open(&clients[0], &server, "worker 2", "/users");
	worker_client_open(&clients[1], &server, "worker 1", "/users");
	write_rows();
}

static void teardown(void)
{
	for (size_t i = 0; i < NITEMS(clients); i++)
		http_client_close(&clients[i]);
	postern_stop(&server);
	postern_done(&server);
}

static const char *const targets[] = { "/users", "/users/1", "/posts", "/posts/1" };

/* The answer of each worker to each target. The texts live as long as the connection. */
static void ask_all(struct answer answers[NITEMS(clients)][NITEMS(targets)])
{
	for (size_t i = 0; i < NITEMS(clients); i++)
		for (size_t j = 0; j < NITEMS(targets); j++) {
			answers[i][j] = http_client_ask(&clients[i], "GET", targets[j], NULL);
			http_client_expect(&answers[i][j], targets[j], 200, NULL);
		}
}

static void expect_all_again(struct answer before[NITEMS(clients)][NITEMS(targets)])
{
	struct answer again[NITEMS(clients)][NITEMS(targets)];

	ask_all(again);
	for (size_t i = 0; i < NITEMS(clients); i++)
		for (size_t j = 0; j < NITEMS(targets); j++)
			ck_assert_msg(str_equal(again[i][j].body, before[i][j].body),
				"%s: first %.*s, then %.*s", targets[j],
				STR_ARGS(before[i][j].body), STR_ARGS(again[i][j].body));
}

START_TEST(test_repeated_reads_are_answered_from_the_cache)
{
	struct answer answers[NITEMS(clients)][NITEMS(targets)];

	ask_all(answers);
	struct cached_time time = cached_begin(&server);
	expect_all_again(answers);
	cached_end(&server, &time, NITEMS(clients) * NITEMS(targets));
}
END_TEST

static bool shows(struct http_client *c, const char *target, const char *text)
{
	struct answer a = http_client_ask(c, "GET", target, NULL);

	http_client_expect(&a, target, 200, NULL);
	return memmem(a.body.ptr, a.body.len, text, strlen(text)) != NULL;
}

/* The master is stopped, so that dbd is not replaced. */
START_TEST(test_cached_answers_are_served_without_dbd)
{
	struct answer answers[NITEMS(clients)][NITEMS(targets)];
	size_t log = postern_log_len(&server);

	ask_all(answers);
	ck_assert_int_eq(kill(server.pid, SIGSTOP), 0);
	ck_assert_int_eq(kill(worker_client_pid(&server, "dbd"), SIGKILL), 0);
	expect_all_again(answers);
	postern_sql(&server, "UPDATE users SET username = 'eve'; UPDATE posts SET title = 'eve'");
	ck_assert_int_eq(kill(server.pid, SIGCONT), 0);
	postern_await_log(&server, log, ") is ready", POSTERN_START_MS);
	/* Another dbd has started: all entries are invalid. */
	for (size_t i = 0; i < NITEMS(clients); i++)
		for (size_t j = 0; j < NITEMS(targets); j++)
			ck_assert_msg(shows(&clients[i], targets[j], "eve"), "%s", targets[j]);
}
END_TEST

/* Returns the milliseconds until all workers show it. */
static uint64_t await_shown(const char *text)
{
	uint64_t began = clock_ms();

	for (size_t i = 0; i < NITEMS(clients); i++)
		for (size_t j = 0; j < NITEMS(targets); j++)
			while (!shows(&clients[i], targets[j], text))
				ck_assert_uint_lt(clock_ms() - began, SEEN_MS);
	return clock_ms() - began;
}

START_TEST(test_writes_of_other_programs_are_shown_soon)
{
	struct answer answers[NITEMS(clients)][NITEMS(targets)];
	char sql[128], name[16];
	uint64_t longest = 0;

	for (int i = 0; i < WRITES; i++) {
		ask_all(answers);
		snprintf(name, sizeof(name), "eve%d", i);
		snprintf(sql, sizeof(sql),
			"UPDATE users SET username = '%s'; UPDATE posts SET title = '%s'", name,
			name);
		postern_sql(&server, sql);
		uint64_t took = await_shown(name);
		longest = took > longest ? took : longest;
	}
	printf("what another program writes is seen after %" PRIu64 " ms at most\n", longest);
}
END_TEST

static void write_long_list(void)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		"WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
		"INSERT INTO posts (title, content, user_id, date_posted) SELECT 'post ' || i, "
		"'%0200d', 1, '2026-01-02 03:04:05.000000' FROM n",
		LONG_ROWS, 0);
	postern_sql(&server, sql);
	/* Once this row is visible, the others are visible to all. */
	struct answer a = http_client_ask(&clients[0], "PATCH", "/posts/1", "{\"title\":\"Hi\"}");
	http_client_expect(&a, "PATCH /posts/1", 200, NULL);
	/* With PostgreSQL the write of another program is noticed when there is a cached answer. */
	for (int i = 0; i < 2; i++) {
		a = http_client_ask(&clients[0], "GET", "/posts/1", NULL);
		http_client_expect(&a, "GET /posts/1", 200, NULL);
	}
}

START_TEST(test_a_long_list_is_streamed_once)
{
	static const char *const lists[] = { "/posts", "/users/1" };
	struct answer first[NITEMS(lists)];
	char length[32];

	write_long_list();
	for (size_t i = 0; i < NITEMS(lists); i++) {
		first[i] = http_client_ask(&clients[0], "GET", lists[i], NULL);
		http_client_expect(&first[i], lists[i], 200, NULL);
		ck_assert(str_equal(answer_field(&first[i], "transfer-encoding"), STR("chunked")));
		ck_assert_uint_gt(first[i].body.len, LONG_ROWS * 200);
	}
	struct cached_time time = cached_begin(&server);
	for (size_t i = 0; i < NITEMS(lists); i++) {
		struct answer a = http_client_ask(&clients[0], "GET", lists[i], NULL);
		http_client_expect(&a, lists[i], 200, NULL);
		snprintf(length, sizeof(length), "%zu", first[i].body.len);
		ck_assert(str_equal(answer_field(&a, "content-length"), str_from(length)));
		ck_assert(str_equal(a.body, first[i].body));
	}
	cached_end(&server, &time, NITEMS(lists));
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("cache");
	TCase *t = tcase_create("cache");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_repeated_reads_are_answered_from_the_cache);
	tcase_add_test(t, test_writes_of_other_programs_are_shown_soon);
	tcase_add_test(t, test_a_long_list_is_streamed_once);
	suite_add_tcase(s, t);
	/* With PostgreSQL dbd confirms each hit. */
	TCase *without = tcase_create("without dbd");
	tcase_set_tags(without, "sqlite");
	tcase_set_timeout(without, 60);
	tcase_add_checked_fixture(without, setup, teardown);
	tcase_add_test(without, test_cached_answers_are_served_without_dbd);
	suite_add_tcase(s, without);
	return s;
}

/* Reloads under load: no request fails, and no acknowledged write is lost. */
#include "http_client.h"
#include "loop.h"
#include "postern.h"
#include "suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLIENTS = 16, RELOADS = 8, LIMIT = 40 };

static struct postern server;
static struct http_client clients[CLIENTS];
static unsigned created; /* users whose creation was answered */

static void open_clients(const struct postern_plan *plan)
{
	created = 0;
	postern_start(&server, plan);
	for (int i = 0; i < CLIENTS; i++)
		http_client_open(&clients[i], server.port);
}

static void assert_not_logged(const char *word)
{
	const char *at = strstr(postern_log(&server), word);

	ck_assert_msg(!at, "%.1000s", at);
}

static void teardown(void)
{
	for (int i = 0; i < CLIENTS; i++)
		http_client_close(&clients[i]);
	if (server.pid)
		postern_stop(&server);
	postern_done(&server);
}

/* Clients with even numbers write, the others read. */
static bool writes(int client)
{
	return client % 2 == 0;
}

/* True if the client is to close the connection after this answer: a quarter of the clients send
 * one request per connection. */
static bool is_over(int client, const struct answer *a)
{
	struct str connection = answer_field(a, "connection");

	return client % 4 == 3 || (connection.ptr && str_equal(connection, STR("close")));
}

static void ask(int client, unsigned round)
{
	char body[128];

	snprintf(body, sizeof(body),
		"{\"username\":\"user%d-%u\",\"email\":\"user%d-%u@example.com\"}", client, round,
		client, round);
	if (writes(client))
		http_client_request(&clients[client], "POST", "/users", body);
	else
		http_client_request(&clients[client], "GET", "/posts", NULL);
}

static void take_answer(int client)
{
	struct answer a = http_client_receive(&clients[client]);

	ck_assert_msg(a.status == (writes(client) ? 201 : 200), "client %d: %d %.*s", client,
		a.status, STR_ARGS(a.body));
	created += writes(client);
	if (!is_over(client, &a))
		return;
	http_client_close(&clients[client]);
	http_client_open(&clients[client], server.port);
}

/* Each client sends one request, then each receives its answer. */
static void ask_round(void)
{
	static unsigned round;

	round++;
	for (int i = 0; i < CLIENTS; i++)
		ask(i, round);
	for (int i = 0; i < CLIENTS; i++)
		take_answer(i);
}

/* Sends requests until the text is in the log, after byte `from`. */
static void ask_until(const char *text, size_t from)
{
	do {
		ask_round();
		postern_log_len(&server);
	} while (!strstr(postern_log(&server) + from, text));
}

static void check_users(void)
{
	char count[16];

	postern_stop(&server);
	snprintf(count, sizeof(count), "%u", created);
	ck_assert_str_eq(postern_sql(&server, "SELECT count(*) FROM users;"), count);
	postern_check_database(&server);
	assert_not_logged("WARNING");
	assert_not_logged("ERROR");
}

START_TEST(no_request_fails_during_reloads)
{
	open_clients(&(struct postern_plan){ 0 });
	ask_round();
	pid_t worker = postern_child(&server, "worker 2"), dbd = postern_child(&server, "dbd");
	for (int i = 0; i < RELOADS; i++) {
		size_t from = postern_log_len(&server);
		ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
		ask_until("reloaded: 2 workers", from);
	}
	ask_round();
	ck_assert_int_ne(postern_child(&server, "worker 2"), worker);
	ck_assert_int_ne(postern_child(&server, "dbd"), dbd);
	check_users();
}
END_TEST

START_TEST(no_request_fails_when_retiring_workers_are_replaced)
{
	char limit[16];

	snprintf(limit, sizeof(limit), "%d", LIMIT);
	open_clients(&(struct postern_plan){ .args = { "--limit-max-requests", limit } });
	for (int i = 0; i < RELOADS; i++) {
		size_t from = postern_log_len(&server);
		ask_until(") has reached --limit-max-requests; replacing it", from);
	}
	check_users();
}
END_TEST

/* Long lists. */

enum { ROWS = 50 * 1000, HUPS = 10, HUP_EVERY = 200 /* milliseconds */ };

/* Checks the answer of GET /posts, row by row. */
static void check_list(const struct answer *a)
{
	struct str rest = a->body;
	char row[512];

	ck_assert_int_eq(a->status, 200);
	for (int i = 1; i <= ROWS; i++) {
		snprintf(row, sizeof(row),
			"%c{\"title\":\"post %d\",\"content\":\"%0200d\",\"id\":%d,\"user_id\":1,"
			"\"date_posted\":\"2026-01-02T03:04:05%s\"}",
			i == 1 ? '[' : ',', i, 0, i, test_database_zone());
		size_t n = strlen(row);
		ck_assert_msg(rest.len > n && memcmp(rest.ptr, row, n) == 0, "row %d", i);
		rest = str_from_index(rest, n);
	}
	ck_assert(str_equal(rest, STR("]")));
}

/* A slow client begins a list before the first reload and reads a part of it between any two. Other
 * clients begin lists all the time and read at full speed. */
START_TEST(long_lists_outlast_reloads)
{
	struct http_client slow;

	open_clients(&(struct postern_plan){ .args = { "--timeout-graceful-shutdown", "60" } });
	postern_insert_posts(&server, ROWS);
	http_client_open(&slow, server.port);
	http_client_request(&slow, "GET", "/posts", NULL);
	size_t share = (size_t)ROWS * 100 / HUPS, from = postern_log_len(&server);
	for (int i = 0; i < HUPS; i++) {
		uint64_t until = clock_ms() + HUP_EVERY;
		ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
		http_client_await(&slow, share * (size_t)(i + 1));
		while (clock_ms() < until) {
			struct http_client fast;
			http_client_open(&fast, server.port);
			struct answer a = http_client_ask(&fast, "GET", "/posts", NULL);
			check_list(&a);
			http_client_close(&fast);
		}
	}
	struct answer a = http_client_receive(&slow);
	check_list(&a);
	http_client_close(&slow);
	postern_await_log(&server, from, "reloaded: ", POSTERN_START_MS);
	postern_stop(&server);
	postern_check_database(&server);
	assert_not_logged("WARNING");
	assert_not_logged("ERROR");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("reload");
	TCase *tc = tcase_create("reload");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, no_request_fails_during_reloads);
	tcase_add_test(tc, long_lists_outlast_reloads);
	tcase_add_test(tc, no_request_fails_when_retiring_workers_are_replaced);
	suite_add_tcase(suite, tc);
	return suite;
}

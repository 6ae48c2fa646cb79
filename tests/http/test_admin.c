/* Health and metrics of the real server. */
#include "http_client.h"
#include "loop.h"
#include "postern.h"
#include "server_metrics.h"
#include "suite.h"
#include "timeouts.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	REQUESTS = 40,
	SEEN_MS = 10 * 1000,
	LONG_TEXT = 1000 * 1000, /* bytes of a post: about 250 pages */
	LONG_LOG = 80            /* number of posts for a log of more than 16,384 pages */
};

static struct postern server;
static int admin; /* port of --admin */

static void setup(void)
{
	/* The watchdog is off, so that a stopped dbd is not replaced. */
	postern_start(&server, &(struct postern_plan){ .args = { "--admin", "127.0.0.1:0",
							       "--timeout-watchdog", "0" } });
	admin = metrics_port(&server);
}

static void teardown(void)
{
	postern_stop(&server);
	postern_done(&server);
}

static double metric(const char *start)
{
	return metrics_sum(admin, start);
}

static void await_metric(const char *start, double want)
{
	metrics_await(admin, start, want);
}

static int ask(const char *method, const char *target, const char *body)
{
	char text[4096];

	return http_client_ask_once(server.port, method, target, body, text, sizeof(text));
}

static int ask_admin(const char *method, const char *target, char *text, size_t size)
{
	return http_client_ask_once(admin, method, target, NULL, text, size);
}

static void await_ready(void)
{
	uint64_t deadline = clock_ms() + (uint64_t)patience(SEEN_MS);
	char text[100];

	while (ask_admin("GET", "/readyz", text, sizeof(text)) != 200)
		ck_assert_uint_lt(clock_ms(), deadline);
}

#define COUNT "http_server_request_duration_seconds_count"

START_TEST(counts_include_workers_that_have_exited)
{
	for (int i = 0; i < REQUESTS; i++)
		ck_assert_int_eq(ask("GET", "/users/7", NULL), 404);
	ck_assert_int_eq(ask("BREW", "/users/7", NULL), 400);
	ck_assert_int_eq(ask("PROPFIND", "/nowhere", NULL), 404);
	for (int died = 0; died < 2; died++) {
		await_metric(COUNT, REQUESTS + 2);
		ck_assert(
			metric(COUNT "{http_request_method=\"GET\",http_route=\"/users/{user_id}\","
				     "http_response_status_code=\"404\"}") == REQUESTS);
		ck_assert(metric(COUNT "{http_request_method=\"_OTHER\","
				       "http_response_status_code=\"404\"}") == 1);
		ck_assert(metric("postern_connections_accepted_total") == REQUESTS + 2);
		ck_assert(metric("postern_cache_misses_total") == REQUESTS);
		if (!died)
			postern_kill_child(&server, "worker 1");
	}
	await_metric("postern_restarts_total{role=\"worker\"}", 1);
	await_metric("postern_children{role=\"worker\"}", 2);
	ck_assert(metric("http_server_active_requests") == 0);
}
END_TEST

START_TEST(commands_of_dbd_are_counted)
{
	ck_assert_int_eq(
		ask("POST", "/users", "{\"username\":\"a\",\"email\":\"a@example.com\"}"), 201);
	ck_assert_int_eq(
		ask("POST", "/users", "{\"username\":\"a\",\"email\":\"b@example.com\"}"), 409);
	await_metric("postern_dbd_commands_total{action=\"create\",status=\"done\"}", 1);
	await_metric("postern_dbd_commands_total{action=\"create\",status=\"conflict\"}", 1);
	ck_assert(metric("postern_dbd_group_size_count") == 1);
	ck_assert(metric("postern_dbd_commit_duration_seconds_count") == 1);
	ck_assert(metric("postern_dbd_commit_duration_seconds_sum") > 0);
	ck_assert(test_database_is_postgres() || metric("postern_dbd_wal_pages") > 0);
	ck_assert(metric("postern_dbd_queue_commands") == 0);
	ck_assert(metric("postern_process_resident_memory_bytes") >= 0);
	/* The next dbd continues counting. */
	postern_kill_child(&server, "dbd");
	await_metric("postern_restarts_total{role=\"dbd\"}", 1);
	await_metric("postern_dbd_commands_total{action=\"create\",status=\"done\"}", 1);
	await_ready();
	ck_assert(metric("postern_dbd_wal_pages") == 0);
}
END_TEST

START_TEST(ready_while_dbd_answers)
{
	char text[100];
	pid_t dbd = postern_child(&server, "dbd");

	ck_assert_int_eq(ask_admin("GET", "/readyz", text, sizeof(text)), 200);
	ck_assert_int_eq(kill(dbd, SIGSTOP), 0);
	ck_assert_int_eq(ask_admin("GET", "/readyz", text, sizeof(text)), 503);
	ck_assert_str_eq(text, "dbd does not answer\n");
	ck_assert_int_eq(ask_admin("GET", "/healthz", text, sizeof(text)), 200);
	ck_assert_str_eq(text, "ok\n");
	ck_assert_int_eq(kill(dbd, SIGCONT), 0);
	await_ready();
}
END_TEST

START_TEST(not_ready_while_the_storage_fails)
{
	char text[100], moved[128];

	snprintf(moved, sizeof(moved), "%s.moved", server.database);
	ck_assert_int_eq(rename(server.database, moved), 0);
	ck_assert_int_eq(
		ask("POST", "/users", "{\"username\":\"a\",\"email\":\"a@example.com\"}"), 500);
	ck_assert_int_eq(ask_admin("GET", "/readyz", text, sizeof(text)), 503);
	ck_assert_str_eq(text, "the storage is failing\n");
	ck_assert(metric("postern_dbd_storage_failing") == 1);
	ck_assert_int_eq(rename(moved, server.database), 0);
	ck_assert_int_eq(
		ask("POST", "/users", "{\"username\":\"a\",\"email\":\"a@example.com\"}"), 201);
	ck_assert_int_eq(ask_admin("GET", "/readyz", text, sizeof(text)), 200);
}
END_TEST

static void write_post(struct http_client *c, const char *body)
{
	struct answer a = http_client_ask(c, "POST", "/users/1/posts", body);

	http_client_expect(&a, "POST", 201, NULL);
}

START_TEST(a_reader_that_holds_the_log_is_reported)
{
	static char body[LONG_TEXT + 100];
	struct http_client c;
	sqlite3 *db;

	ck_assert_int_eq(
		ask("POST", "/users", "{\"username\":\"a\",\"email\":\"a@example.com\"}"), 201);
	memset(body, 'x', sizeof(body));
	memcpy(body, "{\"title\":\"t\",\"content\":\"", 24);
	memcpy(body + 24 + LONG_TEXT, "\"}", 3);
	ck_assert_int_eq(sqlite3_open(server.database, &db), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_exec(db, "BEGIN; SELECT * FROM users", NULL, NULL, NULL), SQLITE_OK);
	http_client_open(&c, server.port);
	for (int i = 0; i < LONG_LOG; i++)
		write_post(&c, body);
	await_metric("postern_dbd_wal_held", 1);
	ck_assert(metric("postern_dbd_wal_pages") > 16384);
	ck_assert(metric("postern_dbd_checkpoint_duration_seconds_count") > 1);
	ck_assert_int_eq(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	for (int i = 0; i < 10; i++)
		write_post(&c, body);
	await_metric("postern_dbd_wal_held", 0);
	ck_assert(metric("postern_dbd_wal_pages") < 16384);
	sqlite3_close(db);
	http_client_close(&c);
}
END_TEST

static const struct {
	const char *method, *target;
	int status;
} asked[] = {
	{ "GET", "/healthz", 200 },
	{ "HEAD", "/healthz", 200 },
	{ "HEAD", "/metrics", 200 },
	{ "GET", "/metrics?x=1", 200 },
	{ "POST", "/metrics", 405 },
	{ "DELETE", "/readyz", 405 },
	{ "GET", "/", 404 },
	{ "GET", "/users", 404 },
	{ "POST", "/users", 404 },
};

START_TEST(only_get_and_head_are_allowed)
{
	struct http_client c;

	http_client_open(&c, admin);
	struct answer a = http_client_ask(&c, asked[_i].method, asked[_i].target, NULL);
	http_client_expect(&a, asked[_i].target, asked[_i].status, NULL);
	ck_assert_slice_eq(answer_field(&a, "connection"), STR("close"));
	if (asked[_i].status == 405)
		ck_assert_slice_eq(answer_field(&a, "allow"), STR("GET, HEAD"));
	http_client_expect_end(&c);
	http_client_close(&c);
	/* The API does not have these paths. */
	if (asked[_i].status == 200)
		ck_assert_int_eq(ask("GET", asked[_i].target, NULL), 404);
}
END_TEST

START_TEST(malformed_requests_are_refused)
{
	static const char *const requests[] = { "GARBAGE\r\n\r\n",
		"GET /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello" };
	static const int statuses[] = { 400, 413 };
	struct http_client c;

	http_client_open(&c, admin);
	ck_assert(http_client_send(&c, str_from(requests[_i])));
	struct answer a = http_client_receive(&c);
	ck_assert_int_eq(a.status, statuses[_i]);
	http_client_close(&c);
}
END_TEST

/* Idle connections do not keep others out: each worker accepts some, then the other does. */
START_TEST(idle_connections_do_not_keep_others_out)
{
	struct http_client lazy[20];
	char text[100];

	for (size_t i = 0; i < NITEMS(lazy); i++)
		http_client_open(&lazy[i], admin);
	ck_assert_int_eq(ask("GET", "/users", NULL), 200);
	for (size_t i = 0; i < NITEMS(lazy); i++)
		http_client_close(&lazy[i]);
	ck_assert_int_eq(ask_admin("GET", "/healthz", text, sizeof(text)), 200);
}
END_TEST

START_TEST(no_request_fails_during_a_reload)
{
	char text[100];
	size_t log = postern_log_len(&server);

	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	do
		ck_assert_int_eq(ask_admin("GET", "/healthz", text, sizeof(text)), 200);
	while (postern_log_len(&server) && !strstr(postern_log(&server) + log, "reloaded: "));
	await_metric("postern_reloads_total", 1);
	await_metric("postern_children{role=\"worker\"}", 2);
	ck_assert(metric("postern_reloads_failed_total") == 0);
}
END_TEST

/* A Unix socket. */

static void start_on_path(const char *path)
{
	postern_launch(&server, &(struct postern_plan){ .args = { "--admin", path } });
}

/* A socket that is connected to the path, or bound to it. */
static int unix_socket(
	const char *path, int (*act)(int fd, const struct sockaddr *address, socklen_t size))
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	ck_assert_int_eq(act(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

START_TEST(a_stale_socket_is_replaced_and_removed)
{
	static const char request[] = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
	char path[100], text[1000] = "";
	struct stat st;

	postern_init(&server);
	snprintf(path, sizeof(path), "%s/admin", server.folder);
	close(unix_socket(path, bind)); /* stale */
	start_on_path(path);
	postern_await_serving(&server);
	postern_await_log(&server, 0, "health and metrics on unix:/", POSTERN_START_MS);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFSOCK | 0660);
	int fd = unix_socket(path, connect);
	ck_assert_int_eq(send(fd, request, strlen(request), 0), (ssize_t)strlen(request));
	size_t n = 0;
	for (ssize_t got; (got = recv(fd, text + n, sizeof(text) - 1 - n, 0)) > 0;)
		n += (size_t)got;
	close(fd);
	ck_assert_ptr_nonnull(strstr(text, "\r\n\r\nok\n"));
	postern_stop(&server);
	ck_assert_int_lt(stat(path, &st), 0);
	postern_done(&server);
}
END_TEST

START_TEST(a_socket_in_use_is_not_removed)
{
	static const char *const reasons[] = {
		"; it is another kind of file: remove it or choose another path\n",
		": Address already in use; another process listens there: stop it or choose "
		"another path\n",
	};
	char path[100];

	postern_init(&server);
	snprintf(path, sizeof(path), "%s/admin", server.folder);
	if (_i == 0) {
		FILE *file = fopen(path, "w");
		ck_assert_ptr_nonnull(file);
		fclose(file);
	} else {
		ck_assert_int_eq(listen(unix_socket(path, bind), 5), 0);
	}
	start_on_path(path);
	postern_await_log(&server, 0, reasons[_i], POSTERN_START_MS);
	ck_assert_int_eq(postern_wait(&server, POSTERN_STOP_MS), 3 << 8);
	ck_assert_int_eq(access(path, F_OK), 0);
	unlink(path);
	postern_done(&server);
}
END_TEST

/* Runs promtool, Prometheus's own checker, if it is installed. */
START_TEST(promtool_reports_nothing)
{
	struct http_client c;

	if (system("command -v promtool >/dev/null") != 0)
		return;
	ck_assert_int_eq(ask("GET", "/users", NULL), 200);
	http_client_open(&c, admin);
	struct answer a = http_client_ask(&c, "GET", "/metrics", NULL);
	FILE *promtool = popen("promtool check metrics", "w");
	ck_assert_ptr_nonnull(promtool);
	ck_assert_uint_eq(fwrite(a.body.ptr, 1, a.body.len, promtool), a.body.len);
	ck_assert_int_eq(pclose(promtool), 0);
	http_client_close(&c);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("admin");
	TCase *tc = tcase_create("tcp"), *paths = tcase_create("unix");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, counts_include_workers_that_have_exited);
	tcase_add_test(tc, commands_of_dbd_are_counted);
	tcase_add_test(tc, ready_while_dbd_answers);
	tcase_add_loop_test(tc, only_get_and_head_are_allowed, 0, NITEMS(asked));
	tcase_add_loop_test(tc, malformed_requests_are_refused, 0, 2);
	tcase_add_test(tc, idle_connections_do_not_keep_others_out);
	tcase_add_test(tc, no_request_fails_during_a_reload);
	tcase_add_test(tc, promtool_reports_nothing);
	suite_add_tcase(suite, tc);
	TCase *file = tcase_create("SQLite's file");
	tcase_set_tags(file, "sqlite");
	tcase_add_checked_fixture(file, setup, teardown);
	tcase_set_timeout(file, 60);
	tcase_add_test(file, not_ready_while_the_storage_fails);
	tcase_add_test(file, a_reader_that_holds_the_log_is_reported);
	suite_add_tcase(suite, file);
	tcase_set_timeout(paths, 60);
	tcase_add_test(paths, a_stale_socket_is_replaced_and_removed);
	tcase_add_loop_test(paths, a_socket_in_use_is_not_removed, 0, 2);
	suite_add_tcase(suite, paths);
	return suite;
}

/* Slow, hostile and many clients, against one worker of the whole server. */
#include "http_client.h"
#include "loop.h"
#include "postern.h"
#include "suite.h"

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

static struct postern server;

static void start(const char *flag, const char *value)
{
	postern_start(&server, &(struct postern_plan){ .args = { "--workers", "1", flag, value } });
}

static void teardown(void)
{
	postern_stop(&server);
	postern_done(&server);
}

static void expect_home(struct http_client *client)
{
	ck_assert_int_eq(http_client_ask(client, "GET", "/", NULL).status, 200);
}

/* The CPU time that the worker has used. */
static uint64_t worker_cpu_ms(void)
{
	struct timespec t;
	clockid_t clock;

	ck_assert_int_eq(clock_getcpuclockid(postern_child(&server, "worker 1"), &clock), 0);
	ck_assert_int_eq(clock_gettime(clock, &t), 0);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Deadlines. */

static const struct {
	const char *flag;
	struct str start, more;
} slow[] = {
	{ "--timeout-header", STR_INIT("GET / HTTP/1.1\r\n"), STR_INIT("x") },
	{ "--timeout-body",
		STR_INIT("POST /users HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"),
		STR_INIT("x") },
};

/* Bytes that cannot begin a request: they are refused on arrival, not at the deadline. */
static const struct {
	struct str bytes;
	int status;
	bool tls;
} hopeless[] = {
	/* The start of a ClientHello (RFC 8446 4.1.2). */
	{ STR_INIT("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 400, true },
	{ STR_INIT("\x16"), 400, true },
	{ STR_INIT("\r\n\r\n\x16\x03\x03"), 400, true },
	{ STR_INIT("\x16\x02"), 400, false },
	{ STR_INIT("\0\0\0\0"), 400, false },
	{ STR_INIT("\x05\x01\x00"), 400, false },
	{ STR_INIT("SSH-2.0-x"), 400, false },
	{ STR_INIT("HELO x"), 400, false },
	{ STR_INIT("GET / HTTX"), 400, false },
	{ STR_INIT("GET / HTTP/2.0"), 505, false },
	{ STR_INIT("GET / HTTP/1.1\r\nHost a"), 400, false },
	{ STR_INIT("GET / HTTP/1.1\r\nHost: a\r\nX: \x01"), 400, false },
	{ STR_INIT("POST /users HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx"), 400,
		false },
};

static const char TLS[] = "TLS handshake on a plain HTTP port";

/* Sends the bytes at once, then one by one. The connection may be closed before the last byte. */
START_TEST(test_impossible_requests_are_refused_at_once)
{
	struct str bytes = hopeless[_i].bytes;
	struct http_client client;

	postern_start(&server, &(struct postern_plan){ .args = { "--workers", "1", "--log-level",
							       "debug", "--timeout-header", "60",
							       "--timeout-body", "60" } });
	for (size_t step = bytes.len; step > 0; step = step > 1) {
		http_client_open(&client, server.port);
		for (size_t at = 0; at < bytes.len; at += step)
			(void)http_client_send(&client, (struct str){ bytes.ptr + at, step });
		struct answer a = http_client_receive(&client);
		ck_assert_int_eq(a.status, hopeless[_i].status);
		ck_assert_slice_eq(answer_field(&a, "connection"), STR("close"));
		http_client_expect_end(&client);
		http_client_close(&client);
	}
	if (hopeless[_i].tls)
		postern_await_log(&server, 0, TLS, POSTERN_STOP_MS);
	else
		ck_assert_ptr_null(strstr(postern_log(&server), TLS));
}
END_TEST

/* Sends a byte each time an interval has passed without an answer. */
START_TEST(test_a_slow_request_has_a_deadline)
{
	enum { TIMEOUT_MS = 1000, BETWEEN_MS = 50 };
	struct http_client client;

	start(slow[_i].flag, "1");
	http_client_open(&client, server.port);
	struct pollfd readable = { .fd = client.fd, .events = POLLIN };
	uint64_t began = clock_ms();
	ck_assert(http_client_send(&client, slow[_i].start));
	while (poll(&readable, 1, BETWEEN_MS) == 0)
		ck_assert(http_client_send(&client, slow[_i].more));
	ck_assert_uint_ge(clock_ms() - began, TIMEOUT_MS - BETWEEN_MS);
	struct answer a = http_client_receive(&client);
	http_client_expect(&a, slow[_i].flag, 408, "Request Timeout");
	http_client_expect_end(&client);
	http_client_close(&client);
}
END_TEST

/* Limits. */

enum { LIMIT = 3 };

START_TEST(test_idle_connections_are_closed_for_new_ones)
{
	struct http_client clients[2 * LIMIT];

	start("--limit-connections", "3");
	for (int i = 0; i < 2 * LIMIT; i++) {
		http_client_open(&clients[i], server.port);
		expect_home(&clients[i]);
	}
	for (int i = 0; i < LIMIT; i++)
		http_client_expect_end(&clients[i]);
	for (int i = 0; i < 2 * LIMIT; i++) {
		if (i >= LIMIT)
			expect_home(&clients[i]);
		http_client_close(&clients[i]);
	}
}
END_TEST

/* All allowed connections have a pending request: the next connection waits and is not refused. The
 * worker must not spin meanwhile, which its CPU time shows. */
START_TEST(test_connections_wait_for_busy_ones)
{
	enum { WAIT_MS = 300, CPU_MS = 100 };
	const struct str head = STR("POST /users HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
				    "Expect: 100-continue\r\n\r\n");
	struct http_client busy[LIMIT], other;
	struct pollfd readable = { .events = POLLIN };

	start("--limit-connections", "3");
	for (int i = 0; i < LIMIT; i++) {
		http_client_open(&busy[i], server.port);
		ck_assert(http_client_send(&busy[i], head));
		http_client_take_until(&busy[i], STR("100 Continue\r\n\r\n"));
	}
	http_client_open(&other, server.port);
	http_client_request(&other, "GET", "/", NULL);
	readable.fd = other.fd;
	uint64_t before = worker_cpu_ms();
	ck_assert_int_eq(poll(&readable, 1, WAIT_MS), 0);
	ck_assert_uint_lt(worker_cpu_ms() - before, CPU_MS);
	ck_assert(http_client_send(&busy[0], STR("[]")));
	ck_assert_int_eq(http_client_receive(&busy[0]).status, 422);
	ck_assert_int_eq(http_client_receive(&other).status, 200);
	http_client_close(&other);
	for (int i = 0; i < LIMIT; i++)
		http_client_close(&busy[i]);
}
END_TEST

START_TEST(test_connections_per_address_are_limited)
{
	struct http_client clients[LIMIT], other;

	start("--limit-connections-per-address", "3");
	for (int i = 0; i < LIMIT; i++) {
		http_client_open(&clients[i], server.port);
		expect_home(&clients[i]);
	}
	http_client_open(&other, server.port);
	struct answer a = http_client_receive(&other);
	http_client_expect(&a, "one connection more", 503, "Service Unavailable");
	http_client_expect_end(&other);
	http_client_close(&other);
	for (int i = 0; i < LIMIT; i++) {
		expect_home(&clients[i]);
		http_client_close(&clients[i]);
	}
}
END_TEST

START_TEST(test_concurrency_is_limited)
{
	struct http_client clients[LIMIT], other;

	start("--limit-concurrency", "3");
	for (int i = 0; i < LIMIT; i++) {
		http_client_open(&clients[i], server.port);
		expect_home(&clients[i]);
	}
	http_client_open(&other, server.port);
	struct answer a = http_client_ask(&other, "GET", "/", NULL);
	http_client_expect(&a, "one request more", 503, "Service Unavailable");
	ck_assert(str_equal(answer_field(&a, "retry-after"), STR("1")));
	http_client_expect_end(&other);
	http_client_close(&other);
	for (int i = 0; i < LIMIT; i++) {
		expect_home(&clients[i]);
		http_client_close(&clients[i]);
	}
}
END_TEST

/* The usual soft limit of descriptors does not limit the connections. */
START_TEST(test_the_soft_limit_of_descriptors_is_raised)
{
	struct rlimit own, limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &own), 0);
	limit = (struct rlimit){ 64, own.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	postern_start(&server, &(struct postern_plan){ 0 });
	ck_assert_int_eq(
		prlimit(postern_child(&server, "worker 1"), RLIMIT_NOFILE, NULL, &limit), 0);
	ck_assert_uint_eq(limit.rlim_cur, own.rlim_max);
}
END_TEST

static int count_descriptors(const char *child)
{
	char path[64];
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)postern_child(&server, child));
	DIR *folder = opendir(path);
	ck_assert_ptr_nonnull(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

enum { SHARERS = 40, LEAST_SHARE = SHARERS / 4, SHARE_ROUNDS = 5 };

/* Connects clients one after the other. Returns true if each worker has accepted its share. */
static bool are_shared(struct http_client clients[SHARERS])
{
	int before[] = { count_descriptors("worker 1"), count_descriptors("worker 2") };

	for (int i = 0; i < SHARERS; i++) {
		http_client_open(&clients[i], server.port);
		expect_home(&clients[i]);
	}
	int first = count_descriptors("worker 1") - before[0];
	int second = count_descriptors("worker 2") - before[1];
	ck_assert_int_eq(first + second, SHARERS);
	return first >= LEAST_SHARE && second >= LEAST_SHARE;
}

/* A round takes a few milliseconds, in which one of the workers may not be scheduled: so there are
 * several rounds. */
START_TEST(test_workers_share_the_connections)
{
	struct http_client clients[SHARE_ROUNDS][SHARERS];
	int rounds = 0;
	bool shared = false;

	start("--workers", "2");
	while (!shared && rounds < SHARE_ROUNDS)
		shared = are_shared(clients[rounds++]);
	ck_assert(shared);
	while (rounds-- > 0)
		for (int i = 0; i < SHARERS; i++)
			http_client_close(&clients[rounds][i]);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__
static long worker_memory_kb(void)
{
	char path[64], line[256];
	long kb = -1;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup",
		(int)postern_child(&server, "worker 1"));
	FILE *file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	while (kb < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "Private_Dirty: %ld", &kb) != 1)
			kb = -1;
	fclose(file);
	ck_assert_int_ge(kb, 0);
	return kb;
}

/* Sends two requests with a Kerberos ticket of this length. */
static void send_tickets(struct http_client *client, size_t len)
{
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	for (int i = 0; i < 2; i++) {
		buf_printf(
			&out, "GET /openapi.json HTTP/1.1\r\nHost: a\r\nAuthorization: Negotiate ");
		for (size_t n = 0; n < len; n++)
			buf_char(&out, 'a');
		buf_printf(&out, "\r\n\r\n");
	}
	ck_assert(http_client_send(client, buf_view(&out)));
	buf_done(&out);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(http_client_receive(client).status, 200);
}

/* The memory of an idle connection after an answer does not depend on the length of its heads. */
START_TEST(test_idle_connections_use_little_memory)
{
	enum { MANY = 400, COST_KB = 1 };
	static const size_t lengths[] = { 4, 12 * 1024, 60 * 1024 };
	static struct http_client clients[MANY];

	start("--timeout-keep-alive", "60");
	/* Allocates what the first requests need, and the heap of timers. */
	http_client_open(&clients[0], server.port);
	send_tickets(&clients[0], lengths[_i]);
	long before = worker_memory_kb();
	for (int i = 1; i < MANY; i++) {
		http_client_open(&clients[i], server.port);
		send_tickets(&clients[i], lengths[_i]);
	}
	ck_assert_int_lt(worker_memory_kb() - before, MANY * COST_KB);
	for (int i = 0; i < MANY; i++)
		http_client_close(&clients[i]);
}
END_TEST
#endif

Suite *test_suite(void)
{
	Suite *s = suite_create("http/clients");
	TCase *tests = tcase_create("clients");
	TCase *bare = tcase_create("bare");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_loop_test(tests, test_a_slow_request_has_a_deadline, 0, (int)NITEMS(slow));
	tcase_add_loop_test(
		tests, test_impossible_requests_are_refused_at_once, 0, (int)NITEMS(hopeless));
	tcase_add_test(tests, test_idle_connections_are_closed_for_new_ones);
	tcase_add_test(tests, test_connections_wait_for_busy_ones);
	tcase_add_test(tests, test_connections_per_address_are_limited);
	tcase_add_test(tests, test_concurrency_is_limited);
	tcase_add_test(tests, test_workers_share_the_connections);
	tcase_add_test(bare, test_the_soft_limit_of_descriptors_is_raised);
#ifndef __SANITIZE_ADDRESS__
	tcase_add_loop_test(bare, test_idle_connections_use_little_memory, 0, 3);
#endif
	suite_add_tcase(s, tests);
	tcase_set_tags(bare, "bare");
	tcase_set_timeout(bare, 60);
	tcase_add_checked_fixture(bare, NULL, teardown);
	suite_add_tcase(s, bare);
	return s;
}

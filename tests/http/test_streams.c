/* Long lists over HTTP, which no process may have in memory as a whole. */
#include "http_client.h"
#include "loop.h"
#include "memory.h"
#include "postern.h"
#include "suite.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>

enum { ROWS = 60 * 1000, TEXT = 200, LAZY = 20, STREAMS = 64, SIZE = 64 * 1024 };
enum { STREAMS_ON_POSTGRES = 2 };

/* Limit of the memory of a stream in a process. AddressSanitizer keeps up to 256 MiB of freed
 * memory. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { KIB_EACH = 16 * 1024 };
#else
enum { KIB_EACH = 1024 };
#endif

static struct postern server;
static struct http_client client;

static void start(int rows)
{
	postern_start(&server, &(struct postern_plan){ .args = { "--workers", "1",
							       "--timeout-keep-alive", "60" } });
	http_client_open(&client, server.port);
	test_database_insert_posts(server.url, (unsigned)rows, TEXT);
}

static void setup(void)
{
	start(ROWS);
}

/* A list that a worker caches. */
static void setup_cached(void)
{
	start(ROWS / 5);
}

static void teardown(void)
{
	http_client_close(&client);
	postern_stop(&server);
	postern_done(&server);
}

static long peak(const char *child)
{
	return memory_peak(postern_child(&server, child));
}

static void write_rows(struct buf *out)
{
	char zeros[TEXT + 1];

	memset(zeros, '0', TEXT);
	zeros[TEXT] = '\0';
	for (int i = 1; i <= ROWS; i++)
		buf_printf(out,
			"%s{\"title\":\"post %d\",\"content\":\"%s\",\"id\":%d,\"user_id\":1,"
			"\"date_posted\":\"2026-01-02T03:04:05%s\"}",
			i > 1 ? "," : "", i, zeros, i, test_database_zone());
}

static const struct {
	const char *target, *before, *after;
} lists[] = {
	{ "/posts", "[", "]" },
	{ "/users/1", "{\"username\":\"ada\",\"email\":\"ada@example.com\",\"id\":1,\"posts\":[",
		"]}" },
};

START_TEST(test_a_long_list_is_complete_to_the_byte)
{
	struct buf want;

	buf_init(&want, SIZE_MAX / 2);
	buf_str(&want, str_from(lists[_i].before));
	write_rows(&want);
	buf_str(&want, str_from(lists[_i].after));
	/* On one connection, so that the end of each answer is tested by the next one. */
	for (int i = 0; i < 2; i++) {
		struct answer a = http_client_ask(&client, "GET", lists[_i].target, NULL);
		ck_assert_int_eq(a.status, 200);
		ck_assert_slice_eq(answer_field(&a, "transfer-encoding"), STR("chunked"));
		ck_assert(str_equal(a.body, buf_view(&want)));
	}
	buf_done(&want);
}
END_TEST

START_TEST(test_for_http_1_0_the_list_ends_with_the_connection)
{
	struct answer a = { 0 };
	size_t n = 0;
	char bytes[SIZE], last = 0;
	ssize_t got;

	http_client_send(&client, STR("GET /posts HTTP/1.0\r\n\r\n"));
	a.head = http_client_take_until(&client, STR("\r\n\r\n"));
	ck_assert_ptr_null(answer_field(&a, "transfer-encoding").ptr);
	ck_assert_ptr_null(answer_field(&a, "content-length").ptr);
	n = buf_len(&client.in);
	while ((got = recv(client.fd, bytes, sizeof(bytes), 0)) > 0) {
		n += (size_t)got;
		last = bytes[got - 1];
	}
	ck_assert_int_eq(got, 0);
	ck_assert_int_eq(last, ']');
	ck_assert_uint_gt(n, (size_t)ROWS * TEXT);
}
END_TEST

START_TEST(test_head_does_not_read_the_list)
{
	for (int i = 0; i < 3; i++) {
		struct answer a = http_client_ask(&client, "HEAD", "/posts", NULL);
		ck_assert_int_eq(a.status, 200);
		ck_assert_ptr_null(answer_field(&a, "content-length").ptr);
	}
}
END_TEST

/* Many clients send a request and do not read the answer. */
START_TEST(test_slow_readers_use_little_memory_and_delay_no_one)
{
	struct http_client lazy[LAZY];
	uint64_t slowest = 0;

	http_client_ask(&client, "GET", "/users/1", NULL);
	long worker = peak("worker 1"), dbd = peak("dbd");
	for (int i = 0; i < LAZY; i++) {
		http_client_open(&lazy[i], server.port);
		http_client_request(&lazy[i], "GET", i % 2 ? "/users/1" : "/posts", NULL);
	}
	for (int i = 0; i < 20; i++) {
		uint64_t began = clock_ms();
		ck_assert_int_eq(http_client_ask(&client, "GET", "/posts/1", NULL).status, 200);
		ck_assert_int_eq(
			http_client_ask(&client, "PATCH", "/posts/1", "{\"content\":\"changed\"}")
				.status,
			200);
		uint64_t took = clock_ms() - began;
		slowest = took > slowest ? took : slowest;
	}
	worker = peak("worker 1") - worker;
	dbd = peak("dbd") - dbd;
	printf("%d slow readers: %ld KiB more in the worker, %ld KiB in dbd; a read and a write "
	       "take %" PRIu64 " ms at most\n",
		LAZY, worker, dbd, slowest);
	ck_assert_int_lt(worker, LAZY * KIB_EACH);
	ck_assert_int_lt(dbd, LAZY * KIB_EACH);
	/* They get the list as it was at the time of their request, unless they have to wait for a
	 * connection to PostgreSQL. */
	for (int i = 0; i < 2 && !test_database_is_postgres(); i++) {
		struct answer a = http_client_receive(&lazy[i]);
		ck_assert_int_eq(a.status, 200);
		ck_assert_ptr_null(memmem(a.body.ptr, a.body.len, "changed", 7));
		ck_assert_uint_gt(a.body.len, (size_t)ROWS * TEXT);
	}
	for (int i = 0; i < LAZY; i++)
		http_client_close(&lazy[i]);
}
END_TEST

/* The write of another program invalidates the cache with a delay. */
static void ask_until_cached(void)
{
	struct answer head;

	do {
		http_client_ask(&client, "GET", "/posts", NULL);
		head = http_client_ask(&client, "HEAD", "/posts", NULL);
	} while (!answer_field(&head, "content-length").ptr);
}

/* All answers share the same bytes. The kernel buffers at most one answer per connection. */
START_TEST(test_slow_readers_of_a_cached_list_share_its_memory)
{
	struct http_client lazy[LAZY];

	ask_until_cached();
	long worker = memory_now(postern_child(&server, "worker 1"));
	for (int i = 0; i < LAZY; i++) {
		http_client_open(&lazy[i], server.port);
		http_client_request(&lazy[i], "GET", "/posts", NULL);
		http_client_request(&lazy[i], "GET", "/posts", NULL);
		http_client_await(&lazy[i], 1);
	}
	worker = memory_now(postern_child(&server, "worker 1")) - worker;
	printf("%d slow readers of a kept list: %ld KiB more in the worker\n", LAZY, worker);
	ck_assert_int_lt(worker, LAZY * KIB_EACH / 4);
	ck_assert_int_eq(
		http_client_ask(&client, "PATCH", "/posts/1", "{\"content\":\"changed\"}").status,
		200);
	struct answer a = http_client_receive(&lazy[0]);
	ck_assert_int_eq(a.status, 200);
	ck_assert_uint_gt(a.body.len, (size_t)ROWS / 5 * TEXT);
	ck_assert_ptr_null(memmem(a.body.ptr, a.body.len, "changed", 7));
	for (int i = 0; i < LAZY; i++)
		http_client_close(&lazy[i]);
}
END_TEST

/* As many streams as dbd allows, none of which is read. */
START_TEST(test_a_stopped_reader_is_evicted_for_a_waiting_one)
{
	struct http_client lazy[STREAMS];
	const int streams = test_database_is_postgres() ? STREAMS_ON_POSTGRES : STREAMS;
	const int small = 4096;

	for (int i = 0; i < streams; i++) {
		http_client_open(&lazy[i], server.port);
		setsockopt(lazy[i].fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
		http_client_request(&lazy[i], "GET", "/posts", NULL);
		http_client_await(&lazy[i], 1);
	}
	struct answer a = http_client_ask(&client, "GET", "/posts", NULL);
	ck_assert_int_eq(a.status, 200);
	ck_assert_uint_gt(a.body.len, (size_t)ROWS * TEXT);
	postern_await_log(&server, 0,
		"ending a list of posts whose reader is slow, as others wait; request ",
		POSTERN_START_MS);
	for (int i = 0; i < streams; i++)
		http_client_close(&lazy[i]);
}
END_TEST

#define END STR("\r\n0\r\n\r\n")

/* 200 was already sent, so the only sign of the failure is that the end is missing. */
START_TEST(test_a_list_is_cut_short_if_dbd_dies)
{
	struct http_client other;
	ssize_t n;

	http_client_send(&client, _i ? STR("GET /posts HTTP/1.0\r\n\r\n")
				     : STR("GET /posts HTTP/1.1\r\nHost: a\r\n\r\n"));
	http_client_take_until(&client, STR("\r\n\r\n"));
	postern_kill_child(&server, "dbd");
	while ((n = recv(client.fd, buf_reserve(&client.in, SIZE), SIZE, 0)) > 0)
		buf_commit(&client.in, (size_t)n);
	/* An HTTP/1.0 client takes the end of the connection for the end of the list. */
	ck_assert(_i == 0 || (n < 0 && errno == ECONNRESET));
	struct str got = buf_view(&client.in);
	ck_assert(!str_equal(str_from_index(got, got.len - END.len), END));
	http_client_open(&other, server.port);
	ck_assert_int_eq(http_client_ask(&other, "GET", "/posts/1", NULL).status, 200);
	http_client_close(&other);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("http/streams");
	TCase *t = tcase_create("streams");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_a_long_list_is_complete_to_the_byte, 0, NITEMS(lists));
	tcase_add_test(t, test_for_http_1_0_the_list_ends_with_the_connection);
	tcase_add_test(t, test_head_does_not_read_the_list);
	tcase_add_test(t, test_slow_readers_use_little_memory_and_delay_no_one);
	tcase_add_test(t, test_a_stopped_reader_is_evicted_for_a_waiting_one);
	tcase_add_loop_test(t, test_a_list_is_cut_short_if_dbd_dies, 0, 2);
	suite_add_tcase(s, t);
	t = tcase_create("kept");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup_cached, teardown);
	tcase_add_test(t, test_slow_readers_of_a_cached_list_share_its_memory);
	suite_add_tcase(s, t);
	return s;
}

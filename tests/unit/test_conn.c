/* Connections over socket pairs: requests whole, cut and pipelined, and the bytes of the answers.
 */
#include "conns.h"

#include "fake_service.h"
#include "gunzip.h"
#include "suite.h"
#include "turn.h"

#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *loop;
static struct fake_dbd dbd;
static struct service service;
static struct arena arena;
static struct conns conns;
static unsigned closed, idle;

/* The client's end, and the bytes it has received and no check has consumed. */
struct client {
	int fd;
	int server; /* the other end, which the connection closes */
	struct buf got;
	bool ended;
};

static struct client c;

static void on_closed(struct conns *all)
{
	ck_assert_ptr_eq(all, &conns);
	closed++;
}

static void on_idle(struct conns *all)
{
	ck_assert_ptr_eq(all, &conns);
	idle++;
}

static void open_client_from(struct client *client, const struct sockaddr_storage *peer)
{
	int fds[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
	*client = (struct client){ .fd = fds[0], .server = fds[1] };
	buf_init(&client->got, SIZE_MAX / 2);
	conns_open(&conns, fds[1], peer);
}

static void open_client(struct client *client)
{
	const struct sockaddr_storage peer = { .ss_family = AF_UNIX };

	open_client_from(client, &peer);
}

static void close_client(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	buf_done(&client->got);
}

static void setup(void)
{
	loop = loop_new();
	arena_init(&arena);
	fake_service_open(&service, loop, &dbd, &arena);
	conns = fake_service_conns(loop, &service, on_closed, on_idle);
	open_client(&c);
}

static void teardown(void)
{
	close_client(&c);
	loop_settle(loop);
	ck_assert_uint_eq(conns.count, 0);
	conns_done(&conns);
	fake_service_close(&service, &dbd);
	arena_done(&arena);
	loop_free(loop);
}

/* Reads everything that has arrived. */
static void read_all(struct client *client)
{
	while (client->fd >= 0) {
		char *room = buf_reserve(&client->got, 65536);
		ssize_t n = recv(client->fd, room, 65536, 0);
		if (n == 0)
			client->ended = true;
		if (n <= 0)
			return;
		buf_commit(&client->got, (size_t)n);
	}
}

static void settle(struct client *client)
{
	for (int i = 0; i < 4; i++) {
		loop_settle(loop);
		read_all(client);
	}
}

static void say(struct client *client, struct str bytes)
{
	ck_assert_int_eq(send(client->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL), (ssize_t)bytes.len);
	settle(client);
}

static bool holds(struct str text, const char *part)
{
	return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

static size_t content_length(struct str head)
{
	const char name[] = "\r\ncontent-length: ";
	const char *field = memmem(head.ptr, head.len, name, strlen(name));

	return field ? strtoul(field + strlen(name), NULL, 10) : 0;
}

/* Consumes a response and checks its status and the beginning of its body. A response to HEAD has
 * no body. */
static void got(struct client *client, enum method method, int status, const char *begins)
{
	struct str bytes = buf_view(&client->got);
	const char *end = memmem(bytes.ptr, bytes.len, "\r\n\r\n", 4);
	char line[32];

	ck_assert_msg(end != NULL, "no response in \"%.*s\"", STR_ARGS(bytes));
	struct str head = { bytes.ptr, (size_t)(end - bytes.ptr) + 4 };
	snprintf(line, sizeof(line), "HTTP/1.1 %d ", status);
	ck_assert_msg(str_starts(bytes, str_from(line)), "got %.40s", bytes.ptr);
	size_t n = method == METHOD_HEAD ? 0 : content_length(head);
	ck_assert_msg(bytes.len >= head.len + n, "got part of a body");
	struct str body = { end + 4, n };
	ck_assert_msg(str_starts(body, str_from(begins)), "got \"%.*s\"", (int)n, body.ptr);
	buf_consume(&client->got, head.len + n);
}

static void got_nothing(struct client *client)
{
	struct str rest = buf_view(&client->got);

	ck_assert_msg(rest.len == 0, "got \"%.*s\"", STR_ARGS(rest));
}

static void got_end(struct client *client)
{
	got_nothing(client);
	ck_assert_msg(client->ended, "the connection is still open");
}

/* The next command that dbd has received. */
static struct command asked(enum action action)
{
	struct command command;

	ck_assert_msg(fake_dbd_take(&dbd, &command), "dbd was not asked");
	ck_assert_int_eq(command.action, action);
	return command;
}

static void not_asked(void)
{
	struct command command;

	ck_assert_msg(!fake_dbd_take(&dbd, &command), "dbd was asked");
}

/* One frame of a reply. */
static void reply_part(
	struct client *client, const struct command *command, unsigned rows, enum more more)
{
	fake_dbd_encode_rows(&dbd, command->id, command->resource, 1, rows, more);
	fake_dbd_send(&dbd);
	settle(client);
}

static void reply(struct client *client, const struct command *command, unsigned rows)
{
	reply_part(client, command, rows, MORE_NO);
}

#define HOST "Host: api.example\r\n"
#define HOME "GET / HTTP/1.1\r\n" HOST "\r\n"
#define LIST "GET /users HTTP/1.1\r\n" HOST "\r\n"

static const char home[] = "{\"message\":";

/* Requests. */

START_TEST(a_connection_stays_open)
{
	for (int i = 0; i < 3; i++) {
		say(&c, STR(HOME));
		ck_assert(!holds(buf_view(&c.got), "connection: close"));
		got(&c, METHOD_GET, 200, home);
	}
	say(&c, STR(LIST));
	got_nothing(&c);
	struct command list = asked(ACTION_LIST);
	reply(&c, &list, 0);
	got(&c, METHOD_GET, 200, "[]");
	say(&c, STR(HOME));
	got(&c, METHOD_GET, 200, home);
	got_nothing(&c);
	ck_assert(!c.ended);
}
END_TEST

START_TEST(a_request_may_come_byte_by_byte)
{
	const struct str request =
		STR("POST /users HTTP/1.1\r\n" HOST "content-type: application/json\r\n"
		    "content-length: 2\r\n\r\n[]" HOME);

	for (size_t i = 0; i < request.len; i++) {
		got_nothing(&c);
		ck_assert_int_eq(send(c.fd, request.ptr + i, 1, 0), 1);
		loop_turn(loop);
		read_all(&c);
		if (i + 1 == request.len - strlen(HOME))
			got(&c, METHOD_POST, 422, "{\"detail\":[{\"type\":\"model_attributes_type");
	}
	got(&c, METHOD_GET, 200, home);
}
END_TEST

/* The first request of a new connection has often arrived before it is accepted. */
START_TEST(a_request_that_came_with_the_connection_is_answered_at_once)
{
	struct sockaddr_storage peer = { .ss_family = AF_UNIX };
	int fds[2];
	char bytes[100];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	ck_assert_int_gt(send(fds[0], HOME, strlen(HOME), 0), 0);
	conns_open(&conns, fds[1], &peer);
	ck_assert_int_gt(recv(fds[0], bytes, sizeof(bytes), 0), 0);
	close(fds[0]);
}
END_TEST

START_TEST(pipelined_requests_are_answered_in_order)
{
	say(&c, STR(LIST HOME "GET /posts HTTP/1.1\r\n" HOST "\r\n" HOME));
	got_nothing(&c);
	struct command users = asked(ACTION_LIST);
	not_asked();
	reply(&c, &users, 0);
	got(&c, METHOD_GET, 200, "[]");
	got(&c, METHOD_GET, 200, home);
	got_nothing(&c);
	struct command posts = asked(ACTION_LIST);
	ck_assert_str_eq(posts.resource->plural, "posts");
	reply(&c, &posts, 1);
	got(&c, METHOD_GET, 200, "[{");
	got(&c, METHOD_GET, 200, home);
	got_nothing(&c);
}
END_TEST

/* While a request waits for dbd, later requests are not read. */
START_TEST(a_request_waits_for_the_one_before_it)
{
	say(&c, STR(LIST));
	struct command list = asked(ACTION_LIST);
	say(&c, STR(HOME));
	say(&c, STR(HOME));
	got_nothing(&c);
	reply(&c, &list, 0);
	got(&c, METHOD_GET, 200, "[]");
	got(&c, METHOD_GET, 200, home);
	got(&c, METHOD_GET, 200, home);
	got_nothing(&c);
}
END_TEST

START_TEST(clients_do_not_wait_for_one_another)
{
	struct client other;

	open_client(&other);
	say(&c, STR(LIST));
	say(&other, STR(LIST));
	struct command first = asked(ACTION_LIST);
	struct command second = asked(ACTION_LIST);
	reply(&other, &second, 0);
	got(&other, METHOD_GET, 200, "[]");
	settle(&c);
	got_nothing(&c);
	say(&other, STR(HOME));
	got(&other, METHOD_GET, 200, home);
	reply(&c, &first, 0);
	got(&c, METHOD_GET, 200, "[]");
	close_client(&other);
}
END_TEST

START_TEST(an_unwanted_body_is_skipped)
{
	say(&c, STR("GET / HTTP/1.1\r\n" HOST "content-length: 5\r\n\r\nGET /" HOME
		    "PUT /nope HTTP/1.1\r\n" HOST "transfer-encoding: chunked\r\n\r\n"
		    "5\r\nGET /\r\n0\r\n\r\n" HOME));
	got(&c, METHOD_GET, 200, home);
	got(&c, METHOD_GET, 200, home);
	got(&c, METHOD_PUT, 404, "{\"detail\":\"Not Found\"}");
	got(&c, METHOD_GET, 200, home);
	got_nothing(&c);
}
END_TEST

START_TEST(head_has_no_content)
{
	say(&c, STR("HEAD / HTTP/1.1\r\n" HOST "\r\nHEAD /users HTTP/1.1\r\n" HOST "\r\n" HOME));
	ck_assert_uint_gt(content_length(buf_view(&c.got)), 0);
	got(&c, METHOD_HEAD, 200, "");
	struct command list = asked(ACTION_LIST);
	reply(&c, &list, 1);
	got(&c, METHOD_HEAD, 200, "");
	got(&c, METHOD_GET, 200, home);
	got_nothing(&c);
}
END_TEST

START_TEST(expect_100_continue_is_answered)
{
	say(&c, STR("POST /users HTTP/1.1\r\n" HOST "content-type: application/json\r\n"
		    "expect: 100-continue\r\ncontent-length: 2\r\n\r\n"));
	ck_assert_slice_eq(buf_view(&c.got), STR("HTTP/1.1 100 Continue\r\n\r\n"));
	buf_reset(&c.got, 0);
	say(&c, STR("[]"));
	got(&c, METHOD_POST, 422, "{\"detail\":[{\"type\":\"model_attributes_type");
	/* Without a body, 100-continue is ignored. */
	say(&c, STR("GET / HTTP/1.1\r\n" HOST "expect: 100-continue\r\n\r\n"));
	got(&c, METHOD_GET, 200, home);
	got_nothing(&c);
}
END_TEST

/* Ends. */

static const struct {
	const char *what;
	struct str request;
} last_requests[] = {
	{ "close", STR_INIT("GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n") },
	{ "close, among others",
		STR_INIT("GET / HTTP/1.1\r\n" HOST "Connection: x, Close\r\n\r\n") },
	{ "HTTP/1.0", STR_INIT("GET / HTTP/1.0\r\n\r\n") },
	{ "HTTP/1.0, keep-alive", STR_INIT("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") },
};

START_TEST(the_connection_ends_if_the_client_wants_it)
{
	say(&c, last_requests[_i].request);
	ck_assert_msg(
		holds(buf_view(&c.got), "\r\nconnection: close\r\n"), "%s", last_requests[_i].what);
	got(&c, METHOD_GET, 200, home);
	got_end(&c);
	ck_assert_uint_eq(closed, 1);
}
END_TEST

START_TEST(requests_after_connection_close_are_ignored)
{
	say(&c, STR("GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n" HOME));
	got(&c, METHOD_GET, 200, home);
	got_end(&c);
}
END_TEST

START_TEST(a_client_that_shuts_down_its_output_is_answered)
{
	say(&c, STR(LIST));
	shutdown(c.fd, SHUT_WR);
	settle(&c);
	ck_assert(!c.ended);
	struct command list = asked(ACTION_LIST);
	reply(&c, &list, 0);
	got(&c, METHOD_GET, 200, "[]");
	got_end(&c);
	ck_assert_uint_eq(closed, 1);
}
END_TEST

START_TEST(requests_before_the_end_of_input_are_answered)
{
	ck_assert_int_gt(send(c.fd, HOME LIST HOME, strlen(HOME LIST HOME), 0), 0);
	shutdown(c.fd, SHUT_WR);
	settle(&c);
	struct command list = asked(ACTION_LIST);
	reply(&c, &list, 0);
	got(&c, METHOD_GET, 200, home);
	got(&c, METHOD_GET, 200, "[]");
	got(&c, METHOD_GET, 200, home);
	got_end(&c);
}
END_TEST

START_TEST(a_partial_request_at_the_end_of_input_is_ignored)
{
	say(&c, STR("GET / HTTP/1.1\r\n"));
	shutdown(c.fd, SHUT_WR);
	settle(&c);
	got_end(&c);
	ck_assert_uint_eq(closed, 1);
}
END_TEST

START_TEST(a_client_that_leaves_while_dbd_works_is_dropped)
{
	say(&c, STR(LIST));
	struct command list = asked(ACTION_LIST);
	close(c.fd);
	c.fd = -1;
	loop_settle(loop);
	ck_assert_uint_eq(conns.count, 0);
	/* The late reply is dropped. */
	codec_encode_done(&dbd.link.out, list.id);
	fake_dbd_send(&dbd);
	loop_settle(loop);
	ck_assert_uint_eq(closed, 1);
}
END_TEST

static const struct {
	const char *what;
	struct str bytes;
	int status;
	const char *body;
} refused[] = {
	{ "not HTTP", STR_INIT("\x16\x03\x01 hello\r\n\r\n"), 400,
		"Invalid HTTP request received." },
	{ "no Host", STR_INIT("GET / HTTP/1.1\r\n\r\n"), 400, "Invalid HTTP request received." },
	{ "a body too large",
		STR_INIT("POST /users HTTP/1.1\r\n" HOST "content-length: 1001\r\n\r\n"), 413,
		"Content Too Large" },
	{ "an unknown coding",
		STR_INIT("POST /users HTTP/1.1\r\n" HOST "transfer-encoding: gzip\r\n\r\n"), 501,
		"Not Implemented" },
};

START_TEST(an_invalid_request_is_refused_and_ends_the_connection)
{
	say(&c, refused[_i].bytes);
	ck_assert_msg(holds(buf_view(&c.got), "\r\nconnection: close\r\n"), "%s", refused[_i].what);
	ck_assert(holds(buf_view(&c.got), "\r\ncontent-type: text/plain; charset=utf-8\r\n"));
	got(&c, METHOD_GET, refused[_i].status, refused[_i].body);
	got_end(&c);
	/* Further input is dropped: closing the socket would reset the answer. */
	ck_assert_uint_eq(closed, 0);
	say(&c, STR(HOME));
	got_nothing(&c);
	shutdown(c.fd, SHUT_WR);
	settle(&c);
	ck_assert_uint_eq(closed, 1);
}
END_TEST

START_TEST(requests_before_an_invalid_one_are_answered_first)
{
	say(&c, STR(HOME LIST "bad\r\n\r\n"));
	got(&c, METHOD_GET, 200, home);
	struct command list = asked(ACTION_LIST);
	reply(&c, &list, 0);
	got(&c, METHOD_GET, 200, "[]");
	got(&c, METHOD_GET, 400, "Invalid");
	got_end(&c);
}
END_TEST

START_TEST(input_after_a_refusal_is_bounded)
{
	static char bytes[64 * 1024];

	say(&c, STR("bad\r\n\r\n"));
	for (int i = 0; i < 200 && closed == 0; i++) {
		(void)!send(c.fd, bytes, sizeof(bytes), MSG_NOSIGNAL);
		loop_turn(loop);
	}
	ck_assert_uint_eq(closed, 1);
}
END_TEST

/* Slow readers. */

START_TEST(a_long_answer_waits_for_its_reader)
{
	enum { ROWS = 40000 };

	say(&c, STR(LIST HOME));
	struct command list = asked(ACTION_LIST);
	fake_dbd_encode_rows(&dbd, list.id, list.resource, 1, ROWS, MORE_NO);
	while (link_flush(&dbd.link) == LINK_AGAIN)
		loop_turn(loop);
	for (int i = 0; i < 100; i++)
		settle(&c);
	ck_assert_uint_gt(content_length(buf_view(&c.got)), ROWS * 10);
	got(&c, METHOD_GET, 200, "[{");
	got(&c, METHOD_GET, 200, home);
	got_nothing(&c);
}
END_TEST

/* Answers in parts. */

static void demanded(enum demand demand, uint64_t id)
{
	enum demand got;
	uint64_t got_id;

	ck_assert_msg(fake_dbd_take_demand(&dbd, &got_id, &got), "nothing was demanded");
	ck_assert_str_eq(demand_name(got), demand_name(demand));
	ck_assert_uint_eq(got_id, id);
}

static const struct {
	enum fault fault;
	int status;
} faults[] = { { FAULT_BUSY, 503 }, { FAULT_STORAGE, 500 }, { FAULT_FULL, 507 } };

START_TEST(faults_have_cors_headers)
{
	service.cors.origins = "https://a.example";
	say(&c, STR("GET /users HTTP/1.1\r\n" HOST "origin: https://a.example\r\n\r\n"));
	struct command list = asked(ACTION_LIST);
	codec_encode_fault(&dbd.link.out, list.id, faults[_i].fault, list.resource, 0);
	fake_dbd_send(&dbd);
	settle(&c);
	ck_assert(holds(buf_view(&c.got),
		"\r\nvary: origin\r\naccess-control-allow-origin: https://a.example\r\n"));
	got(&c, METHOD_GET, faults[_i].status, "{\"detail\":");
}
END_TEST

#define ROW "{\"username\":null,\"email\":null,\"id\":1}"

/* Consumes the head of a response in parts, and checks the exact bytes after it. */
static void got_parts(struct client *client, const char *field, const char *body)
{
	struct str bytes = buf_view(&client->got);
	const char *end = memmem(bytes.ptr, bytes.len, "\r\n\r\n", 4);

	ck_assert_ptr_nonnull(end);
	struct str head = { bytes.ptr, (size_t)(end - bytes.ptr) + 4 };
	ck_assert(!holds(head, "content-length"));
	ck_assert_msg(holds(head, "\r\ntransfer-encoding: chunked\r\n") == (*field == 't') &&
			      holds(head, "\r\nconnection: close\r\n") == (*field == 'c'),
		"%.*s", STR_ARGS(head));
	ck_assert_slice_eq(str_from_index(bytes, head.len), str_from(body));
	buf_consume(&client->got, bytes.len);
}

START_TEST(a_long_answer_is_chunked)
{
	say(&c, STR(LIST HOME));
	struct command list = asked(ACTION_LIST);
	reply_part(&c, &list, 2, MORE_WAITS);
	demanded(DEMAND_NEXT, list.id);
	got_parts(&c, "transfer-encoding", "4c\r\n[" ROW "," ROW "\r\n");
	reply_part(&c, &list, 0, MORE_WAITS);
	demanded(DEMAND_NEXT, list.id);
	got_nothing(&c);
	reply_part(&c, &list, 1, MORE_NO);
	struct str end = STR("27\r\n," ROW "]\r\n0\r\n\r\n");
	ck_assert(str_starts(buf_view(&c.got), end));
	buf_consume(&c.got, end.len);
	got(&c, METHOD_GET, 200, home);
	got_nothing(&c);
	say(&c, STR(LIST));
	list = asked(ACTION_LIST);
	reply(&c, &list, 0);
	got(&c, METHOD_GET, 200, "[]");
}
END_TEST

START_TEST(parts_for_http_1_0_end_with_the_connection)
{
	say(&c, STR("GET /users HTTP/1.0\r\n\r\n"));
	struct command list = asked(ACTION_LIST);
	reply_part(&c, &list, 1, MORE_WAITS);
	demanded(DEMAND_NEXT, list.id);
	got_parts(&c, "connection: close", "[" ROW);
	ck_assert(!c.ended);
	reply_part(&c, &list, 1, MORE_NO);
	ck_assert_slice_eq(buf_view(&c.got), STR("," ROW "]"));
	buf_consume(&c.got, buf_len(&c.got));
	got_end(&c);
}
END_TEST

START_TEST(a_stream_is_cancelled_after_head)
{
	say(&c, STR("HEAD /users HTTP/1.1\r\n" HOST "\r\n" HOME));
	struct command list = asked(ACTION_LIST);
	reply_part(&c, &list, 1, MORE_WAITS);
	demanded(DEMAND_CANCEL, list.id);
	ck_assert(!holds(buf_view(&c.got), "chunked"));
	got(&c, METHOD_HEAD, 200, "");
	got(&c, METHOD_GET, 200, home);
	got_nothing(&c);
}
END_TEST

/* The last chunk is missing, so the client notices. */
START_TEST(an_answer_that_breaks_off_ends_the_connection)
{
	say(&c, STR(LIST));
	struct command list = asked(ACTION_LIST);
	reply_part(&c, &list, 1, MORE_WAITS);
	demanded(DEMAND_NEXT, list.id);
	got_parts(&c, "transfer-encoding", "26\r\n[" ROW "\r\n");
	fake_dbd_hang_up(&dbd);
	loop_await(loop, dbd.listener);
	settle(&c);
	got_end(&c);
}
END_TEST

START_TEST(a_stream_is_cancelled_when_its_client_leaves)
{
	say(&c, STR(LIST));
	struct command list = asked(ACTION_LIST);
	reply_part(&c, &list, 1, MORE_WAITS);
	demanded(DEMAND_NEXT, list.id);
	close(c.fd);
	c.fd = -1;
	loop_settle(loop);
	demanded(DEMAND_CANCEL, list.id);
	ck_assert_uint_eq(closed, 1);
}
END_TEST

/* A slow reader must not make the worker collect its answer. */
START_TEST(a_part_is_demanded_when_the_one_before_is_sent)
{
	enum { ROWS = 1200 };
	int size = 4096;
	unsigned parts = 0;
	uint64_t id;
	enum demand demand;

	setsockopt(c.server, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	ck_assert_int_gt(send(c.fd, LIST, strlen(LIST), 0), 0);
	loop_settle(loop);
	struct command list = asked(ACTION_LIST);
	struct client no_client = { .fd = -1 };
	do {
		reply_part(&no_client, &list, ROWS, MORE_WAITS);
		parts++;
	} while (fake_dbd_take_demand(&dbd, &id, &demand));
	ck_assert_uint_le(parts, 2);
	for (int i = 0; i < 30; i++)
		settle(&c);
	demanded(DEMAND_NEXT, list.id);
	reply_part(&c, &list, 0, MORE_NO);
	ck_assert_uint_gt(buf_len(&c.got), parts * ROWS * strlen(ROW));
	ck_assert(holds(buf_view(&c.got), "]\r\n0\r\n\r\n"));
	buf_done(&no_client.got);
}
END_TEST

/* Answers that are compressed in pieces of GZIP_PART_MAX bytes of JSON. */

enum { PIECES = 4, PACKED_ROWS = 20000 /* some 830 KB */ };

#define PACKED "accept-encoding: gzip\r\n\r\n"

/* Rows that do not compress well. */
static void send_packed_rows(const struct command *command, struct buf *want)
{
	struct record row = { .resource = command->resource };
	struct rows_writer w;

	codec_rows_begin(&w, &dbd.link.out, command->id, command->resource, -1);
	for (unsigned i = 0; i < PACKED_ROWS; i++) {
		unsigned id = i * 2654435761U >> 8;
		record_set(&row, 0, value_int(id));
		codec_rows_add(&w, NULL, &row);
		buf_printf(want, "%c{\"username\":null,\"email\":null,\"id\":%u}",
			i > 0 ? ',' : '[', id);
	}
	buf_char(want, ']');
	codec_rows_end(&w, MORE_NO);
	fake_dbd_send(&dbd);
}

static bool is_last_chunk(const struct client *client)
{
	return holds(buf_view(&client->got), "\r\n0\r\n\r\n");
}

/* Consumes a chunked response, after which nothing may follow, and returns its content. */
static struct str got_chunks(struct client *client)
{
	struct str bytes = buf_view(&client->got);
	const char *end = memmem(bytes.ptr, bytes.len, "\r\n\r\n", 4);
	struct buf content;
	size_t size;

	ck_assert(holds(bytes, "\r\netag: ") && holds(bytes, "-gzip\"\r\n"));
	bytes = str_from_index(bytes, (size_t)(end + 4 - bytes.ptr));
	buf_init(&content, SIZE_MAX / 2);
	do {
		char *behind;
		size = strtoul(bytes.ptr, &behind, 16);
		struct str chunk = { behind + 2, size };
		buf_str(&content, chunk);
		bytes = str_from_index(bytes, (size_t)(chunk.ptr - bytes.ptr) + size + 2);
	} while (size > 0);
	ck_assert_uint_eq(bytes.len, 0);
	buf_consume(&client->got, buf_len(&client->got));
	struct str copy = arena_copy(&arena, buf_view(&content));
	buf_done(&content);
	return copy;
}

static void begin_packing(const char *request, struct buf *want)
{
	service.gzip = gzip_new();
	buf_init(want, SIZE_MAX / 2);
	ck_assert_int_gt(send(c.fd, request, strlen(request), 0), 0);
	loop_settle(loop);
	struct command list = asked(ACTION_LIST);
	send_packed_rows(&list, want);
}

static void end_packing(struct buf *want)
{
	buf_done(want);
	gzip_free(service.gzip);
	service.gzip = NULL;
}

START_TEST(other_clients_are_served_between_two_pieces)
{
	struct client other;
	struct buf want;
	unsigned turns = 0;

	open_client(&other);
	begin_packing("GET /users HTTP/1.1\r\n" HOST PACKED, &want);
	for (; !is_last_chunk(&c); turns++) {
		ck_assert_int_gt(send(other.fd, HOME, strlen(HOME), 0), 0);
		ck_assert_uint_le(turns, 100);
		loop_turn(loop);
		read_all(&c);
		read_all(&other);
		got(&other, METHOD_GET, 200, home);
	}
	ck_assert_uint_ge(turns, PIECES);
	ck_assert_slice_eq(gunzip(&arena, got_chunks(&c)), buf_view(&want));
	say(&c, STR(HOME));
	got(&c, METHOD_GET, 200, home);
	close_client(&other);
	end_packing(&want);
}
END_TEST

START_TEST(pieces_are_made_as_fast_as_they_are_read)
{
	struct buf want;
	int size = 4096;

	setsockopt(c.server, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	begin_packing("GET /users HTTP/1.1\r\n" HOST PACKED HOME, &want);
	for (int i = 0; i < 20; i++)
		loop_settle(loop);
	read_all(&c);
	ck_assert_uint_lt(buf_len(&c.got), 64 * 1024);
	for (int i = 0; i < 1000 && !holds(buf_view(&c.got), home); i++)
		settle(&c);
	struct str bytes = buf_view(&c.got);
	const char *second = memmem(bytes.ptr + 1, bytes.len - 1, "HTTP/1.1 200", 12);
	ck_assert_ptr_nonnull(second);
	c.got.end = c.got.start + (size_t)(second - bytes.ptr);
	ck_assert_slice_eq(gunzip(&arena, got_chunks(&c)), buf_view(&want));
	end_packing(&want);
}
END_TEST

START_TEST(pieces_for_http_1_0_end_with_the_connection)
{
	struct buf want;

	begin_packing("GET /users HTTP/1.0\r\n" PACKED, &want);
	for (int i = 0; i < 100 && !c.ended; i++)
		settle(&c);
	struct str bytes = buf_view(&c.got);
	const char *end = memmem(bytes.ptr, bytes.len, "\r\n\r\n", 4);
	bytes = str_from_index(bytes, (size_t)(end + 4 - bytes.ptr));
	ck_assert_slice_eq(gunzip(&arena, bytes), buf_view(&want));
	buf_consume(&c.got, buf_len(&c.got));
	got_end(&c);
	end_packing(&want);
}
END_TEST

static const char *const cut_short[] = {
	"HEAD /users HTTP/1.1\r\n" HOST PACKED,
	"GET /users HTTP/1.1\r\n" HOST PACKED,
};

/* After a HEAD, or when the client leaves. */
START_TEST(pieces_that_will_not_be_sent_are_not_made)
{
	struct buf want;

	begin_packing(cut_short[_i], &want);
	loop_turn(loop);
	read_all(&c);
	ck_assert(!is_last_chunk(&c));
	if (_i == 0) {
		got(&c, METHOD_HEAD, 200, "");
		say(&c, STR(HOME));
		got(&c, METHOD_GET, 200, home);
	} else {
		close(c.fd);
		c.fd = -1;
		loop_settle(loop);
		ck_assert_uint_eq(closed, 1);
	}
	end_packing(&want);
}
END_TEST

#define OPENAPI "GET /openapi.json HTTP/1.1\r\n" HOST "\r\n"

/* So many that reading pauses until the first answers are sent, over a socket that takes all of
 * those at once: no event follows then, so the connection must go on by itself. */
START_TEST(many_pipelined_requests_are_all_answered)
{
	enum { REQUESTS = 150 };
	int size = 1024 * 1024;

	setsockopt(c.server, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	for (int i = 0; i < REQUESTS; i++)
		ck_assert_int_gt(send(c.fd, OPENAPI, strlen(OPENAPI), 0), 0);
	for (int i = 0; i < 30; i++)
		settle(&c);
	for (int i = 0; i < REQUESTS; i++)
		got(&c, METHOD_GET, 200, "{\"openapi\":");
	got_nothing(&c);
}
END_TEST

/* Long answers from the cache. */

enum { CACHED_ROWS = 12000, CACHED_BYTES = CACHED_ROWS * sizeof(ROW), VERSIONS = 4 };

static struct generations *table;

/* With room for VERSIONS long answers. */
static void use_cache(void)
{
	table = fake_service_use_cache(&service, (size_t)VERSIONS * (CACHED_BYTES + 256));
}

/* The list changes: all its rows have this digit as id. A client reads it, so it is cached. */
static void make_version(int digit)
{
	struct client client;

	generations_mark(table, generations_list(api->resources[0]));
	generations_settle(table, generations_list(api->resources[0]));
	open_client(&client);
	say(&client, STR(LIST));
	struct command list = asked(ACTION_LIST);
	fake_dbd_encode_rows(&dbd, list.id, list.resource, digit, CACHED_ROWS, MORE_NO);
	fake_dbd_send(&dbd);
	settle(&client);
	close_client(&client);
	loop_settle(loop);
}

static void ask_and_read_nothing(struct client *client, struct str requests)
{
	open_client(client);
	ck_assert_int_eq(send(client->fd, requests.ptr, requests.len, 0), (ssize_t)requests.len);
	loop_settle(loop);
}

static void got_version(struct client *client, int digit)
{
	struct str bytes = buf_view(&client->got);
	const char *body = memmem(bytes.ptr, bytes.len, "\r\n\r\n", 4);
	char row[] = "," ROW;

	ck_assert_ptr_nonnull(body);
	body += 4;
	ck_assert_uint_eq(content_length(bytes), CACHED_BYTES + 1);
	ck_assert_uint_ge((size_t)(bytes.ptr + bytes.len - body), CACHED_BYTES + 1);
	row[sizeof(ROW) - 2] = (char)('0' + digit);
	for (unsigned i = 0; i < CACHED_ROWS; i++) {
		row[0] = i > 0 ? ',' : '[';
		ck_assert(memcmp(body + i * (sizeof(row) - 1), row, sizeof(row) - 1) == 0);
	}
	ck_assert_int_eq(body[CACHED_BYTES], ']');
	buf_consume(&client->got, (size_t)(body - bytes.ptr) + CACHED_BYTES + 1);
}

static uint64_t confirm_asked(void)
{
	uint64_t id;

	ck_assert_msg(fake_dbd_take_confirm(&dbd, &id), "no confirm was asked for");
	not_asked();
	return id;
}

static void reply_done(uint64_t id)
{
	codec_encode_done(&dbd.link.out, id);
	fake_dbd_send(&dbd);
}

/* Each waits for a confirm that is sent after the answer to the one before. */
START_TEST(pipelined_cached_answers_stay_in_order)
{
	use_cache();
	generations_set_must_confirm(table, true);
	make_version(1);
	say(&c, STR(LIST HOME LIST HOME));
	for (int round = 0; round < 2; round++) {
		got_nothing(&c);
		reply_done(confirm_asked());
		for (int i = 0; i < 20; i++)
			settle(&c);
		got_version(&c, 1);
		got(&c, METHOD_GET, 200, home);
	}
	got_nothing(&c);
	not_asked();
}
END_TEST

START_TEST(one_confirm_serves_many_clients)
{
	struct client others[20];

	use_cache();
	generations_set_must_confirm(table, true);
	make_version(1);
	for (unsigned i = 0; i < NITEMS(others); i++) {
		open_client(&others[i]);
		ck_assert_int_eq(send(others[i].fd, LIST, strlen(LIST), 0), strlen(LIST));
	}
	loop_settle(loop);
	uint64_t first = confirm_asked();
	close_client(&others[3]);
	loop_settle(loop);
	reply_done(first);
	for (unsigned i = 0; i < NITEMS(others); i++) {
		for (int turn = 0; turn < 20 && i != 3; turn++)
			settle(&others[i]);
		if (i != 3)
			got_version(&others[i], 1);
		close_client(&others[i]);
	}
	not_asked();
}
END_TEST

/* Each answer is the list at the time when the answer is begun. */
START_TEST(a_slow_reader_gets_the_list_of_when_its_answer_began)
{
	struct client slow;

	use_cache();
	make_version(1);
	ask_and_read_nothing(
		&slow, STR(LIST HOME "HEAD /users HTTP/1.1\r\n" HOST "\r\n" LIST HOME));
	make_version(2);
	for (int i = 0; i < 20; i++)
		settle(&slow);
	not_asked();
	got_version(&slow, 1);
	got(&slow, METHOD_GET, 200, home);
	got(&slow, METHOD_HEAD, 200, "");
	got_version(&slow, 2);
	got(&slow, METHOD_GET, 200, home);
	got_nothing(&slow);
	ck_assert(!slow.ended);
	close_client(&slow);
}
END_TEST

static const char *const last_lists[] = { "GET /users HTTP/1.0\r\n\r\n",
	"GET /users HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n" };

START_TEST(a_cached_answer_may_end_the_connection)
{
	struct client slow;

	use_cache();
	make_version(1);
	ask_and_read_nothing(&slow, str_from(last_lists[_i]));
	ck_assert(!slow.ended);
	make_version(2);
	for (int i = 0; i < 20; i++)
		settle(&slow);
	got_version(&slow, 1);
	got_end(&slow);
	close_client(&slow);
}
END_TEST

static void read_to_the_end(struct client *client)
{
	for (int i = 0; i < 20; i++)
		settle(client);
	got_version(client, 1);
	got_nothing(client);
}

static void leave(struct client *client)
{
	close_client(client);
	loop_settle(loop);
}

static void be_stopped(struct client *client)
{
	conns_stop(&conns);
	for (int i = 0; i < 20; i++)
		settle(client);
	got_version(client, 1);
	got_end(client);
	conns.stopping = conns.draining = false;
}

static void (*const ends[])(struct client *client) = {
	read_to_the_end,
	leave,
	be_stopped,
};

/* While pinned versions take up the whole cache, nothing else is cached, until one is unpinned. */
START_TEST(a_cached_answer_is_unpinned_when_it_is_sent_or_its_client_leaves)
{
	struct client slow[VERSIONS], other;

	use_cache();
	for (int i = 0; i < VERSIONS; i++) {
		make_version(i + 1);
		ask_and_read_nothing(&slow[i], STR(LIST));
		not_asked();
	}
	make_version(7);
	make_version(8);
	ask_and_read_nothing(&other, STR(LIST));
	asked(ACTION_LIST);
	close_client(&other);
	loop_settle(loop);
	ends[_i](&slow[0]);
	make_version(9);
	ask_and_read_nothing(&other, STR(LIST));
	not_asked();
	close_client(&other);
	for (int i = 0; i < VERSIONS; i++)
		close_client(&slow[i]);
}
END_TEST

START_TEST(a_cached_answer_is_unpinned_when_its_client_is_dropped)
{
	struct client slow[VERSIONS], other;

	use_cache();
	for (int i = 0; i < VERSIONS; i++) {
		make_version(i + 1);
		conns.write_ms = 100;
		ask_and_read_nothing(&slow[i], STR(LIST));
		conns.write_ms = CONN_WRITE_MS;
	}
	while (conns.count > 1)
		loop_turn(loop);
	make_version(9);
	ask_and_read_nothing(&other, STR(LIST));
	not_asked();
	close_client(&other);
	for (int i = 0; i < VERSIONS; i++)
		close_client(&slow[i]);
}
END_TEST

/* mallinfo2 does not count the allocations of AddressSanitizer and valgrind. */
START_TEST(slow_readers_of_one_answer_share_its_memory)
{
	enum { READERS = 100, BYTES_EACH = 2048 };
	static struct client slow[READERS];

	use_cache();
	make_version(1);
	struct mallinfo2 before = mallinfo2();
	for (int i = 0; i < READERS; i++)
		ask_and_read_nothing(&slow[i], STR(LIST));
	struct mallinfo2 after = mallinfo2();
	ck_assert_uint_lt(after.uordblks + after.hblkhd,
		before.uordblks + before.hblkhd + READERS * BYTES_EACH);
	make_version(2);
	read_to_the_end(&slow[0]);
	for (int i = 0; i < READERS; i++)
		close_client(&slow[i]);
}
END_TEST

/* Timeouts. */

START_TEST(an_idle_connection_is_closed)
{
	struct client other;

	conns.keep_alive_ms = 10;
	open_client(&other);
	say(&other, STR(HOME));
	got(&other, METHOD_GET, 200, home);
	loop_await(loop, other.fd);
	read_all(&other);
	got_end(&other);
	ck_assert_uint_eq(closed, 1);
	close_client(&other);
}
END_TEST

/* Sends these bytes every 5 ms until the connection ends. */
static void trickle(struct client *client, struct str bytes)
{
	uint64_t said = 0;

	while (!client->ended) {
		if (clock_ms() - said >= 5) {
			(void)!send(client->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
			said = clock_ms();
		}
		loop_turn(loop);
		read_all(client);
	}
}

static const struct {
	const char *what;
	struct str start, more;
} trickled[] = {
	{ "a request line", STR_INIT("GET /"), STR_INIT("x") },
	{ "a field", STR_INIT("GET / HTTP/1.1\r\nx: "), STR_INIT("x") },
	{ "fields", STR_INIT("GET / HTTP/1.1\r\n"), STR_INIT("x:") },
	{ "content", STR_INIT("POST /users HTTP/1.1\r\n" HOST "content-length: 900\r\n\r\n"),
		STR_INIT("x") },
	{ "chunks", STR_INIT("POST /users HTTP/1.1\r\n" HOST "transfer-encoding: chunked\r\n\r\n"),
		STR_INIT("1\r\nx\r\n") },
	{ "unwanted content", STR_INIT("GET / HTTP/1.1\r\n" HOST "content-length: 900\r\n\r\n"),
		STR_INIT("x") },
};

/* The first three are part of a head, the others of a body. Each has its own timeout, which further
 * bytes do not prolong. */
START_TEST(a_request_that_exceeds_its_timeout_is_refused)
{
	*(_i < 3 ? &conns.header_ms : &conns.body_ms) = 100;
	say(&c, trickled[_i].start);
	trickle(&c, trickled[_i].more);
	got(&c, METHOD_GET, 408, "Request Timeout");
	got_end(&c);
}
END_TEST

START_TEST(a_body_timeout_has_cors_headers)
{
	conns.body_ms = 10;
	service.cors.origins = "*";
	say(&c, STR("POST /users HTTP/1.1\r\n" HOST "origin: https://a.example\r\ncookie: a=b\r\n"
		    "content-length: 900\r\n\r\n"));
	trickle(&c, STR("x"));
	ck_assert(holds(buf_view(&c.got),
		"\r\nvary: origin\r\naccess-control-allow-origin: https://a.example\r\n"));
	got(&c, METHOD_POST, 408, "Request Timeout");
	got_end(&c);
}
END_TEST

/* The timeout of the body begins at the end of the head. */
START_TEST(a_body_may_take_longer_than_a_head)
{
	conns.header_ms = 20;
	say(&c, STR("POST /users HTTP/1.1\r\n" HOST "content-type: application/json\r\n"
		    "content-length: 2\r\n\r\n"));
	uint64_t began = clock_ms();
	while (clock_ms() - began < 3 * conns.header_ms)
		loop_turn(loop);
	say(&c, STR("[]"));
	got(&c, METHOD_POST, 422, "{\"detail\":[{\"type\":\"model_attributes_type");
}
END_TEST

/* Empty lines before a request are skipped and do not count as its start. */
START_TEST(empty_lines_do_not_prolong_the_keep_alive_time)
{
	conns.keep_alive_ms = 100;
	say(&c, STR(HOME));
	got(&c, METHOD_GET, 200, home);
	trickle(&c, STR("\r\n"));
	got_end(&c);
}
END_TEST

/* Its stream in dbd is cancelled too. Before that, it reads so little that the socket does not
 * become writable, but enough for its timeout. */
START_TEST(a_client_that_stops_reading_is_dropped)
{
	enum { ROWS = 12000, TIMES = 2 };
	struct client no_client = { .fd = -1 };
	char bytes[40 * 1024];

	conns.write_ms = 1000;
	ck_assert_int_gt(send(c.fd, LIST, strlen(LIST), 0), 0);
	loop_settle(loop);
	struct command list = asked(ACTION_LIST);
	reply_part(&no_client, &list, ROWS, MORE_WAITS);
	for (int i = 0; i < TIMES; i++) {
		uint64_t began = clock_ms();
		ck_assert_int_gt(recv(c.fd, bytes, sizeof(bytes), 0), 0);
		while (clock_ms() - began < conns.write_ms / 2)
			loop_turn(loop);
		ck_assert_uint_eq(closed, 0);
	}
	while (closed == 0)
		loop_turn(loop);
	demanded(DEMAND_CANCEL, list.id);
	buf_done(&no_client.got);
}
END_TEST

/* It goes on reading, but less than CONN_WRITE_BYTES per period. */
START_TEST(a_client_that_reads_too_slowly_is_dropped)
{
	enum { ROWS = 12000, LITTLE = 100 };
	struct client no_client = { .fd = -1 };
	char bytes[LITTLE];
	uint64_t took = 0;

	conns.write_ms = 200;
	ck_assert_int_gt(send(c.fd, LIST, strlen(LIST), 0), 0);
	loop_settle(loop);
	struct command list = asked(ACTION_LIST);
	reply_part(&no_client, &list, ROWS, MORE_WAITS);
	while (closed == 0) {
		if (clock_ms() - took >= 10) {
			ck_assert_int_gt(recv(c.fd, bytes, sizeof(bytes), 0), 0);
			took = clock_ms();
		}
		loop_turn(loop);
	}
	demanded(DEMAND_CANCEL, list.id);
	buf_done(&no_client.got);
}
END_TEST

/* The socket holds the whole answer and the end of the connection; the client reads neither. */
START_TEST(a_client_that_does_not_read_the_end_is_dropped)
{
	char byte;

	conns.keep_alive_ms = conns.write_ms = 50;
	ck_assert_int_gt(send(c.fd, HOME, strlen(HOME), 0), 0);
	while (closed == 0) {
		loop_turn(loop);
		ck_assert_int_eq(recv(c.fd, &byte, 1, MSG_PEEK), 1);
	}
	ck_assert_uint_eq(conns.count, 0);
}
END_TEST

/* It sends requests and reads nothing. The answers made beyond what its socket holds are bounded,
 * and so are the requests read. */
START_TEST(a_client_that_only_sends_is_not_read)
{
	enum { RETIRING = 1000 * 1000, STILL = 20, SOCKET = 64 * 1024, BOUND = 64 * 1024 };
	int size = SOCKET, still = 0;
	size_t asked_for = 0;

	setsockopt(c.server, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(c.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	conns.retire_after = RETIRING;
	while (still < STILL) {
		ssize_t n = send(c.fd, OPENAPI, strlen(OPENAPI), 0);
		still = n < 0 ? still + 1 : 0;
		asked_for += n < 0 ? 0 : (size_t)n;
		loop_turn(loop);
	}
	size_t answers = (size_t)(RETIRING - conns.retire_after);
	read_all(&c);
	size_t length = content_length(buf_view(&c.got));
	ck_assert_uint_gt(length, 0);
	ck_assert_uint_lt(answers * length, buf_len(&c.got) + BOUND);
	ck_assert_uint_lt(asked_for, 2 * SOCKET + BOUND);
}
END_TEST

/* Limits. */

START_TEST(the_longest_idle_connection_is_evicted)
{
	struct client second, third;

	conns.limit = 2;
	open_client(&second);
	say(&c, STR(HOME));
	got(&c, METHOD_GET, 200, home);
	open_client(&third);
	ck_assert_uint_eq(conns.count, 2);
	settle(&second);
	got_end(&second);
	say(&c, STR(LIST));
	struct command list = asked(ACTION_LIST);
	/* A connection whose request is in progress is not idle. */
	close_client(&second);
	open_client(&second);
	settle(&third);
	got_end(&third);
	reply(&c, &list, 0);
	got(&c, METHOD_GET, 200, "[]");
	close_client(&second);
	close_client(&third);
}
END_TEST

/* Its request has arrived, although the loop has not reported it yet. */
START_TEST(a_connection_whose_request_has_arrived_is_not_evicted)
{
	struct client second, third;

	conns.limit = 2;
	open_client(&second);
	ck_assert_int_gt(send(c.fd, HOME, strlen(HOME), 0), 0);
	open_client(&third);
	ck_assert_uint_eq(conns.count, 2);
	settle(&c);
	got(&c, METHOD_GET, 200, home);
	settle(&second);
	got_end(&second);
	close_client(&second);
	close_client(&third);
}
END_TEST

START_TEST(a_lingering_connection_is_evicted_first)
{
	struct client refused_one, third;

	conns.limit = 2;
	open_client(&refused_one);
	say(&refused_one, STR("bad\r\n\r\n"));
	got(&refused_one, METHOD_GET, 400, "Invalid");
	ck_assert_uint_eq(closed, 0);
	open_client(&third);
	ck_assert_uint_eq(closed, 1);
	say(&c, STR(HOME));
	got(&c, METHOD_GET, 200, home);
	close_client(&refused_one);
	close_client(&third);
}
END_TEST

START_TEST(busy_connections_are_not_evicted)
{
	struct client half;

	conns.limit = 2;
	open_client(&half);
	ck_assert(!conns_full(&conns));
	say(&half, STR("GET"));
	ck_assert(!conns_full(&conns));
	say(&c, STR(LIST));
	ck_assert(conns_full(&conns));
	unsigned before = idle;
	struct command list = asked(ACTION_LIST);
	reply(&c, &list, 0);
	ck_assert_uint_eq(idle, before + 1);
	ck_assert(!conns_full(&conns));
	say(&c, STR("GET"));
	ck_assert(conns_full(&conns));
	close_client(&half);
	loop_settle(loop);
	ck_assert(!conns_full(&conns));
}
END_TEST

START_TEST(connections_per_address_are_limited)
{
	const struct sockaddr_storage peer = { .ss_family = AF_INET };
	struct client clients[3];

	conns.limit_per_address = 2;
	for (unsigned i = 0; i < NITEMS(clients); i++)
		open_client_from(&clients[i], &peer);
	settle(&clients[2]);
	ck_assert(holds(buf_view(&clients[2].got), "\r\nretry-after: 1\r\n"));
	got(&clients[2], METHOD_GET, 503, "Service Unavailable");
	got_end(&clients[2]);
	/* It lingers, and does not count any more. */
	ck_assert_uint_eq(conns.count, 4);
	close_client(&clients[1]);
	loop_settle(loop);
	open_client_from(&clients[1], &peer);
	for (unsigned i = 0; i < 2; i++) {
		say(&clients[i], STR(HOME));
		got(&clients[i], METHOD_GET, 200, home);
	}
	for (unsigned i = 0; i < NITEMS(clients); i++)
		close_client(&clients[i]);
	loop_settle(loop);
	ck_assert_uint_eq(conns.addresses.count, 0);
}
END_TEST

START_TEST(concurrent_requests_are_limited)
{
	struct client second;

	conns.limit_concurrency = 1;
	service.cors.origins = "*";
	say(&c, STR(HOME));
	got(&c, METHOD_GET, 200, home);
	open_client(&second);
	say(&second, STR("HEAD / HTTP/1.1\r\n" HOST "origin: https://a.example\r\n\r\n" HOME));
	ck_assert(holds(buf_view(&second.got), "\r\nretry-after: 1\r\n"));
	ck_assert(holds(buf_view(&second.got), "\r\naccess-control-allow-origin: *\r\n"));
	ck_assert(holds(buf_view(&second.got), "\r\nconnection: close\r\n"));
	got(&second, METHOD_HEAD, 503, "");
	got_end(&second);
	/* It lingers, and does not count any more. */
	say(&c, STR("POST /users HTTP/1.1\r\n" HOST "content-length: 5\r\n\r\n"));
	got_nothing(&c);
	close_client(&second);
	open_client(&second);
	say(&second, STR("POST /users HTTP/1.1\r\n" HOST "expect: 100-continue\r\n"
			 "content-length: 5\r\n\r\n"));
	got(&second, METHOD_POST, 503, "Service Unavailable");
	got_end(&second);
	close_client(&second);
}
END_TEST

/* Stopping. */

START_TEST(a_stop_closes_idle_connections)
{
	say(&c, STR(HOME));
	got(&c, METHOD_GET, 200, home);
	conns_stop(&conns);
	ck_assert_uint_eq(conns.count, 0);
	read_all(&c);
	got_end(&c);
}
END_TEST

/* The client may be about to send a request. */
START_TEST(a_stop_answers_one_more_request_of_active_clients)
{
	say(&c, STR(HOME));
	got(&c, METHOD_GET, 200, home);
	conns.last_ms = 60 * 1000;
	conns_stop(&conns);
	settle(&c);
	ck_assert(!c.ended);
	say(&c, STR(HOME));
	ck_assert(holds(buf_view(&c.got), "\r\nconnection: close\r\n"));
	got(&c, METHOD_GET, 200, home);
	got_end(&c);
}
END_TEST

/* The client has just connected and counts as active. */
START_TEST(a_stop_waits_for_active_clients_for_last_ms_only)
{
	conns.last_ms = 10;
	conns_stop(&conns);
	ck_assert_uint_eq(conns.count, 1);
	loop_await(loop, c.fd);
	read_all(&c);
	got_end(&c);
	ck_assert_uint_eq(conns.count, 0);
}
END_TEST

/* Empty lines before a request do not count as its start. */
START_TEST(a_stop_does_not_wait_for_empty_lines)
{
	conns.last_ms = 10;
	conns_stop(&conns);
	trickle(&c, STR("\r\n"));
	ck_assert_uint_eq(conns.count, 0);
}
END_TEST

static uint64_t passed_ns;

static uint64_t shifted_clock(void)
{
	return clock_ns() + passed_ns;
}

/* Lets so many milliseconds pass for the loop, from its next turn on. */
static void pass_ms(uint64_t ms)
{
	loop_set_clock(loop, shifted_clock);
	passed_ns += ms * 1000000;
}

START_TEST(a_stop_does_not_wait_for_clients_that_were_idle_longer)
{
	say(&c, STR(HOME));
	got(&c, METHOD_GET, 200, home);
	conns.last_ms = 60 * 1000;
	pass_ms(CONN_LATELY_MS + 1);
	loop_turn(loop);
	conns_stop(&conns);
	ck_assert_uint_eq(conns.count, 0);
	read_all(&c);
	got_end(&c);
}
END_TEST

static void send_late(struct watch *watch, uint32_t events)
{
	(void)events;
	loop_remove(loop, watch);
	ck_assert_int_gt(send(c.fd, HOME, strlen(HOME), 0), 0);
}

/* The client sends a request after the loop has collected events, and before it checks timers. */
static void send_with_the_timeout(void)
{
	struct watch late = { eventfd(1, EFD_CLOEXEC), send_late };

	ck_assert_int_eq(loop_add(loop, &late, EPOLLIN), 0);
	pass_ms(11);
	loop_turn(loop);
	close(late.fd);
	settle(&c);
}

START_TEST(a_stop_answers_a_request_that_arrives_with_the_timeout)
{
	conns.last_ms = 10;
	conns_stop(&conns);
	send_with_the_timeout();
	got(&c, METHOD_GET, 200, home);
	got_end(&c);
}
END_TEST

START_TEST(a_request_that_arrives_with_the_keep_alive_timeout_is_answered)
{
	struct client other = c;

	conns.keep_alive_ms = 10;
	open_client(&c);
	send_with_the_timeout();
	got(&c, METHOD_GET, 200, home);
	/* The keep-alive time begins again. */
	ck_assert(!c.ended);
	loop_await(loop, c.fd);
	read_all(&c);
	got_end(&c);
	close_client(&c);
	c = other;
}
END_TEST

START_TEST(a_drain_answers_one_more_request_of_idle_clients)
{
	say(&c, STR(HOME));
	got(&c, METHOD_GET, 200, home);
	conns_drain(&conns);
	settle(&c);
	ck_assert(!c.ended);
	ck_assert_uint_eq(conns.count, 1);
	say(&c, STR(HOME));
	ck_assert(holds(buf_view(&c.got), "\r\nconnection: close\r\n"));
	got(&c, METHOD_GET, 200, home);
	got_end(&c);
}
END_TEST

static unsigned retirements;

static void on_retiring(struct conns *all)
{
	ck_assert_ptr_eq(all, &conns);
	retirements++;
}

START_TEST(the_worker_retires_once_after_its_number_of_answers)
{
	conns.retire_after = 3;
	conns.on_retiring = on_retiring;
	for (unsigned n = 1; n <= 5; n++) {
		say(&c, STR(HOME));
		got(&c, METHOD_GET, 200, home);
		ck_assert_uint_eq(retirements, n >= 3);
	}
}
END_TEST

START_TEST(a_stop_answers_requests_that_have_arrived)
{
	ck_assert_int_gt(send(c.fd, HOME, strlen(HOME), 0), 0);
	conns_stop(&conns);
	settle(&c);
	ck_assert(holds(buf_view(&c.got), "\r\nconnection: close\r\n"));
	got(&c, METHOD_GET, 200, home);
	got_end(&c);
}
END_TEST

START_TEST(a_stop_completes_requests_in_progress)
{
	struct client half;

	open_client(&half);
	say(&c, STR(LIST HOME));
	say(&half, STR("GET / HTTP/1.1\r\n"));
	struct command list = asked(ACTION_LIST);
	conns_stop(&conns);
	settle(&c);
	ck_assert_uint_eq(conns.count, 2);
	say(&half, STR(HOST "\r\n"));
	ck_assert(holds(buf_view(&half.got), "\r\nconnection: close\r\n"));
	got(&half, METHOD_GET, 200, home);
	got_end(&half);
	reply(&c, &list, 0);
	ck_assert(holds(buf_view(&c.got), "\r\nconnection: close\r\n"));
	got(&c, METHOD_GET, 200, "[]");
	got_end(&c);
	close_client(&half);
}
END_TEST

/* The connection is closed although its last answer does not say "connection: close". */
START_TEST(a_stop_closes_connections_when_their_answers_are_sent)
{
	enum { REQUESTS = 3 }; /* few enough to be answered in one turn */
	int size = 4096;

	setsockopt(c.server, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	for (int i = 0; i < REQUESTS; i++)
		ck_assert_int_gt(send(c.fd, OPENAPI, strlen(OPENAPI), 0), 0);
	/* One turn, in which the client reads nothing. */
	loop_turn(loop);
	conns_stop(&conns);
	ck_assert_uint_eq(conns.count, 1);
	for (int i = 0; i < 30 && !c.ended; i++)
		settle(&c);
	for (int i = 0; i < REQUESTS; i++)
		got(&c, METHOD_GET, 200, "{\"openapi\":");
	got_end(&c);
	ck_assert_uint_eq(conns.count, 0);
}
END_TEST

/* Tests; one with several cases is called with the index of each. */
static const struct {
	const TTest *const *test;
	int cases;
} all[] = {
	{ &a_connection_stays_open, 1 },
	{ &a_request_may_come_byte_by_byte, 1 },
	{ &a_request_that_came_with_the_connection_is_answered_at_once, 1 },
	{ &pipelined_requests_are_answered_in_order, 1 },
	{ &a_request_waits_for_the_one_before_it, 1 },
	{ &clients_do_not_wait_for_one_another, 1 },
	{ &an_unwanted_body_is_skipped, 1 },
	{ &head_has_no_content, 1 },
	{ &expect_100_continue_is_answered, 1 },
	{ &the_connection_ends_if_the_client_wants_it, (int)NITEMS(last_requests) },
	{ &requests_after_connection_close_are_ignored, 1 },
	{ &a_client_that_shuts_down_its_output_is_answered, 1 },
	{ &requests_before_the_end_of_input_are_answered, 1 },
	{ &a_partial_request_at_the_end_of_input_is_ignored, 1 },
	{ &a_client_that_leaves_while_dbd_works_is_dropped, 1 },
	{ &an_invalid_request_is_refused_and_ends_the_connection, (int)NITEMS(refused) },
	{ &requests_before_an_invalid_one_are_answered_first, 1 },
	{ &input_after_a_refusal_is_bounded, 1 },
	{ &a_long_answer_waits_for_its_reader, 1 },
	{ &faults_have_cors_headers, (int)NITEMS(faults) },
	{ &a_long_answer_is_chunked, 1 },
	{ &parts_for_http_1_0_end_with_the_connection, 1 },
	{ &a_stream_is_cancelled_after_head, 1 },
	{ &an_answer_that_breaks_off_ends_the_connection, 1 },
	{ &a_stream_is_cancelled_when_its_client_leaves, 1 },
	{ &a_part_is_demanded_when_the_one_before_is_sent, 1 },
	{ &other_clients_are_served_between_two_pieces, 1 },
	{ &pieces_are_made_as_fast_as_they_are_read, 1 },
	{ &pieces_for_http_1_0_end_with_the_connection, 1 },
	{ &pieces_that_will_not_be_sent_are_not_made, (int)NITEMS(cut_short) },
	{ &many_pipelined_requests_are_all_answered, 1 },
	{ &pipelined_cached_answers_stay_in_order, 1 },
	{ &one_confirm_serves_many_clients, 1 },
	{ &a_slow_reader_gets_the_list_of_when_its_answer_began, 1 },
	{ &a_cached_answer_may_end_the_connection, (int)NITEMS(last_lists) },
	{ &a_cached_answer_is_unpinned_when_it_is_sent_or_its_client_leaves, (int)NITEMS(ends) },
	{ &a_cached_answer_is_unpinned_when_its_client_is_dropped, 1 },
	{ &slow_readers_of_one_answer_share_its_memory, 1 },
	{ &a_request_that_exceeds_its_timeout_is_refused, (int)NITEMS(trickled) },
	{ &a_body_timeout_has_cors_headers, 1 },
	{ &a_body_may_take_longer_than_a_head, 1 },
	{ &empty_lines_do_not_prolong_the_keep_alive_time, 1 },
	{ &a_client_that_stops_reading_is_dropped, 1 },
	{ &a_client_that_reads_too_slowly_is_dropped, 1 },
	{ &a_client_that_does_not_read_the_end_is_dropped, 1 },
	{ &a_client_that_only_sends_is_not_read, 1 },
	{ &the_longest_idle_connection_is_evicted, 1 },
	{ &a_lingering_connection_is_evicted_first, 1 },
	{ &busy_connections_are_not_evicted, 1 },
	{ &connections_per_address_are_limited, 1 },
	{ &concurrent_requests_are_limited, 1 },
	{ &a_stop_closes_idle_connections, 1 },
	{ &a_drain_answers_one_more_request_of_idle_clients, 1 },
	{ &the_worker_retires_once_after_its_number_of_answers, 1 },
	{ &a_stop_answers_one_more_request_of_active_clients, 1 },
	{ &a_stop_waits_for_active_clients_for_last_ms_only, 1 },
	{ &a_stop_does_not_wait_for_empty_lines, 1 },
	{ &a_stop_does_not_wait_for_clients_that_were_idle_longer, 1 },
	{ &a_stop_answers_a_request_that_arrives_with_the_timeout, 1 },
	{ &a_request_that_arrives_with_the_keep_alive_timeout_is_answered, 1 },
	{ &a_connection_whose_request_has_arrived_is_not_evicted, 1 },
	{ &a_stop_answers_requests_that_have_arrived, 1 },
	{ &a_stop_completes_requests_in_progress, 1 },
	{ &a_stop_closes_connections_when_their_answers_are_sent, 1 },
};

Suite *test_suite(void)
{
	Suite *suite = suite_create("conn");
	TCase *tests = tcase_create("conn"), *bare = tcase_create("bare");

	tcase_add_checked_fixture(tests, setup, teardown);
	for (size_t i = 0; i < NITEMS(all); i++)
		tcase_add_loop_test(tests, *all[i].test, 0, all[i].cases);
	suite_add_tcase(suite, tests);
	tcase_set_tags(bare, "bare");
	tcase_add_checked_fixture(bare, setup, teardown);
	tcase_add_test(bare, an_idle_connection_is_closed);
	suite_add_tcase(suite, bare);
	return suite;
}

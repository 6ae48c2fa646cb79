/* The API over HTTP for one client: resources, methods and the rules of HTTP/1.1. tests/contract
 * has the exact answers to unusual input. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

#define ADA   "{\"username\":\"ada\",\"email\":\"ada@example.com\"}"
#define BOB   "{\"username\":\"bob\",\"email\":\"bob@example.com\"}"
#define ADA_1 "{\"username\":\"ada\",\"email\":\"ada@example.com\",\"id\":1}"
#define HELLO "{\"title\":\"Hello\",\"content\":\"World\"}"
#define HELLO_1                                                                                    \
	"{\"title\":\"Hello\",\"content\":\"World\",\"id\":1,\"user_id\":1,\"date_posted\":\"*\"}"
#define HOME     "{\"message\":\"FastAPI SQLAlchemy CRUD example\"}"
#define NO_USER  "{\"detail\":\"User not found\"}"
#define NO_POST  "{\"detail\":\"Post not found\"}"
#define CONFLICT "{\"detail\":\"Username or email already exists\"}"
#define REFUSED  "Invalid HTTP request received."

enum {
	MEBIBYTE = 1024 * 1024,
	BODY_LIMIT = MEBIBYTE + 4096 /* the default of --limit-body: 1 MiB of text and 4 KiB of
					JSON */
};

static struct postern server;
static struct http_client client;

static void setup(void)
{
	postern_start(&server, &(struct postern_plan){ 0 });
	http_client_open(&client, server.port);
}

static void teardown(void)
{
	http_client_close(&client);
	postern_stop(&server);
	postern_done(&server);
}

/* Replaces each date by a star. */
static struct str mask_dates(struct str body)
{
	static const char name[] = "\"date_posted\":\"";
	const char *end = body.ptr + body.len;
	struct buf masked;

	buf_init(&masked, SIZE_MAX / 2);
	for (const char *at;
		(at = memmem(body.ptr, (size_t)(end - body.ptr), name, strlen(name)));) {
		at += strlen(name);
		buf_append(&masked, body.ptr, (size_t)(at - body.ptr));
		buf_char(&masked, '*');
		body.ptr = memchr(at, '"', (size_t)(end - at));
		ck_assert_ptr_nonnull(body.ptr);
	}
	buf_append(&masked, body.ptr, (size_t)(end - body.ptr));
	struct str copy = arena_copy(&client.arena, buf_view(&masked));
	buf_done(&masked);
	return copy;
}

/* Resources. */

static const struct step {
	const char *method, *target, *body;
	int status;
	const char *answer;
} life[] = {
	{ "GET", "/", NULL, 200, HOME },
	{ "GET", "/users", NULL, 200, "[]" },
	{ "GET", "/posts", NULL, 200, "[]" },
	{ "GET", "/users/1", NULL, 404, NO_USER },
	{ "POST", "/users", ADA, 201, ADA_1 },
	{ "POST", "/users", ADA, 409, CONFLICT },
	{ "POST", "/users", "{\"username\":\"bob\",\"email\":\"ada@example.com\"}", 409, CONFLICT },
	{ "POST", "/users", "{\"username\":\"bob\"}", 422,
		"{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"email\"],"
		"\"msg\":\"Field required\",\"input\":{\"username\":\"bob\"}}]}" },
	{ "POST", "/users", BOB, 201,
		"{\"username\":\"bob\",\"email\":\"bob@example.com\",\"id\":2}" },
	{ "GET", "/users", NULL, 200,
		"[" ADA_1 ",{\"username\":\"bob\",\"email\":\"bob@example.com\",\"id\":2}]" },
	{ "GET", "/users/1", NULL, 200,
		"{\"username\":\"ada\",\"email\":\"ada@example.com\",\"id\":1,\"posts\":[]}" },
	{ "POST", "/users/1/posts", HELLO, 201, HELLO_1 },
	{ "POST", "/users/9/posts", HELLO, 404, NO_USER },
	{ "POST", "/users/2/posts", "{\"title\":\"\",\"content\":\"x\"}", 422, NULL },
	{ "POST", "/users/2/posts", "{\"title\":\"Bob's\",\"content\":\"x\"}", 201, NULL },
	{ "GET", "/posts", NULL, 200,
		"[" HELLO_1 ",{\"title\":\"Bob's\",\"content\":\"x\",\"id\":2,\"user_id\":2,"
		"\"date_posted\":\"*\"}]" },
	{ "GET", "/posts/1", NULL, 200, HELLO_1 },
	{ "GET", "/posts/9", NULL, 404, NO_POST },
	{ "GET", "/users/1", NULL, 200,
		"{\"username\":\"ada\",\"email\":\"ada@example.com\",\"id\":1,\"posts\":[" HELLO_1
		"]}" },
	{ "PATCH", "/posts/2", "{\"content\":\"y\"}", 200,
		"{\"title\":\"Bob's\",\"content\":\"y\",\"id\":2,\"user_id\":2,\"date_posted\":\"*"
		"\"}" },
	{ "PATCH", "/posts/9", "{\"content\":\"y\"}", 404, NO_POST },
	{ "PATCH", "/users/2", "{\"username\":\"ada\"}", 409, CONFLICT },
	{ "PATCH", "/users/2", "{\"username\":\"eve\"}", 200,
		"{\"username\":\"eve\",\"email\":\"bob@example.com\",\"id\":2}" },
	{ "PATCH", "/users/9", "{}", 404, NO_USER },
	{ "DELETE", "/posts/2", NULL, 204, "" },
	{ "DELETE", "/posts/2", NULL, 404, NO_POST },
	{ "DELETE", "/users/1", NULL, 204, "" },
	{ "DELETE", "/users/1", NULL, 404, NO_USER },
	{ "GET", "/posts", NULL, 200, "[]" },
	{ "GET", "/users", NULL, 200,
		"[{\"username\":\"eve\",\"email\":\"bob@example.com\",\"id\":2}]" },
	{ "GET", "/users/99999999999999999999", NULL, 404, NO_USER },
	{ "GET", "/users/abc", NULL, 422, NULL },
	{ "GET", "/nothing", NULL, 404, "{\"detail\":\"Not Found\"}" },
	{ "PUT", "/users", "{}", 405, "{\"detail\":\"Method Not Allowed\"}" },
};

START_TEST(test_resources_are_created_changed_and_deleted)
{
	char asked[256];

	for (size_t i = 0; i < NITEMS(life); i++) {
		const struct step *s = &life[i];
		struct answer a = http_client_ask(&client, s->method, s->target, s->body);
		snprintf(asked, sizeof(asked), "step %zu, %s %s", i, s->method, s->target);
		a.body = mask_dates(a.body);
		http_client_expect(&a, asked, s->status, s->answer);
		if (s->status != 204)
			ck_assert_slice_eq(
				answer_field(&a, "content-type"), STR("application/json"));
		else
			ck_assert_ptr_null(answer_field(&a, "content-type").ptr);
	}
}
END_TEST

/* A NUL is an ordinary character, also in SQLite's database. */
START_TEST(test_a_nul_is_stored_and_compared)
{
	static const char with[] = "{\"username\":\"a\\u0000b\",\"email\":\"a@example.com\"}";
	static const char without[] = "{\"username\":\"a\",\"email\":\"b@example.com\"}";
	static const char same[] = "{\"username\":\"a\\u0000b\",\"email\":\"c@example.com\"}";
	struct answer a = http_client_ask(&client, "POST", "/users", with);

	http_client_expect(&a, "a name with a NUL", 201,
		"{\"username\":\"a\\u0000b\",\"email\":\"a@example.com\",\"id\":1}");
	a = http_client_ask(&client, "POST", "/users", without);
	http_client_expect(&a, "the name up to the NUL", 201, NULL);
	a = http_client_ask(&client, "POST", "/users", same);
	http_client_expect(&a, "the same name", 409, CONFLICT);
	a = http_client_ask(&client, "GET", "/users/1", NULL);
	http_client_expect(&a, "reading it", 200,
		"{\"username\":\"a\\u0000b\",\"email\":\"a@example.com\",\"id\":1,\"posts\":[]}");
}
END_TEST

/* Methods and paths. */

static const struct {
	const char *target, *allow;
} paths[] = {
	{ "/", "GET, HEAD, OPTIONS" },
	{ "/users", "GET, HEAD, POST, OPTIONS" },
	{ "/users/1", "GET, HEAD, PATCH, DELETE, OPTIONS" },
	{ "/users/1/posts", "POST, OPTIONS" },
	{ "/posts", "GET, HEAD, OPTIONS" },
	{ "/posts/1", "GET, HEAD, PATCH, DELETE, OPTIONS" },
	{ "/openapi.json", "GET, HEAD, OPTIONS" },
};

/* RFC 9110 9.3.7: the methods of the server as a whole. */
START_TEST(test_options_of_the_server_names_all_methods)
{
	struct answer a = http_client_ask(&client, "OPTIONS", "*", NULL);

	http_client_expect(&a, "OPTIONS *", 204, "");
	ck_assert_slice_eq(
		answer_field(&a, "allow"), STR("GET, POST, PATCH, DELETE, HEAD, OPTIONS"));
	ck_assert_ptr_null(answer_field(&a, "content-type").ptr);
	a = http_client_ask(&client, "GET", "*", NULL);
	http_client_expect(&a, "GET *", 400, "Invalid HTTP request received.");
	http_client_expect_end(&client);
}
END_TEST

/* True if both lists have the same methods. */
static bool same_methods(struct str got, const char *want)
{
	char left[128], method[16];
	int n;

	if (!got.ptr || got.len != strlen(want))
		return false;
	snprintf(left, sizeof(left), ", %.*s,", STR_ARGS(got));
	for (; sscanf(want, "%15[A-Z]%n", method, &n) == 1; want += want[n] ? n + 2 : n) {
		char find[24];
		snprintf(find, sizeof(find), ", %s,", method);
		if (!strstr(left, find))
			return false;
	}
	return true;
}

START_TEST(test_options_and_405_name_the_methods)
{
	for (size_t i = 0; i < NITEMS(paths); i++) {
		struct answer a = http_client_ask(&client, "OPTIONS", paths[i].target, NULL);
		http_client_expect(&a, paths[i].target, 204, "");
		ck_assert_msg(same_methods(answer_field(&a, "allow"), paths[i].allow),
			"OPTIONS %s: %s", paths[i].target, a.head.ptr);
		a = http_client_ask(&client, "PUT", paths[i].target, "{}");
		http_client_expect(&a, paths[i].target, 405, "{\"detail\":\"Method Not Allowed\"}");
		ck_assert_msg(same_methods(answer_field(&a, "allow"), paths[i].allow), "PUT %s: %s",
			paths[i].target, a.head.ptr);
	}
}
END_TEST

/* RFC 9110 9.3.2: the fields of GET, without the content. */
START_TEST(test_head_is_get_without_content)
{
	static const char *const targets[] = { "/", "/users", "/users/1", "/users/9", "/posts",
		"/posts/1", "/openapi.json", "/nothing" };

	http_client_ask(&client, "POST", "/users", ADA);
	http_client_ask(&client, "POST", "/users/1/posts", HELLO);
	for (size_t i = 0; i < NITEMS(targets); i++) {
		struct answer get = http_client_ask(&client, "GET", targets[i], NULL);
		struct answer head = http_client_ask(&client, "HEAD", targets[i], NULL);
		ck_assert_int_eq(head.status, get.status);
		ck_assert_slice_eq(
			answer_field(&head, "content-type"), answer_field(&get, "content-type"));
		ck_assert_slice_eq(answer_field(&head, "content-length"),
			answer_field(&get, "content-length"));
	}
	/* Content after the answer to HEAD would precede this answer. */
	struct answer a = http_client_ask(&client, "GET", "/", NULL);
	http_client_expect(&a, "GET after all those HEADs", 200, HOME);
}
END_TEST

START_TEST(test_trailing_slash_redirects)
{
	char location[64];
	struct answer a = http_client_ask(&client, "POST", "/users/?a=b", ADA);

	http_client_expect(&a, "POST /users/?a=b", 307, "");
	snprintf(location, sizeof(location), "http://127.0.0.1:%d/users?a=b", server.port);
	ck_assert_slice_eq(answer_field(&a, "location"), str_from(location));
	a = http_client_ask(&client, "GET", "/users", NULL);
	http_client_expect(&a, "nothing was made", 200, "[]");
}
END_TEST

/* Connections. */

START_TEST(test_a_connection_serves_many_requests)
{
	for (int i = 0; i < 200; i++) {
		struct answer a = http_client_ask(&client, "GET", i % 2 ? "/users" : "/", NULL);
		http_client_expect(&a, "keep-alive", 200, i % 2 ? "[]" : HOME);
		ck_assert_ptr_null(answer_field(&a, "connection").ptr);
	}
	http_client_send(&client, STR("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
	struct answer a = http_client_receive(&client);
	http_client_expect(&a, "the last one", 200, HOME);
	ck_assert_slice_eq(answer_field(&a, "connection"), STR("close"));
	http_client_expect_end(&client);
}
END_TEST

START_TEST(test_pipelined_requests_are_answered_in_order)
{
	static const char post[] =
		"POST /users HTTP/1.1\r\nHost: a\r\n"
		"Content-Type: application/json\r\nContent-Length: 44\r\n\r\n" ADA;
	static const char patch[] = "PATCH /users/1 HTTP/1.1\r\nHost: a\r\nContent-Type: "
				    "application/json\r\nContent-Length: 18\r\n\r\n"
				    "{\"username\":\"eve\"}";
	struct buf out;

	ck_assert_uint_eq(strlen(ADA), 44);
	buf_init(&out, MEBIBYTE);
	buf_str(&out, STR("GET /users HTTP/1.1\r\nHost: a\r\n\r\n"));
	buf_str(&out, str_from(post));
	buf_str(&out, STR("GET /users HTTP/1.1\r\nHost: a\r\n\r\n"));
	buf_str(&out, STR("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	buf_str(&out, str_from(patch));
	buf_str(&out, STR("GET /users HTTP/1.1\r\nHost: a\r\n\r\n"));
	buf_str(&out, STR("DELETE /users/1 HTTP/1.1\r\nHost: a\r\n\r\n"));
	buf_str(&out, STR("GET /users HTTP/1.1\r\nHost: a\r\n\r\n"));
	http_client_send(&client, buf_view(&out));
	buf_done(&out);

	static const struct {
		int status;
		const char *body;
	} due[] = {
		{ 200, "[]" },
		{ 201, ADA_1 },
		{ 200, "[" ADA_1 "]" },
		{ 200, HOME },
		{ 200, "{\"username\":\"eve\",\"email\":\"ada@example.com\",\"id\":1}" },
		{ 200, "[{\"username\":\"eve\",\"email\":\"ada@example.com\",\"id\":1}]" },
		{ 204, "" },
		{ 200, "[]" },
	};
	for (size_t i = 0; i < NITEMS(due); i++) {
		struct answer a = http_client_receive(&client);
		http_client_expect(&a, "pipelined", due[i].status, due[i].body);
	}
}
END_TEST

START_TEST(test_a_long_pipeline_is_answered_in_order)
{
	enum { REQUESTS = 500 };
	struct buf out;
	char target[32];

	buf_init(&out, MEBIBYTE);
	for (int i = 0; i < REQUESTS; i++)
		buf_printf(&out, "GET %s%d HTTP/1.1\r\nHost: a\r\n\r\n",
			i % 3 ? "/users/" : "/nothing/", i);
	http_client_send(&client, buf_view(&out));
	buf_done(&out);
	for (int i = 0; i < REQUESTS; i++) {
		struct answer a = http_client_receive(&client);
		snprintf(target, sizeof(target), "request %d", i);
		http_client_expect(&a, target, 404, i % 3 ? NO_USER : "{\"detail\":\"Not Found\"}");
	}
}
END_TEST

START_TEST(test_a_request_may_arrive_byte_by_byte)
{
	static const char request[] =
		"POST /users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json"
		"\r\nTransfer-Encoding: chunked\r\n\r\n"
		"17\r\n{\"username\":\"ada\",\"emai\r\n"
		"17\r\nl\":\"ada@example.com\"}  \r\n0\r\n\r\n";

	for (size_t i = 0; i < strlen(request); i++)
		ck_assert(http_client_send(&client, (struct str){ request + i, 1 }));
	struct answer a = http_client_receive(&client);
	http_client_expect(&a, "byte by byte", 201, ADA_1);
}
END_TEST

START_TEST(test_a_half_closed_client_is_answered)
{
	http_client_request(&client, "GET", "/", NULL);
	http_client_request(&client, "POST", "/users", ADA);
	http_client_request(&client, "GET", "/users", NULL);
	http_client_finish(&client);
	struct answer a = http_client_receive(&client);
	http_client_expect(&a, "first", 200, HOME);
	a = http_client_receive(&client);
	http_client_expect(&a, "second", 201, ADA_1);
	a = http_client_receive(&client);
	http_client_expect(&a, "third", 200, "[" ADA_1 "]");
	http_client_expect_end(&client);
}
END_TEST

START_TEST(test_http_1_0_is_answered_and_closed)
{
	http_client_send(&client, STR("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
				      "GET /users HTTP/1.0\r\n\r\n"));
	struct answer a = http_client_receive(&client);
	http_client_expect(&a, "HTTP/1.0", 200, HOME);
	ck_assert_slice_eq(answer_field(&a, "connection"), STR("close"));
	http_client_expect_end(&client);
}
END_TEST

START_TEST(test_nothing_after_connection_close_is_a_request)
{
	http_client_send(&client, STR("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
				      "DELETE /users/1 HTTP/1.1\r\nHost: a\r\n\r\n"));
	struct answer a = http_client_receive(&client);
	http_client_expect(&a, "the first", 200, HOME);
	http_client_expect_end(&client);
}
END_TEST

START_TEST(test_an_idle_connection_is_closed_in_time)
{
	struct postern brief;

	postern_start(&brief, &(struct postern_plan){ .args = { "--timeout-keep-alive", "1" } });
	struct http_client idle;
	http_client_open(&idle, brief.port);
	struct answer a = http_client_ask(&idle, "GET", "/", NULL);
	http_client_expect(&a, "before the time is up", 200, HOME);
	http_client_expect_end(&idle);
	http_client_close(&idle);
	postern_stop(&brief);
	postern_done(&brief);
}
END_TEST

/* The access log. */

START_TEST(test_each_request_has_a_line_in_the_log)
{
	static const char *const due[] = { "\"GET /users?a=%0ab HTTP/1.1\" 200",
		"\"POST /users HTTP/1.1\" 422", "\"GET /nothing HTTP/1.0\" 404", " 400" };
	struct postern talkative;
	struct http_client c;

	postern_start(&talkative, &(struct postern_plan){ .args = { "--access-log" } });
	http_client_open(&c, talkative.port);
	size_t log = postern_log_len(&talkative);
	http_client_ask(&c, "GET", "/users?a=%0ab", NULL);
	http_client_ask(&c, "POST", "/users", "{}");
	http_client_send(&c, STR("GET /nothing HTTP/1.0\r\n\r\n"));
	ck_assert_int_eq(http_client_receive(&c).status, 404);
	http_client_close(&c);
	http_client_open(&c, talkative.port);
	http_client_send(&c, STR("\x1b[31m\r\n\r\n"));
	ck_assert_int_eq(http_client_receive(&c).status, 400);
	http_client_close(&c);
	for (size_t i = 0; i < NITEMS(due); i++)
		postern_await_log(&talkative, log, due[i], POSTERN_STOP_MS);
	ck_assert_ptr_null(strchr(postern_log(&talkative), '\x1b'));
	postern_stop(&talkative);
	postern_done(&talkative);
}
END_TEST

/* Bodies. */

START_TEST(test_a_chunked_body_with_extensions_and_trailers)
{
	http_client_send(
		&client, STR("POST /users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
			     "Transfer-Encoding: Chunked\r\n\r\n"
			     "5;a=b;c=\"d\"\r\n{\"use\r\n0029\r\nrname\":\"ada\",\"email\":\"ada@"
			     "example.com\"}  \r\n00\r\nContent-Length: 5\r\nHost: b\r\n\r\n"
			     "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	struct answer a = http_client_receive(&client);
	http_client_expect(&a, "chunked", 201, ADA_1);
	a = http_client_receive(&client);
	http_client_expect(&a, "what follows", 200, HOME);
}
END_TEST

START_TEST(test_100_continue_comes_before_the_body)
{
	http_client_send(
		&client, STR("POST /users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
			     "Content-Length: 44\r\nExpect: 100-continue\r\n\r\n"));
	ck_assert_slice_eq(http_client_take_until(&client, STR("\r\n\r\n")),
		STR("HTTP/1.1 100 Continue\r\n\r\n"));
	http_client_send(&client, STR(ADA));
	struct answer a = http_client_receive(&client);
	http_client_expect(&a, "after the body", 201, ADA_1);
}
END_TEST

START_TEST(test_a_body_over_the_limit_gets_no_100)
{
	http_client_send(
		&client, STR("POST /users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
			     "Content-Length: 1052673\r\nExpect: 100-continue\r\n\r\n"));
	struct str head = http_client_take_until(&client, STR("\r\n"));
	ck_assert_msg(str_starts(head, STR("HTTP/1.1 413 ")), "%s", head.ptr);
}
END_TEST

/* A request body of exactly this size. The caller frees it. */
static char *make_post(size_t size)
{
	static const char begin[] = "{\"title\":\"Long\",\"content\":\"", end[] = "\"}";
	char *body = malloc(size + 1);

	ck_assert_ptr_nonnull(body);
	memset(body, 'x', size);
	memcpy(body, begin, strlen(begin));
	memcpy(body + size - strlen(end), end, sizeof(end));
	return body;
}

START_TEST(test_a_body_may_have_the_limit_but_not_more)
{
	char *fits = make_post(BODY_LIMIT), *exceeds = make_post(BODY_LIMIT + 1);

	http_client_ask(&client, "POST", "/users", ADA);
	struct answer a = http_client_ask(&client, "POST", "/users/1/posts", fits);
	ck_assert_int_eq(a.status, 201);
	a = http_client_ask(&client, "GET", "/posts/1", NULL);
	ck_assert_int_eq(a.status, 200);
	ck_assert_msg(a.body.len > BODY_LIMIT, "%zu bytes came back", a.body.len);
	ck_assert(str_starts(a.body, (struct str){ fits, BODY_LIMIT - 1 }));
	a = http_client_ask(&client, "POST", "/users/1/posts", exceeds);
	ck_assert_int_eq(a.status, 413);
	http_client_expect_end(&client);
	free(fits);
	free(exceeds);
}
END_TEST

START_TEST(test_a_chunked_body_has_the_same_limit)
{
	char chunk[64 * 1024 + 16];
	int n = snprintf(chunk, sizeof(chunk), "10000\r\n");

	memset(chunk + n, 'x', 64 * 1024);
	memcpy(chunk + n + 64 * 1024, "\r\n", 2);
	http_client_send(
		&client, STR("POST /users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
			     "Transfer-Encoding: chunked\r\n\r\n"));
	/* The server refuses the 17th chunk at its start. */
	for (int i = 0; i < 17; i++)
		http_client_send(&client, (struct str){ chunk, (size_t)n + 64 * 1024 + 2 });
	struct answer a = http_client_receive(&client);
	ck_assert_int_eq(a.status, 413);
	http_client_expect_end(&client);
}
END_TEST

/* Each answer exceeds the size that the server collects before sending, so it is sent at once. */
START_TEST(test_long_answers_are_pipelined)
{
	enum { SIZE = 300 * 1000, REQUESTS = 16 };
	char *post = make_post(SIZE);

	http_client_ask(&client, "POST", "/users", ADA);
	struct answer a = http_client_ask(&client, "POST", "/users/1/posts", post);
	ck_assert_int_eq(a.status, 201);
	for (int i = 0; i < REQUESTS; i++)
		http_client_request(&client, "GET", "/posts/1", NULL);
	for (int i = 0; i < REQUESTS; i++) {
		a = http_client_receive(&client);
		ck_assert_int_eq(a.status, 200);
		ck_assert(str_starts(a.body, (struct str){ post, SIZE - 1 }));
	}
	free(post);
}
END_TEST

START_TEST(test_a_long_list_is_complete_and_delays_no_one)
{
	enum { POSTS = 24, SIZE = 500 * 1000, LISTS = 4 };
	char *post = make_post(SIZE);
	struct http_client other;

	http_client_ask(&client, "POST", "/users", ADA);
	for (int i = 0; i < POSTS; i++)
		ck_assert_int_eq(
			http_client_ask(&client, "POST", "/users/1/posts", post).status, 201);
	free(post);
	/* Unread answers, larger than the buffers of the sockets. */
	for (int i = 0; i < LISTS; i++)
		http_client_request(&client, "GET", i % 2 ? "/users/1" : "/posts", NULL);
	http_client_open(&other, server.port);
	for (int i = 0; i < 20; i++) {
		struct answer a = http_client_ask(&other, "GET", "/users", NULL);
		http_client_expect(&a, "meanwhile", 200, "[" ADA_1 "]");
	}
	http_client_close(&other);
	for (int i = 0; i < LISTS; i++) {
		struct answer a = http_client_receive(&client);
		ck_assert_int_eq(a.status, 200);
		ck_assert_uint_gt(a.body.len, (size_t)POSTS * SIZE);
		ck_assert_slice_eq(
			str_from_index(a.body, a.body.len - 2), i % 2 ? STR("]}") : STR("}]"));
	}
}
END_TEST

/* Refusals. */

static const struct {
	const char *name;
	struct str request;
	int status;
} refusals[] = {
	{ "no request at all", STR_INIT("hello\r\n\r\n"), 400 },
	{ "a method nobody knows", STR_INIT("FROB / HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "no host", STR_INIT("GET / HTTP/1.1\r\n\r\n"), 400 },
	{ "two hosts", STR_INIT("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), 400 },
	{ "a space in a name", STR_INIT("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), 400 },
	{ "a folded field", STR_INIT("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"), 400 },
	{ "bare line feeds", STR_INIT("GET / HTTP/1.1\nHost: a\n\n"), 400 },
	{ "a NUL in a field", STR_INIT("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n"), 400 },
	{ "a NUL in the target", STR_INIT("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "two lengths",
		STR_INIT("POST /users HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
			 "Content-Length: 3\r\n\r\n{}x"),
		400 },
	{ "a length and chunks",
		STR_INIT("POST /users HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
			 "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
		400 },
	{ "a chunk that does not end where it says",
		STR_INIT("POST /users HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
			 "2\r\n{}xx0\r\n\r\n"),
		400 },
	{ "another coding",
		STR_INIT("POST /users HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n"
			 "\r\n0\r\n\r\n"),
		501 },
	{ "HTTP/2.0", STR_INIT("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505 },
	{ "HTTP/1.2", STR_INIT("GET / HTTP/1.2\r\nHost: a\r\n\r\n"), 505 },
};

START_TEST(test_malformed_requests_are_refused)
{
	char text[64];
	struct http_client c;

	http_client_open(&c, server.port);
	/* A second request follows: nothing after a refusal is read as a request. */
	struct str behind = STR("GET /users HTTP/1.1\r\nHost: a\r\n\r\n");
	http_client_send(&c, refusals[_i].request);
	http_client_send(&c, behind);
	struct answer a = http_client_receive(&c);
	snprintf(text, sizeof(text), "%s", refusals[_i].name);
	http_client_expect(
		&a, text, refusals[_i].status, refusals[_i].status == 400 ? REFUSED : NULL);
	ck_assert_slice_eq(answer_field(&a, "connection"), STR("close"));
	ck_assert_slice_eq(answer_field(&a, "content-type"), STR("text/plain; charset=utf-8"));
	http_client_expect_end(&c);
	http_client_close(&c);
}
END_TEST

static const struct {
	const char *name, *before, *filler, *after;
	size_t times;
	int status;
} limits[] = {
	{ "a long target", "GET /", "a", " HTTP/1.1\r\nHost: a\r\n\r\n", 8000, 404 },
	{ "too long a target", "GET /", "a", " HTTP/1.1\r\nHost: a\r\n\r\n", 9000, 414 },
	{ "an endless target", "GET /", "a", "", 100 * 1000, 414 },
	{ "a ticket", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Negotiate ", "a", "\r\n\r\n",
		12 * 1024, 200 },
	{ "a long field", "GET / HTTP/1.1\r\nHost: a\r\nX: ", "a", "\r\n\r\n", 60 * 1024, 200 },
	{ "too long a field", "GET / HTTP/1.1\r\nHost: a\r\nX: ", "a", "\r\n\r\n", 64 * 1024, 431 },
	{ "fields too long together", "GET / HTTP/1.1\r\nHost: a\r\n",
		"Authorization: Bearer 0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef\r\n",
		"\r\n", 99, 431 },
	{ "an endless field", "GET / HTTP/1.1\r\nHost: a\r\nX: ", "a", "", 100 * 1000, 431 },
	{ "many fields", "GET / HTTP/1.1\r\nHost: a\r\n", "X: y\r\n", "\r\n", 99, 200 },
	{ "too many fields", "GET / HTTP/1.1\r\nHost: a\r\n", "X: y\r\n", "\r\n", 100, 431 },
	{ "endless fields", "GET / HTTP/1.1\r\nHost: a\r\n", "X: y\r\n", "", 50 * 1000, 431 },
	{ "blank lines", "", "\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 3, 200 },
};

START_TEST(test_a_head_has_limits)
{
	struct http_client c;
	struct buf out;

	http_client_open(&c, server.port);
	buf_init(&out, MEBIBYTE);
	buf_str(&out, str_from(limits[_i].before));
	for (size_t n = 0; n < limits[_i].times; n++)
		buf_str(&out, str_from(limits[_i].filler));
	buf_str(&out, str_from(limits[_i].after));
	http_client_send(&c, buf_view(&out));
	buf_done(&out);
	struct answer a = http_client_receive(&c);
	http_client_expect(&a, limits[_i].name, limits[_i].status, NULL);
	if (limits[_i].status > 404)
		http_client_expect_end(&c);
	http_client_close(&c);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("http/api");
	TCase *t = tcase_create("api");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_resources_are_created_changed_and_deleted);
	tcase_add_test(t, test_options_and_405_name_the_methods);
	tcase_add_test(t, test_options_of_the_server_names_all_methods);
	tcase_add_test(t, test_head_is_get_without_content);
	tcase_add_test(t, test_trailing_slash_redirects);
	tcase_add_test(t, test_a_connection_serves_many_requests);
	tcase_add_test(t, test_pipelined_requests_are_answered_in_order);
	tcase_add_test(t, test_a_long_pipeline_is_answered_in_order);
	tcase_add_test(t, test_a_request_may_arrive_byte_by_byte);
	tcase_add_test(t, test_a_half_closed_client_is_answered);
	tcase_add_test(t, test_http_1_0_is_answered_and_closed);
	tcase_add_test(t, test_nothing_after_connection_close_is_a_request);
	tcase_add_test(t, test_an_idle_connection_is_closed_in_time);
	tcase_add_test(t, test_each_request_has_a_line_in_the_log);
	tcase_add_test(t, test_a_chunked_body_with_extensions_and_trailers);
	tcase_add_test(t, test_100_continue_comes_before_the_body);
	tcase_add_test(t, test_a_body_over_the_limit_gets_no_100);
	tcase_add_test(t, test_a_body_may_have_the_limit_but_not_more);
	tcase_add_test(t, test_a_chunked_body_has_the_same_limit);
	tcase_add_test(t, test_long_answers_are_pipelined);
	tcase_add_test(t, test_a_long_list_is_complete_and_delays_no_one);
	tcase_add_loop_test(t, test_malformed_requests_are_refused, 0, NITEMS(refusals));
	tcase_add_loop_test(t, test_a_head_has_limits, 0, NITEMS(limits));
	suite_add_tcase(s, t);
	TCase *nul = tcase_create("NUL");
	tcase_set_tags(nul, "sqlite");
	tcase_add_checked_fixture(nul, setup, teardown);
	tcase_add_test(nul, test_a_nul_is_stored_and_compared);
	suite_add_tcase(s, nul);
	return s;
}

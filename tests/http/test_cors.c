/* Requests of scripts of other origins to the whole server. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

static struct postern server;
static struct http_client client;

/* Starts a server with a further argument, or NULL. With one worker, repeated requests are answered
 * from its cache. */
static void start_with(const char *origins, const char *flag)
{
	postern_start(&server,
		&(struct postern_plan){
			.args = { "--workers", "1", "--cors-allow-origin", origins, flag } });
	http_client_open(&client, server.port);
}

static void start(const char *origins)
{
	start_with(origins, NULL);
}

static void teardown(void)
{
	http_client_close(&client);
	postern_stop(&server);
	postern_done(&server);
}

static struct answer ask(
	const char *method, const char *target, const char *lines, const char *body)
{
	ck_assert(http_client_send(
		&client, arena_printf(&client.arena,
				 "%s %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
				 "Content-Length: %zu\r\n%s\r\n%s",
				 method, target, strlen(body), lines, body)));
	return http_client_receive(&client);
}

static void check_allowed(const struct answer *a, const char *origin)
{
	struct str allowed = answer_field(a, "access-control-allow-origin");

	ck_assert_slice_eq(allowed, str_from(origin));
}

/* NULL: the field must be absent. */
static void check_said(const struct answer *a, const char *name, const char *value)
{
	struct str said = answer_field(a, name);

	if (value)
		ck_assert_slice_eq(said, str_from(value));
	else
		ck_assert_msg(!said.ptr, "%s is in %.*s", name, STR_ARGS(a->head));
}

static const struct {
	const char *method, *target, *body;
	int status;
} requests[] = {
	{ "GET", "/users", "", 200 },
	{ "POST", "/users", "{\"username\":\"a\",\"email\":\"a@example.com\"}", 201 },
	{ "GET", "/users/1", "", 200 },
	{ "GET", "/users/1", "", 200 }, /* from the cache */
	{ "POST", "/users", "{\"username\":\"a\",\"email\":\"a@example.com\"}", 409 },
	{ "POST", "/users", "{}", 422 },
	{ "POST", "/users", "\xff", 400 },
	{ "GET", "/users/2", "", 404 },
	{ "GET", "/nowhere", "", 404 },
	{ "PUT", "/users", "", 405 },
	{ "GET", "/users/", "", 307 },
	{ "OPTIONS", "/users", "", 204 },
	{ "GET", "/docs", "", 200 },
	{ "DELETE", "/users/1", "", 204 },
};

START_TEST(test_answers_of_each_status_name_the_origin)
{
	start("https://a.example,https://b.example");
	for (size_t i = 0; i < NITEMS(requests); i++) {
		struct answer a = ask(requests[i].method, requests[i].target,
			i % 2 ? "Origin: https://a.example\r\n" : "Origin: https://b.example\r\n",
			requests[i].body);
		ck_assert_int_eq(a.status, requests[i].status);
		check_allowed(&a, i % 2 ? "https://a.example" : "https://b.example");
		a = ask("GET", "/users", "Origin: https://c.example\r\n", "");
		ck_assert_ptr_null(answer_field(&a, "access-control-allow-origin").ptr);
		ck_assert_slice_eq(answer_field(&a, "vary"), STR("origin"));
	}
}
END_TEST

START_TEST(test_a_preflight_is_answered)
{
	start("*");
	struct answer a = ask("OPTIONS", "/users/1",
		"Origin: https://a.example\r\nAccess-Control-Request-Method: PATCH\r\n"
		"Access-Control-Request-Headers: content-type, if-match\r\n",
		"");
	http_client_expect(&a, "preflight", 200, "OK");
	check_allowed(&a, "*");
	ck_assert_slice_eq(
		answer_field(&a, "access-control-allow-headers"), STR("content-type, if-match"));
	ck_assert_slice_eq(answer_field(&a, "access-control-max-age"), STR("600"));
}
END_TEST

#define PRIVATE_NETWORK                                                                            \
	"Origin: https://a.example\r\nAccess-Control-Request-Method: GET\r\n"                      \
	"Access-Control-Request-Private-Network: true\r\n"

START_TEST(test_a_private_network_must_be_allowed)
{
	start("*");
	struct answer a = ask("OPTIONS", "/users", PRIVATE_NETWORK, "");
	http_client_expect(&a, "preflight", 400, "Disallowed CORS private-network");
	check_said(&a, "content-type", "text/plain; charset=utf-8");
	check_said(&a, "access-control-allow-private-network", NULL);
	check_allowed(&a, "*");
}
END_TEST

START_TEST(test_a_private_network_may_be_allowed)
{
	start_with("*", "--cors-allow-private-network");
	struct answer a = ask("OPTIONS", "/users", PRIVATE_NETWORK, "");
	http_client_expect(&a, "preflight", 200, "OK");
	check_said(&a, "access-control-allow-private-network", "true");
}
END_TEST

#define FROM_A "Origin: https://a.example\r\n"

static const struct {
	const char *lines, *allowed, *vary;
} clients[] = {
	{ "X: y\r\n", NULL, NULL },
	{ FROM_A, "*", NULL },
	{ FROM_A "Cookie: a=b\r\n", "https://a.example", "origin" },
	{ "Cookie: a=b\r\nOrigin: https://b.example\r\n", "https://b.example", "origin" },
	{ FROM_A "Authorization: Basic eA==\r\n", "*", NULL },
	{ "Cookie: a=b\r\n", NULL, NULL },
};

/* From the second time on, the heads are known and the answers cached. */
START_TEST(test_the_origin_of_a_request_with_cookies_is_named)
{
	start("*");
	for (unsigned round = 0; round < 3; round++) {
		for (size_t i = 0; i < NITEMS(clients); i++) {
			struct answer a = ask("GET", "/users", clients[i].lines, "");
			http_client_expect(&a, clients[i].lines, 200, "[]");
			check_said(&a, "access-control-allow-origin", clients[i].allowed);
			check_said(&a, "access-control-allow-credentials", NULL);
			check_said(&a, "vary", clients[i].vary);
		}
	}
}
END_TEST

START_TEST(test_credentials_may_be_allowed)
{
	start_with("*", "--cors-allow-credentials");
	struct answer a = ask("GET", "/users", FROM_A "Authorization: Basic eA==\r\n", "");
	http_client_expect(&a, "GET", 200, "[]");
	check_allowed(&a, "https://a.example");
	check_said(&a, "access-control-allow-credentials", "true");
	check_said(&a, "vary", "origin");
	a = ask("OPTIONS", "/users", FROM_A "Access-Control-Request-Method: PUT\r\n", "");
	http_client_expect(&a, "preflight", 200, "OK");
	check_allowed(&a, "https://a.example");
	check_said(&a, "access-control-allow-credentials", "true");
}
END_TEST

/* Some caches read only the first field of a name. */
static void check_vary(const char *target, const char *accept, int status, const char *further)
{
	const char *lines =
		arena_printf(&client.arena, FROM_A "Accept-Encoding: %s\r\n%s", accept, further)
			.ptr;
	struct answer a = ask("GET", target, lines, "");

	ck_assert_int_eq(a.status, status);
	check_said(&a, "vary", "accept-encoding, origin");
	check_said(&a, "content-encoding",
		status == 200 && strcmp(accept, "gzip") == 0 ? "gzip" : NULL);
	check_allowed(&a, "https://a.example");
	const char *first = strstr(a.head.ptr, "\r\nvary: ");
	ck_assert_ptr_null(strstr(first + 1, "\r\nvary: "));
}

START_TEST(test_there_is_only_one_vary_field)
{
	static const char *const codings[] = { "gzip", "identity" };
	char body[2048] = "{\"title\":\"a\",\"content\":\"";

	start("https://a.example");
	memset(body + strlen(body), 'x', 1500);
	strcat(body, "\"}");
	http_client_ask(
		&client, "POST", "/users", "{\"username\":\"a\",\"email\":\"a@example.com\"}");
	http_client_ask(&client, "POST", "/users/1/posts", body);
	for (unsigned i = 0; i < 4; i++) {
		const char *coding = codings[i % 2];
		struct answer a = ask("GET", "/posts",
			arena_printf(&client.arena, "Accept-Encoding: %s\r\n", coding).ptr, "");
		struct str tag = answer_field(&a, "etag");
		check_said(&a, "vary", "accept-encoding, origin");
		check_vary("/posts", coding, 200, "");
		check_vary("/openapi.json", coding, 200, "");
		check_vary("/posts?after_id=0&count=true", coding, 200, "");
		check_vary("/posts", coding, 304,
			arena_printf(&client.arena, "If-None-Match: %.*s\r\n", STR_ARGS(tag)).ptr);
	}
}
END_TEST

#define TOO_LARGE                                                                                  \
	"POST /users HTTP/1.1\r\nHost: x\r\n" FROM_A "Cookie:\ta=b\r\nX-Request-ID: r-1\r\n"

static const struct {
	const char *bytes;
	int status;
} refused[] = {
	{ TOO_LARGE "Content-Length: 99999999\r\n\r\n", 413 },
	{ TOO_LARGE "Transfer-Encoding: chunked\r\n\r\nfffffff\r\n", 413 },
	{ TOO_LARGE "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400 },
};

/* The heads are valid, so the script may read why its request was refused. */
START_TEST(test_refused_bodies_name_the_origin)
{
	start("*");
	ck_assert(http_client_send(&client, str_from(refused[_i].bytes)));
	struct answer a = http_client_receive(&client);
	ck_assert_int_eq(a.status, refused[_i].status);
	check_allowed(&a, "https://a.example");
	check_said(&a, "vary", "origin");
	check_said(&a, "x-request-id", "r-1");
	http_client_expect_end(&client);
}
END_TEST

/* The origin of a malformed request is not known. */
START_TEST(test_malformed_requests_name_no_origin)
{
	start("*");
	ck_assert(http_client_send(
		&client, STR("GET / HTTP/1.1\r\n" FROM_A "Content-Length: x\r\n\r\n")));
	struct answer a = http_client_receive(&client);
	ck_assert_int_eq(a.status, 400);
	check_said(&a, "access-control-allow-origin", NULL);
}
END_TEST

/* OPTIONS * is answered as by Starlette's middleware, which precedes all routes. */
START_TEST(test_options_of_the_server_name_the_origin)
{
	start("https://a.example");
	struct answer a = ask("OPTIONS", "*",
		"Origin: https://a.example\r\nAccess-Control-Request-Method: GET\r\n", "");
	http_client_expect(&a, "preflight", 200, "OK");
	check_allowed(&a, "https://a.example");
	a = ask("OPTIONS", "*", "Origin: https://a.example\r\n", "");
	http_client_expect(&a, "options", 204, "");
	check_allowed(&a, "https://a.example");
	ck_assert_slice_eq(
		answer_field(&a, "allow"), STR("GET, POST, PATCH, DELETE, HEAD, OPTIONS"));
}
END_TEST

START_TEST(test_without_the_setting_no_fields_are_added)
{
	start("");
	struct answer a = ask("OPTIONS", "/users",
		"Origin: https://a.example\r\nAccess-Control-Request-Method: GET\r\n", "");
	http_client_expect(&a, "options", 204, NULL);
	ck_assert_ptr_null(answer_field(&a, "access-control-allow-origin").ptr);
	ck_assert_ptr_null(answer_field(&a, "vary").ptr);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("http/cors");
	TCase *tc = tcase_create("cors");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, test_answers_of_each_status_name_the_origin);
	tcase_add_test(tc, test_a_preflight_is_answered);
	tcase_add_test(tc, test_a_private_network_must_be_allowed);
	tcase_add_test(tc, test_a_private_network_may_be_allowed);
	tcase_add_test(tc, test_the_origin_of_a_request_with_cookies_is_named);
	tcase_add_test(tc, test_credentials_may_be_allowed);
	tcase_add_test(tc, test_there_is_only_one_vary_field);
	tcase_add_loop_test(tc, test_refused_bodies_name_the_origin, 0, (int)NITEMS(refused));
	tcase_add_test(tc, test_malformed_requests_name_no_origin);
	tcase_add_test(tc, test_options_of_the_server_name_the_origin);
	tcase_add_test(tc, test_without_the_setting_no_fields_are_added);
	suite_add_tcase(s, tc);
	return s;
}

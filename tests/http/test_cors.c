/* Scripts of other origins, of the whole server: each answer says who may read it. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

static struct postern server;
static struct http_client client;

static void start(const char *origins)
{
	postern_start(
		&server, &(struct postern_plan){ .args = { "--cors-allow-origin", origins } });
	http_client_open(&client, server.port);
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
	{ "GET", "/users/2", "", 404 },
	{ "GET", "/nowhere", "", 404 },
	{ "PUT", "/users", "", 405 },
	{ "GET", "/users/", "", 307 },
	{ "OPTIONS", "/users", "", 204 },
	{ "GET", "/docs", "", 200 },
	{ "DELETE", "/users/1", "", 204 },
};

START_TEST(test_every_status_says_who_may_read_it)
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

START_TEST(test_off_it_says_nothing)
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
	tcase_add_test(tc, test_every_status_says_who_may_read_it);
	tcase_add_test(tc, test_a_preflight_is_answered);
	tcase_add_test(tc, test_off_it_says_nothing);
	suite_add_tcase(s, tc);
	return s;
}

/* Behind a proxy: whose word is taken, and a path that is not the whole one. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <stdio.h>

static struct postern server;
static struct http_client client;

static void start(const char *flag, const char *value)
{
	postern_start(&server, &(struct postern_plan){ .args = { "--access-log", "--no-request-id",
							       flag, value } });
	http_client_open(&client, server.port);
}

static void teardown(void)
{
	http_client_close(&client);
	postern_stop(&server);
	postern_done(&server);
}

#define CHAIN "X-Forwarded-For: 198.51.100.1, 203.0.113.9\r\nX-Forwarded-For: 127.0.0.1\r\n"

static struct answer ask(const char *target, const char *lines)
{
	ck_assert(http_client_send(
		&client, arena_printf(&client.arena, "GET %s HTTP/1.1\r\nhost: x\r\n%s\r\n", target,
				 lines)));
	return http_client_receive(&client);
}

static const struct {
	const char *flag, *value;
	const char *logged, *location;
} cases[] = {
	{ NULL, NULL, "203.0.113.9:0 - \"GET /users/ ", "https://x/users" },
	{ "--forwarded-allow-ips", "10.0.0.0/8,::1", NULL, "http://x/users" },
	{ "--forwarded-allow-ips", "", NULL, "http://x/users" },
	{ "--no-proxy-headers", NULL, NULL, "http://x/users" },
	{ "--forwarded-allow-ips", "*", "198.51.100.1:0 - \"GET /users/ ", "https://x/users" },
	{ "--forwarded-allow-ips", "127.0.0.0/8,203.0.113.0/24", "198.51.100.1:0 - ",
		"https://x/users" },
};

START_TEST(only_a_trusted_proxy_speaks_of_its_client)
{
	start(cases[_i].flag, cases[_i].value);
	size_t log = postern_log_len(&server);
	struct answer a = ask("/users/", CHAIN "X-Forwarded-Proto: https\r\n");
	ck_assert_int_eq(a.status, 307);
	ck_assert_slice_eq(answer_field(&a, "location"), str_from(cases[_i].location));
	postern_await_log(&server, log, "\"GET /users/ ", POSTERN_STOP_MS);
	if (cases[_i].logged)
		ck_assert_ptr_nonnull(strstr(postern_log(&server), cases[_i].logged));
	else
		ck_assert_ptr_nonnull(strstr(postern_log(&server), "] 127.0.0.1:"));
	ck_assert_ptr_null(strstr(postern_log(&server), "203.0.113.9, "));
	teardown();
}
END_TEST

/* What a proxy hands on of a hostile client is no address, and the proxy stays the client. */
START_TEST(a_client_forges_no_address)
{
	start(NULL, NULL);
	size_t log = postern_log_len(&server);
	ask("/x", "X-Forwarded-For: 1.2.3.4:0 - \"GET /forged\r\n");
	postern_await_log(&server, log, "\"GET /x HTTP/1.1\" 404", POSTERN_STOP_MS);
	ck_assert_ptr_null(strstr(postern_log(&server), "forged"));
	ck_assert_ptr_null(strstr(postern_log(&server), "1.2.3.4"));
	teardown();
}
END_TEST

static const struct {
	const char *target;
	int status;
	const char *location;
} paths[] = {
	{ "/users", 200, NULL },
	{ "/api/v1/users", 200, NULL },
	{ "/api/v1/", 200, NULL },
	{ "/", 200, NULL },
	{ "/api/v1/docs", 200, NULL },
	{ "/api/v1users", 404, NULL },
	{ "/api/v1/api/v1/users", 404, NULL },
	{ "/api/v1", 307, "http://x/api/v1/" },
	{ "/api/v1?a=b", 307, "http://x/api/v1/?a=b" },
	{ "/users/?a=b", 307, "http://x/api/v1/users?a=b" },
	{ "/api/v1/users/", 307, "http://x/api/v1/users" },
	{ "/api/v1/users/1/posts//", 307, "http://x/api/v1/users/1/posts" },
};

START_TEST(a_prefix_may_be_stripped_or_not)
{
	start("--root-path", "/api/v1/");
	for (size_t i = 0; i < NITEMS(paths); i++) {
		struct answer a = ask(paths[i].target, "");
		http_client_expect(&a, paths[i].target, paths[i].status, NULL);
		struct str want = paths[i].location ? str_from(paths[i].location) : STR("");
		ck_assert_slice_eq(answer_field(&a, "location"), want);
	}
	struct answer a = http_client_ask(&client, "POST", "/api/v1/users",
		"{\"username\":\"ada\",\"email\":\"ada@example.com\"}");
	http_client_expect(&a, "POST", 201, NULL);
	teardown();
}
END_TEST

static bool has(struct str text, const char *part)
{
	return memmem(text.ptr, text.len, part, strlen(part));
}

START_TEST(documents_name_the_prefix)
{
	start("--root-path", "/api/v1");
	struct answer a = ask("/openapi.json", "");
	ck_assert(has(a.body, "},\"servers\":[{\"url\":\"/api/v1\"}],\"paths\":{\"/\":"));
	a = ask("/docs", "");
	ck_assert(has(a.body, "'/api/v1/openapi.json'"));
	ck_assert(has(a.body, "'/api/v1/docs/oauth2-redirect'"));
	a = ask("/redoc", "");
	ck_assert(has(a.body, "\"/api/v1/openapi.json\""));
	teardown();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("proxy");
	TCase *tests = tcase_create("proxy");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, only_a_trusted_proxy_speaks_of_its_client, 0, NITEMS(cases));
	tcase_add_test(tests, a_client_forges_no_address);
	tcase_add_test(tests, a_prefix_may_be_stripped_or_not);
	tcase_add_test(tests, documents_name_the_prefix);
	suite_add_tcase(suite, tests);
	return suite;
}

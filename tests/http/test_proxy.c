/* Behind a proxy: trusted fields, and a path prefix. */
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

START_TEST(only_trusted_proxies_name_their_client)
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

static const struct {
	const char *target, *lines;
	const char *logged, *location;
} absolute[] = {
	{ "http://b/users/", "", "\"GET http://b/users/ HTTP/1.1\" 307", "http://b/users" },
	{ "https://b:81/users/?c", "", "\"GET https://b:81/users/?c HTTP/1.1\" 307",
		"https://b:81/users?c" },
	{ "http://b/users/", "X-Forwarded-Proto: https\r\n", "\"GET http://b/users/ HTTP/1.1\" 307",
		"https://b/users" },
	{ "https://b/users/", "X-Forwarded-Proto: http\r\n",
		"\"GET https://b/users/ HTTP/1.1\" 307", "http://b/users" },
};

/* RFC 9112 3.2.2: the authority is that of the target, not Host. The scheme is that of a trusted
 * proxy. */
START_TEST(a_redirect_uses_the_authority_of_the_target)
{
	start(NULL, NULL);
	size_t log = postern_log_len(&server);
	struct answer a = ask(absolute[_i].target, absolute[_i].lines);
	ck_assert_int_eq(a.status, 307);
	ck_assert_slice_eq(answer_field(&a, "location"), str_from(absolute[_i].location));
	postern_await_log(&server, log, absolute[_i].logged, POSTERN_STOP_MS);
	teardown();
}
END_TEST

/* A forged field that is not an address is ignored: the client is the proxy. */
START_TEST(a_client_cannot_forge_its_address)
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

START_TEST(the_description_names_the_prefix)
{
	start("--root-path", "/api/v1");
	struct answer a = ask("/openapi.json", "");
	ck_assert(has(a.body, "},\"servers\":[{\"url\":\"/api/v1\"}],\"paths\":{\"/\":"));
	teardown();
}
END_TEST

/* Checks that all files to which a page refers exist, relative to the folder of the page. */
static void check_page(const char *folder, const char *page, const char *own)
{
	static const char asset[] = "\"docs/assets/";
	struct answer a = ask(arena_printf(&client.arena, "%s/%s", folder, page).ptr, "");
	const char *next, *end = a.body.ptr + a.body.len;
	int found = 0;

	ck_assert_int_eq(a.status, 200);
	ck_assert(has(a.body, own));
	ck_assert(!has(a.body, "=\"/"));
	for (const char *p = a.body.ptr;
		(next = memmem(p, (size_t)(end - p), asset, strlen(asset))); p = next + 1) {
		int len = (int)strcspn(++next, "\"");
		struct answer file =
			ask(arena_printf(&client.arena, "%s/%.*s", folder, len, next).ptr, "");
		ck_assert_int_eq(file.status, 200);
		found++;
	}
	ck_assert_int_gt(found, 0);
}

/* Clients see the prefix in both cases; in the second one the proxy strips it. */
START_TEST(pages_work_under_the_prefix)
{
	static const char *const folders[] = { "/api/v1", "" };

	start("--root-path", "/api/v1");
	for (size_t i = 0; i < NITEMS(folders); i++) {
		check_page(folders[i], "docs", "src=\"docs/assets/docs.");
		check_page(folders[i], "redoc", "\"openapi.json\"");
		struct str path = arena_printf(&client.arena, "%s/openapi.json", folders[i]);
		ck_assert_int_eq(ask(path.ptr, "").status, 200);
		path = arena_printf(&client.arena, "%s/docs/oauth2-redirect", folders[i]);
		ck_assert_int_eq(ask(path.ptr, "").status, 200);
	}
	teardown();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("proxy");
	TCase *tests = tcase_create("proxy");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, only_trusted_proxies_name_their_client, 0, NITEMS(cases));
	tcase_add_loop_test(
		tests, a_redirect_uses_the_authority_of_the_target, 0, (int)NITEMS(absolute));
	tcase_add_test(tests, a_client_cannot_forge_its_address);
	tcase_add_test(tests, a_prefix_may_be_stripped_or_not);
	tcase_add_test(tests, the_description_names_the_prefix);
	tcase_add_test(tests, pages_work_under_the_prefix);
	suite_add_tcase(suite, tests);
	return suite;
}

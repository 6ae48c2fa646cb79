/* Paths, methods and fixed answers that a declaration chooses: tests/apis/routes.json. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <stdio.h>

static struct postern server;
static struct http_client client;

static void setup(void)
{
	postern_init(&server);
	postern_launch(
		&server, &(struct postern_plan){ .args = { "--api", "tests/apis/routes.json" } });
	postern_await_serving(&server);
	http_client_open(&client, server.port);
}

static void teardown(void)
{
	http_client_close(&client);
	postern_stop(&server);
	postern_done(&server);
}

static struct answer expect(
	const char *method, const char *target, const char *body, int status, const char *want)
{
	struct answer a = http_client_ask(&client, method, target, body);

	http_client_expect(&a, target, status, want);
	return a;
}

START_TEST(operations_are_at_their_paths)
{
	expect("POST", "/api/v1/teams/", "{\"name\":\"a\"}", 200, "{\"name\":\"a\",\"id\":1}");
	expect("GET", "/api/v1/teams/", NULL, 200, "[{\"name\":\"a\",\"id\":1}]");
	expect("GET", "/api/v1/teams/1", NULL, 200, "{\"name\":\"a\",\"id\":1}");
	expect("POST", "/api/v1/teams/1/players", "{\"name\":\"b\"}", 201,
		"{\"name\":\"b\",\"id\":1,\"team_id\":1}");
	expect("GET", "/api/v1/players/1", NULL, 200, "{\"name\":\"b\",\"id\":1,\"team_id\":1}");
	expect("GET", "/teams/", NULL, 404, "{\"detail\":\"Not Found\"}");
}
END_TEST

/* The second time from a cache. */
START_TEST(reads_have_the_declared_status)
{
	enum { NAME = 1000, GAMES = 600 /* a list that is sent in parts */ };
	const char *game = "{\"name\":\"a\",\"id\":1,\"team_id\":1}";
	const char *games = "[{\"name\":\"a\",\"id\":1,\"team_id\":1}]";
	char body[NAME + 16];

	expect("POST", "/api/v1/teams/", "{\"name\":\"a\"}", 200, NULL);
	expect("POST", "/api/v1/teams/1/games", "{\"name\":\"a\"}", 201, game);
	for (unsigned i = 0; i < 2; i++) {
		expect("GET", "/api/v1/games", NULL, 202, games);
		expect("GET", "/api/v1/games/1", NULL, 203, game);
		expect("GET", "/api/v1/teams/1/games", NULL, 299, games);
	}
	snprintf(body, sizeof(body), "{\"name\":\"%0*d\"}", NAME, 0);
	for (unsigned i = 0; i < GAMES; i++)
		expect("POST", "/api/v1/teams/1/games", body, 201, NULL);
	for (unsigned i = 0; i < 2; i++)
		expect("GET", "/api/v1/games", NULL, 202, NULL);
	expect("GET", "/api/v1/games/2", NULL, 203, NULL);
}
END_TEST

START_TEST(constants_are_answered)
{
	expect("GET", "/health", NULL, 200, "{\"status\":\"ok\"}");
	expect("GET", "/api/v1/teams/best", NULL, 200, "[1,\"two\",null]");
	/* The first route with the method. */
	expect("PUT", "/api/v1/teams/best", "{\"name\":\"a\"}", 422,
		"{\"detail\":[{\"type\":\"int_parsing\",\"loc\":[\"path\",\"team_id\"],\"msg\":"
		"\"Input should be a valid integer, unable to parse string as an integer\","
		"\"input\":\"best\"}]}");
	struct answer a =
		expect("POST", "/health", "{}", 405, "{\"detail\":\"Method Not Allowed\"}");
	ck_assert_slice_eq(answer_field(&a, "allow"), STR("GET, HEAD, OPTIONS"));
}
END_TEST

START_TEST(what_is_switched_off_is_not_allowed)
{
	static const struct {
		const char *method, *path, *allow;
	} off[] = {
		{ "DELETE", "/api/v1/teams/1", "GET, HEAD, OPTIONS, PUT" },
		{ "PATCH", "/api/v1/teams/1", "GET, HEAD, OPTIONS, PUT" },
		{ "DELETE", "/api/v1/teams/", "GET, POST, HEAD, OPTIONS" },
		{ "GET", "/api/v1/teams/1/players", "POST, OPTIONS" },
		{ "DELETE", "/api/v1/players/1", "GET, HEAD, OPTIONS" },
	};

	for (size_t i = 0; i < NITEMS(off); i++) {
		struct answer a = expect(off[i].method, off[i].path, NULL, 405,
			"{\"detail\":\"Method Not Allowed\"}");
		ck_assert_slice_eq(answer_field(&a, "allow"), str_from(off[i].allow));
	}
	expect("GET", "/api/v1/players", NULL, 404, "{\"detail\":\"Not Found\"}");
}
END_TEST

/* As Starlette's redirect_slashes. */
START_TEST(the_other_slash_is_redirected)
{
	static const struct {
		const char *method, *target, *location; /* NULL: 404 */
	} cases[] = {
		{ "GET", "/api/v1/teams", "/api/v1/teams/" },
		{ "POST", "/api/v1/teams?a=b&c", "/api/v1/teams/?a=b&c" },
		{ "DELETE", "/api/v1/teams", "/api/v1/teams/" },
		{ "GET", "/api/v1/teams/1/", "/api/v1/teams/1" },
		{ "GET", "/api/v1/teams/1//?x", "/api/v1/teams/1?x" },
		{ "GET", "/api/v1/teams/1/players/", "/api/v1/teams/1/players" },
		{ "GET", "/health/", "/health" },
		{ "GET", "/docs/", "/docs" },
		{ "GET", "/api/v1/teams//", NULL },
		{ "GET", "/api/v1", NULL },
		{ "GET", "/", NULL },
	};
	char location[96];

	for (size_t i = 0; i < NITEMS(cases); i++) {
		const char *to = cases[i].location;
		struct answer a = expect(cases[i].method, cases[i].target, NULL, to ? 307 : 404,
			to ? "" : "{\"detail\":\"Not Found\"}");
		if (!to)
			continue;
		snprintf(location, sizeof(location), "http://127.0.0.1:%d%s", server.port, to);
		ck_assert_slice_eq(answer_field(&a, "location"), str_from(location));
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("routes over HTTP");
	TCase *tests = tcase_create("routes");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, operations_are_at_their_paths);
	tcase_add_test(tests, reads_have_the_declared_status);
	tcase_add_test(tests, constants_are_answered);
	tcase_add_test(tests, what_is_switched_off_is_not_allowed);
	tcase_add_test(tests, the_other_slash_is_redirected);
	suite_add_tcase(suite, tests);
	return suite;
}

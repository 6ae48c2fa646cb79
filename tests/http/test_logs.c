/* The log formats of the whole server, and attempts of clients to forge lines. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <stdio.h>

static struct postern server;
static struct http_client client;

static void start(const char *format)
{
	postern_start(&server,
		&(struct postern_plan){ .args = { "--access-log", "--log-format", format } });
	http_client_open(&client, server.port);
}

static void teardown(void)
{
	http_client_close(&client);
	postern_stop(&server);
	postern_done(&server);
}

static const struct {
	const char *format, *request, *forged, *after;
} cases[] = {
	{ "text", "\"GET /%22%20200?a=%0ab\\ HTTP/1.1\" 404 Not Found ", "\n1.2.3.4",
		"GET /last HTTP/1.1" },
	{ "json", ",\"status\":404,\"duration_ms\":", "\n{\"forged", "\"target\":\"/last\"" },
	{ "combined",
		"\"GET /\\\"%20200?a=%0ab\\\\ HTTP/1.1\" 404 22 "
		"\"-\" \"a\\\" \\\\ {\\\"forged\\\":1} \\xff\"\n",
		"\n{\"forged", "GET /last HTTP/1.1" },
};

START_TEST(a_client_cannot_forge_a_line)
{
	start(cases[_i].format);
	size_t log = postern_log_len(&server);
	ck_assert(http_client_send(&client, STR("GET /\"%20200?a=%0ab\\ HTTP/1.1\r\nhost: x\r\n"
						"user-agent: a\" \\ {\"forged\":1} \xff\r\n\r\n")));
	ck_assert_int_eq(http_client_receive(&client).status, 404);
	http_client_ask(&client, "GET", "/last", NULL);
	postern_await_log(&server, log, cases[_i].request, POSTERN_STOP_MS);
	postern_await_log(&server, log, cases[_i].after, POSTERN_STOP_MS);
	ck_assert_ptr_null(strstr(postern_log(&server), cases[_i].forged));
	teardown();
}
END_TEST

START_TEST(each_line_is_an_object)
{
	start("json");
	http_client_ask(&client, "POST", "/users", "{}");
	http_client_ask(&client, "DELETE", "/users/1", NULL);
	http_client_send(&client, STR("\x1b[31m\r\n\r\n"));
	ck_assert_int_eq(http_client_receive(&client).status, 400);
	postern_await_log(&server, 0, "\"invalid request\"", POSTERN_STOP_MS);
	const char *line = postern_log(&server);
	for (const char *end; (end = strchr(line, '\n')); line = end + 1) {
		ck_assert_msg(strncmp(line, "{\"time\":\"", 9) == 0, "%s", line);
		ck_assert_msg(end[-1] == '}', "%s", line);
	}
	teardown();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("logs");
	TCase *tests = tcase_create("logs");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, a_client_cannot_forge_a_line, 0, NITEMS(cases));
	tcase_add_test(tests, each_line_is_an_object);
	suite_add_tcase(suite, tests);
	return suite;
}

/* X-Request-ID in answers and logs of the whole server. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

static struct postern server;
static struct http_client client;

static void start(const char *flag)
{
	postern_start(&server, &(struct postern_plan){ .args = { "--access-log", flag } });
	http_client_open(&client, server.port);
}

static void teardown(void)
{
	http_client_close(&client);
	postern_stop(&server);
	postern_done(&server);
}

static const struct {
	const char *request;
	int status;
} cases[] = {
	{ "GET / HTTP/1.1\r\nhost: x\r\n%s\r\n\r\n", 200 },
	{ "GET /users HTTP/1.1\r\nhost: x\r\n%s\r\n\r\n", 200 },
	{ "DELETE /users/1 HTTP/1.1\r\nhost: x\r\n%s\r\n\r\n", 404 },
	{ "GET /users/ HTTP/1.1\r\nhost: x\r\n%s\r\n\r\n", 307 },
	{ "PUT /users HTTP/1.1\r\nhost: x\r\n%s\r\n\r\n", 405 },
	{ "OPTIONS /users HTTP/1.1\r\nhost: x\r\n%s\r\n\r\n", 204 },
	{ "POST /users HTTP/1.1\r\nhost: x\r\n%s\r\ncontent-length: 2\r\n\r\n{}", 422 },
};

static struct answer ask(size_t i, const char *line)
{
	char request[256];
	const char *slot = strstr(cases[i].request, "%s");

	strcpy(request, cases[i].request);
	strcpy(request + (slot - cases[i].request), line);
	strcat(request, slot + 2);
	ck_assert(http_client_send(&client, str_from(request)));
	struct answer a = http_client_receive(&client);
	http_client_expect(&a, cases[i].request, cases[i].status, NULL);
	return a;
}

START_TEST(each_answer_and_its_log_line_have_the_id)
{
	char due[100];

	start(NULL);
	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct answer a = ask(i, "X-Request-Id: mine-1");
		ck_assert_slice_eq(answer_field(&a, "x-request-id"), STR("mine-1"));
		a = ask(i, "X-Request-ID: not mine");
		struct str made = answer_field(&a, "x-request-id");
		ck_assert_uint_eq(made.len, 32);
		memcpy(due, made.ptr, made.len);
		strcpy(due + made.len, "\n");
		postern_await_log(&server, 0, due, POSTERN_STOP_MS);
	}
	ck_assert_ptr_nonnull(strstr(postern_log(&server), "ms mine-1\n"));
	/* The answer to a malformed request has an id, too. */
	http_client_send(&client, STR("no request\r\n\r\n"));
	struct answer a = http_client_receive(&client);
	ck_assert_int_eq(a.status, 400);
	ck_assert_uint_eq(answer_field(&a, "x-request-id").len, 32);
	teardown();
}
END_TEST

START_TEST(request_ids_can_be_disabled)
{
	start("--no-request-id");
	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct answer a = ask(i, "X-Request-Id: mine-1");
		ck_assert_ptr_null(answer_field(&a, "x-request-id").ptr);
	}
	ck_assert_ptr_null(strstr(postern_log(&server), "mine-1"));
	teardown();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("request id");
	TCase *tests = tcase_create("request id");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, each_answer_and_its_log_line_have_the_id);
	tcase_add_test(tests, request_ids_can_be_disabled);
	suite_add_tcase(suite, tests);
	return suite;
}

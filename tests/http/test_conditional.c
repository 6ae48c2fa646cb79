/* Conditional requests (RFC 9110 13) to the whole server. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLIENTS = 8, INCREMENTS = 20 };

static struct postern server;
static struct http_client client;

static void setup(void)
{
	postern_start(&server, &(struct postern_plan){ 0 });
	http_client_open(&client, server.port);
	struct answer a = http_client_ask(
		&client, "POST", "/users", "{\"username\":\"0\",\"email\":\"ada@example.com\"}");
	http_client_expect(&a, "POST /users", 201, NULL);
}

static void teardown(void)
{
	http_client_close(&client);
	postern_stop(&server);
	postern_done(&server);
}

static struct answer ask_if(struct http_client *c, const char *method, const char *target,
	const char *condition, const char *body)
{
	struct str request = arena_printf(&c->arena,
		"%s %s HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
		"content-length: %zu\r\n%s\r\n\r\n%s",
		method, target, strlen(body), condition, body);

	ck_assert(http_client_send(c, request));
	return strcmp(method, "HEAD") == 0 ? http_client_receive_head(c) : http_client_receive(c);
}

/* The field name with the current tag: "If-Match: "…"". */
static const char *condition(struct http_client *c, const char *name, const char *target)
{
	struct answer a = http_client_ask(c, "GET", target, NULL);
	struct str tag = answer_field(&a, "etag");

	http_client_expect(&a, target, 200, NULL);
	ck_assert_msg(tag.ptr != NULL, "%s has no tag: %s", target, a.head.ptr);
	return arena_printf(&c->arena, "%s: %.*s", name, STR_ARGS(tag)).ptr;
}

static const char *const targets[] = { "/users", "/users/1", "/posts", "/openapi.json", "/docs" };

START_TEST(test_a_known_representation_is_not_sent_again)
{
	const char *known = condition(&client, "If-None-Match", targets[_i]);
	struct answer a = ask_if(&client, "GET", targets[_i], known, "");

	http_client_expect(&a, targets[_i], 304, "");
	ck_assert_slice_eq(answer_field(&a, "etag"), str_from(known + strlen("If-None-Match: ")));
	ck_assert_ptr_nonnull(answer_field(&a, "date").ptr);
	ck_assert_ptr_null(answer_field(&a, "content-type").ptr);
	a = ask_if(&client, "HEAD", targets[_i], known, "");
	ck_assert_int_eq(a.status, 304);
	a = ask_if(&client, "GET", targets[_i], "If-None-Match: *", "");
	http_client_expect(&a, targets[_i], 200, NULL);
}
END_TEST

static void restart(void)
{
	http_client_close(&client);
	postern_stop(&server);
	postern_launch(&server, &(struct postern_plan){ 0 });
	postern_await_serving(&server);
	http_client_open(&client, server.port);
}

START_TEST(test_tags_stay_the_same_after_a_restart)
{
	const char *users = strdup(condition(&client, "If-None-Match", "/users/1"));

	restart();
	struct answer a = ask_if(&client, "GET", "/users/1", users, "");
	http_client_expect(&a, "GET /users/1", 304, "");
	free((void *)(uintptr_t)users);
}
END_TEST

static const char changed[] = "{\"detail\":\"User has changed\"}";

START_TEST(test_a_changed_row_is_not_written)
{
	const char *seen = condition(&client, "If-Match", "/users/1");
	struct answer a = ask_if(&client, "PATCH", "/users/1", seen, "{\"username\":\"1\"}");

	http_client_expect(&a, "PATCH", 200, NULL);
	a = ask_if(&client, "PATCH", "/users/1", seen, "{\"username\":\"2\"}");
	http_client_expect(&a, "PATCH of another state", 412, changed);
	a = ask_if(&client, "DELETE", "/users/1", seen, "");
	http_client_expect(&a, "DELETE of another state", 412, changed);
	a = ask_if(&client, "PATCH", "/users/1", seen, "{\"username\":\"\"}");
	http_client_expect(&a, "PATCH that is not valid", 422, NULL);
	a = ask_if(&client, "PATCH", "/users/2", "If-Match: *", "{\"username\":\"2\"}");
	http_client_expect(&a, "PATCH of none", 404, NULL);
	a = ask_if(&client, "PATCH", "/users/1", "If-Match: *", "{\"username\":\"2\"}");
	http_client_expect(&a, "PATCH of any state", 200, NULL);
	/* A change of an embedded row changes the tag, too. */
	seen = condition(&client, "If-Match", "/users/1");
	a = http_client_ask(
		&client, "POST", "/users/1/posts", "{\"title\":\"a\",\"content\":\"b\"}");
	http_client_expect(&a, "POST", 201, NULL);
	a = ask_if(&client, "DELETE", "/users/1", seen, "");
	http_client_expect(&a, "DELETE with another post", 412, changed);
	a = ask_if(&client, "DELETE", "/users/1", condition(&client, "If-Match", "/users/1"), "");
	http_client_expect(&a, "DELETE", 204, "");
}
END_TEST

/* Reads the number in the row and writes the next one. Repeats this if the row has changed
 * meanwhile. */
static void increment(struct http_client *c)
{
	for (;;) {
		struct answer a = http_client_ask(c, "GET", "/users/1", NULL);
		struct str tag = answer_field(&a, "etag");
		long number = strtol(a.body.ptr + strlen("{\"username\":\""), NULL, 10);
		const char *body =
			arena_printf(&c->arena, "{\"username\":\"%ld\"}", number + 1).ptr;
		a = ask_if(c, "PATCH", "/users/1",
			arena_printf(&c->arena, "If-Match: %.*s", STR_ARGS(tag)).ptr, body);
		if (a.status == 200)
			return;
		http_client_expect(&a, "PATCH", 412, changed);
	}
}

static void *increment_often(void *unused)
{
	struct http_client c;

	(void)unused;
	http_client_open(&c, server.port);
	for (int i = 0; i < INCREMENTS; i++)
		increment(&c);
	http_client_close(&c);
	return NULL;
}

START_TEST(test_no_update_is_lost)
{
	pthread_t threads[CLIENTS];

	for (int i = 0; i < CLIENTS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, increment_often, NULL), 0);
	for (int i = 0; i < CLIENTS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(
		atoi(postern_sql(&server, "SELECT username FROM users")), CLIENTS * INCREMENTS);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("conditional");
	TCase *tests = tcase_create("conditional");

	tcase_set_timeout(tests, 120);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(
		tests, test_a_known_representation_is_not_sent_again, 0, (int)NITEMS(targets));
	tcase_add_test(tests, test_tags_stay_the_same_after_a_restart);
	tcase_add_test(tests, test_a_changed_row_is_not_written);
	tcase_add_test(tests, test_no_update_is_lost);
	suite_add_tcase(suite, tests);
	return suite;
}

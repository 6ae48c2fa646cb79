/* Lists whose order and parameters a declaration has: tests/apis/lists.json. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 64 * 1024, MANY = 1500 };

#define LISTS "tests/apis/lists.json"

static struct postern server;
static char text[TEXT_MAX];

static void setup(void)
{
	postern_init(&server);
	postern_launch(&server, &(struct postern_plan){ .args = { "--api", LISTS } });
	postern_await_serving(&server);
}

static void teardown(void)
{
	postern_stop(&server);
	postern_done(&server);
}

static void create(const char *target, const char *body)
{
	int status = http_client_ask_once(server.port, "POST", target, body, text, sizeof(text));

	ck_assert_msg(status == 201, "%s: %d %s", body, status, text);
}

static void create_rows(void)
{
	static const char *const rows[][2] = {
		{ "/notes", "{\"text\":\"a\",\"stars\":1}" },
		{ "/notes", "{\"text\":\"b\",\"stars\":3}" },
		{ "/notes", "{\"text\":\"c\",\"stars\":1}" },
		{ "/notes", "{\"text\":\"d\",\"stars\":2}" },
		{ "/notes/1/marks", "{\"word\":\"x\"}" },
		{ "/notes/1/marks", "{\"word\":null}" },
		{ "/notes/2/marks", "{\"word\":\"y\"}" },
		{ "/notes/2/marks", "{\"word\":\"x\"}" },
		{ "/tags", "{\"name\":\"a\"}" },
		{ "/tags", "{\"name\":\"b\"}" },
		{ "/tags", "{\"name\":\"c\"}" },
		{ "/colors", "{\"name\":\"red\"}" },
		{ "/colors", "{\"name\":\"blue\"}" },
		{ "/colors", "{\"name\":\"red\"}" },
	};

	for (size_t i = 0; i < NITEMS(rows); i++)
		create(rows[i][0], rows[i][1]);
}

/* The keys of the rows in text, in their order: "1,3". */
static const char *keys_shown(void)
{
	static char keys[256];
	size_t n = 0;

	keys[0] = '\0';
	for (const char *p = text; (p = strstr(p, "\"id\":")); n = strlen(keys)) {
		p += strlen("\"id\":");
		snprintf(keys + n, sizeof(keys) - n, "%s%.*s", n ? "," : "",
			(int)strspn(p, "0123456789"), p);
	}
	return keys;
}

static const struct {
	const char *target;
	int status;
	const char *keys;
} lists[] = {
	/* By stars from the top; of equal ones the index that is read backwards has the last first.
	 */
	{ "/notes", 200, "2,4" },
	{ "/notes?limit=9", 200, "2,4,3,1" },
	{ "/notes?offset=1", 200, "4,3" },
	{ "/notes?offset=1&limit=1", 200, "4" },
	{ "/notes?offset=4", 200, "" },
	{ "/notes?limit=0", 200, "" },
	/* Without bounds: to SQLite a negative offset is 0, a negative limit is none. */
	{ "/notes?offset=-3", 200, "2,4" },
	{ "/notes?limit=-1", 200, "2,4,3,1" },
	{ "/notes?limit=99999999999", 200, "2,4,3,1" },
	{ "/notes?limit=9223372036854775808", 200, "" },
	{ "/notes?limit=-9223372036854775809", 200, "" },
	{ "/notes?offset=-9223372036854775809", 200, "" },
	{ "/notes?offset=9223372036854775807", 200, "" },
	/* The last of several, decoded; others are unknown, and so are those of lists that have no
	 * words. */
	{ "/notes?limit=x&limit=1", 200, "2" },
	{ "/notes?l%69mit=%31", 200, "2" },
	{ "/notes?skip=1&after_id=1&count=x", 200, "2,4" },
	{ "/notes?offset=", 422, "" },
	{ "/notes?limit", 422, "" },
	{ "/notes?limit=1.5", 422, "" },
	/* Null is less than all texts; no index: of equal ones the first is first. */
	{ "/marks", 200, "3,1,4" },
	{ "/marks?limit=5", 200, "3,1,4,2" },
	{ "/marks?limit=6", 422, "" },
	{ "/marks?limit=0", 422, "" },
	{ "/marks?skip=1", 200, "3,1,4" },
	{ "/tags", 200, "2,1" },
	{ "/tags?skip=0", 200, "3,2,1" },
	{ "/tags?skip=-1", 422, "" },
	{ "/tags?limit=1", 200, "2,1" },
	{ "/colors", 200, "2,1,3" },
	{ "/colors?after_id=1&limit=1", 200, "2,1,3" },
};

START_TEST(a_list_is_read_as_declared)
{
	create_rows();
	for (int twice = 0; twice < 2; twice++) {
		for (size_t i = 0; i < NITEMS(lists); i++) {
			int status = http_client_ask_once(
				server.port, "GET", lists[i].target, NULL, text, sizeof(text));
			ck_assert_msg(status == lists[i].status, "%s: %d %s", lists[i].target,
				status, text);
			ck_assert_msg(strcmp(keys_shown(), lists[i].keys) == 0, "%s: %s",
				lists[i].target, text);
		}
	}
}
END_TEST

static void expect_keys(const char *target, const char *keys)
{
	int status = http_client_ask_once(server.port, "GET", target, NULL, text, sizeof(text));

	ck_assert_int_eq(status, 200);
	ck_assert_str_eq(keys_shown(), keys);
}

/* Neither a slice nor a whole list in an order of its own is served from before a write. */
START_TEST(a_write_is_seen_in_the_lists)
{
	create_rows();
	for (int twice = 0; twice < 2; twice++) {
		expect_keys("/notes", "2,4");
		expect_keys("/colors", "2,1,3");
	}
	int status = http_client_ask_once(
		server.port, "PATCH", "/notes/1", "{\"stars\":9}", text, sizeof(text));
	ck_assert_int_eq(status, 200);
	create("/colors", "{\"name\":\"black\"}");
	expect_keys("/notes", "1,2");
	expect_keys("/colors", "4,2,1,3");
}
END_TEST

/* Embedded rows stay in the order of their keys. */
START_TEST(embedded_rows_have_no_order_of_their_own)
{
	create_rows();
	expect_keys("/notes/2", "2,3,4");
}
END_TEST

START_TEST(all_issues_are_in_one_answer)
{
	int status = http_client_ask_once(
		server.port, "GET", "/notes?limit=&offset=1e2", NULL, text, sizeof(text));

	ck_assert_int_eq(status, 422);
	ck_assert_str_eq(text,
		"{\"detail\":[{\"type\":\"int_parsing\",\"loc\":[\"query\",\"offset\"],\"msg\":"
		"\"Input should be a valid integer, unable to parse string as an integer\","
		"\"input\":\"1e2\"},{\"type\":\"int_parsing\",\"loc\":[\"query\",\"limit\"],"
		"\"msg\":\"Input should be a valid integer, unable to parse string as an "
		"integer\",\"input\":\"\"}]}");
}
END_TEST

/* Longer than one frame, so that it is streamed. */
START_TEST(a_long_slice_is_whole)
{
	static char row[2000], all[4 * 1024 * 1024];
	int most = (int)sizeof(row) - 100;

	for (int i = 0; i < MANY; i++) {
		snprintf(row, sizeof(row), "{\"text\":\"%0*d\",\"stars\":%d}", most, i, i);
		create("/notes", row);
	}
	int status = http_client_ask_once(
		server.port, "GET", "/notes?offset=1&limit=1400", NULL, all, sizeof(all));
	ck_assert_int_eq(status, 200);
	unsigned rows = 0;
	for (const char *p = all; (p = strstr(p, "\"stars\":")); p++, rows++)
		ck_assert_int_eq(atoi(p + strlen("\"stars\":")), MANY - 2 - (int)rows);
	ck_assert_uint_eq(rows, 1400);
}
END_TEST

/* Paths and operations have the order of the words. */
START_TEST(the_document_has_the_order_of_the_operations)
{
	static const char *const order[] = { "\"/notes/{note_id}\":{\"get\"", "\"delete\"",
		"\"patch\"", "\"/notes\":{\"post\"", "\"get\":{\"summary\":\"List Notes\"",
		"\"name\":\"offset\"", "{\"type\":\"integer\",\"default\":0,\"title\":\"Offset\"}",
		"\"name\":\"limit\"", "{\"type\":\"integer\",\"default\":2,\"title\":\"Limit\"}",
		"\"/notes/{note_id}/marks\"", "\"/marks\"",
		"\"maximum\":5,\"minimum\":1,\"default\":3" };
	int status =
		http_client_ask_once(server.port, "GET", "/openapi.json", NULL, text, sizeof(text));

	ck_assert_int_eq(status, 200);
	const char *p = text;
	for (size_t i = 0; i < NITEMS(order); i++) {
		p = strstr(p, order[i]);
		ck_assert_msg(p != NULL, "%s", order[i]);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http/lists");
	TCase *tc = tcase_create("lists");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_list_is_read_as_declared);
	tcase_add_test(tc, a_write_is_seen_in_the_lists);
	tcase_add_test(tc, embedded_rows_have_no_order_of_their_own);
	tcase_add_test(tc, all_issues_are_in_one_answer);
	tcase_add_test(tc, a_long_slice_is_whole);
	tcase_add_test(tc, the_document_has_the_order_of_the_operations);
	suite_add_tcase(suite, tc);
	return suite;
}

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

/* PostgreSQL sorts equal rows as it likes, and takes null for greater than all texts. */
static const struct {
	const char *target;
	int status;
	const char *keys;
	const char *postgres_keys; /* NULL: the same */
} lists[] = {
	/* By stars from the top; of equal ones the index that is read backwards has the last first.
	 */
	{ "/notes", 200, "2,4", NULL },
	{ "/notes?limit=9", 200, "2,4,3,1", "2,4,1,3" },
	{ "/notes?offset=1", 200, "4,3", "4,1" },
	{ "/notes?offset=1&limit=1", 200, "4", NULL },
	{ "/notes?offset=4", 200, "", NULL },
	{ "/notes?limit=0", 200, "", NULL },
	/* Without bounds: to SQLite a negative offset is 0, a negative limit is none. */
	{ "/notes?offset=-3", 200, "2,4", NULL },
	{ "/notes?limit=-1", 200, "2,4,3,1", "2,4,1,3" },
	{ "/notes?limit=99999999999", 200, "2,4,3,1", "2,4,1,3" },
	{ "/notes?limit=9223372036854775808", 200, "", NULL },
	{ "/notes?limit=-9223372036854775809", 200, "", NULL },
	{ "/notes?offset=-9223372036854775809", 200, "", NULL },
	{ "/notes?offset=9223372036854775807", 200, "", NULL },
	/* The last of several, decoded; others are unknown, and so are those of lists that have no
	 * words. */
	{ "/notes?limit=x&limit=1", 200, "2", NULL },
	{ "/notes?l%69mit=%31", 200, "2", NULL },
	{ "/notes?skip=1&after_id=1&count=x", 200, "2,4", NULL },
	{ "/notes?offset=", 422, "", NULL },
	{ "/notes?limit", 422, "", NULL },
	{ "/notes?limit=1.5", 422, "", NULL },
	/* Null is less than all texts; no index: of equal ones the first is first. */
	{ "/marks", 200, "3,1,4", "2,3,1" },
	{ "/marks?limit=5", 200, "3,1,4,2", "2,3,1,4" },
	{ "/marks?limit=6", 422, "", NULL },
	{ "/marks?limit=0", 422, "", NULL },
	{ "/marks?skip=1", 200, "3,1,4", "2,3,1" },
	{ "/tags", 200, "2,1", NULL },
	{ "/tags?skip=0", 200, "3,2,1", NULL },
	{ "/tags?skip=-1", 422, "", NULL },
	{ "/tags?limit=1", 200, "2,1", NULL },
	{ "/colors", 200, "2,1,3", NULL },
	{ "/colors?after_id=1&limit=1", 200, "2,1,3", NULL },
};

static void expect_keys(const char *target, const char *keys)
{
	int status = http_client_ask_once(server.port, "GET", target, NULL, text, sizeof(text));

	ck_assert_int_eq(status, 200);
	ck_assert_str_eq(keys_shown(), keys);
}

/* Filters. */

static void create_filtered_rows(void)
{
	static const char *const rows[][2] = {
		{ "/notes", "{\"text\":\"a\",\"stars\":1}" },
		{ "/notes", "{\"text\":\"b\",\"stars\":2}" },
		{ "/notes/1/marks", "{\"word\":\"x\"}" },
		{ "/notes/1/items", "{\"word\":\"Apple\",\"body\":\"100% red\",\"done\":true}" },
		{ "/notes/1/items", "{\"word\":\"apple\",\"price\":\"2.50\",\"color\":\"blau\","
				    "\"size\":2,\"stars\":0.75,\"mark_id\":1}" },
		{ "/notes/2/items", "{\"word\":\"pear\",\"body\":\"an apple_tree\",\"price\":10,"
				    "\"day\":\"2026-03-01\",\"moment\":\"2025-12-31T23:59:59\"}" },
		{ "/notes/2/items", "{\"word\":\"\",\"done\":true,\"code\":"
				    "\"99999999-89ab-4def-8123-456789abcdef\"}" },
		{ "/places", "{\"name\":\"ab\"}" },
		{ "/places", "{\"name\":\"ab\",\"open\":false}" },
		{ "/places", "{\"name\":\"ab\"}" },
		{ "/events", "{\"name\":\"ab\"}" },
		{ "/events", "{\"name\":\"b\"}" },
	};

	for (size_t i = 0; i < NITEMS(rows); i++)
		create(rows[i][0], rows[i][1]);
}

static const struct {
	const char *target;
	const char *keys;
	int count; /* -1: the answer has none */
} filtered[] = {
	{ "/items", "1,2,3,4", 4 },
	{ "/items?limit=1&skip=2", "3", 4 },
	{ "/items?limit=0", "", 4 },
	{ "/items?skip=9", "", 4 },
	{ "/items?done=true", "1,4", 2 },
	{ "/items?done=0&limit=1", "2", 2 },
	{ "/items?done=false&done=on", "1,4", 2 },
	{ "/items?d%6fne=off", "2,3", 2 },
	/* Texts are compared byte by byte; "" is a value. */
	{ "/items?word=apple", "2", 1 },
	{ "/items?word=", "4", 1 },
	{ "/items?not_word=apple", "1,3,4", 3 },
	{ "/items?word=apple%27%20OR%20%271", "", 0 },
	/* The client's % and _ are wildcards. */
	{ "/items?q=100%25", "1", 1 },
	{ "/items?q=%25p_l%25e", "1,2,3", 3 },
	{ "/items?q=p_e_t", "3", 1 },
	{ "/items?q=", "1,2,3,4", 4 },
	{ "/items?q=+red", "1", 1 },
	/* Decimals and numbers are compared as numbers. */
	{ "/items?least=2.5", "2,3", 2 },
	{ "/items?least=9", "3", 1 },
	{ "/items?least=1.00&below=10", "1,2,4", 3 },
	{ "/items?stars=0.5", "2", 1 },
	{ "/items?stars=nan", "", 0 },
	{ "/items?stars=inf", "", 0 },
	{ "/items?color=blau", "2", 1 },
	{ "/items?mark=1", "2", 1 },
	{ "/items?mark=7", "", 0 },
	{ "/items?note_id=2", "3,4", 2 },
	{ "/items?note_id=2&done=true&q=", "4", 1 },
	{ "/items?since=2026-01-03", "3", 1 },
	{ "/items?since=2026-03-01", "3", 1 },
	{ "/items?before=2026-01-01T00:00", "3", 1 },
	{ "/items?before=2026-01-02T03:04:05%2b01:00", "3", 1 },
	{ "/items?code=99999999-89AB-4def-8123-456789abcdef", "4", 1 },
	{ "/items?code=9999999989ab4def8123456789abcdef", "4", 1 },
	/* No row has an integer beyond 64 bits, and none is unequal to it for SQLite. */
	{ "/items?note_id=9223372036854775808", "", 0 },
	{ "/items?mark=-9223372036854775809", "", 0 },
	{ "/items?least=1e999", "", 0 },
	{ "/items?note_id=1&skip=9223372036854775808", "", 2 },
	/* A default filters, too. */
	{ "/places?name=ab", "1,3", 2 },
	{ "/places?name=ab&open=no", "2", 1 },
	{ "/events?name=a", "1", -1 },
	{ "/events", "1,2", -1 },
};

static int count_shown(void)
{
	const char *count = strstr(text, "\"count\":");

	if (count)
		return atoi(count + strlen("\"count\":"));
	count = strstr(text, "\"total\":");
	return count ? atoi(count + strlen("\"total\":")) : -1;
}

/* LIKE of SQLite ignores the case of ASCII letters. */
START_TEST(the_database_decides_about_the_case_of_letters)
{
	create_filtered_rows();
	expect_keys("/items?q=APPLE", test_database_is_postgres() ? "" : "1,2,3");
	expect_keys("/items?q=apple", test_database_is_postgres() ? "2,3" : "1,2,3");
	expect_keys("/items?q=a%25e", test_database_is_postgres() ? "2,3" : "1,2,3");
}
END_TEST

START_TEST(filters_leave_the_rows_that_compare)
{
	create_filtered_rows();
	for (size_t i = 0; i < NITEMS(filtered); i++) {
		int status = http_client_ask_once(
			server.port, "GET", filtered[i].target, NULL, text, sizeof(text));
		ck_assert_msg(status == 200, "%s: %d %s", filtered[i].target, status, text);
		ck_assert_msg(strcmp(keys_shown(), filtered[i].keys) == 0, "%s: %s",
			filtered[i].target, text);
		ck_assert_msg(
			count_shown() == filtered[i].count, "%s: %s", filtered[i].target, text);
	}
}
END_TEST

static const struct {
	const char *target, *body;
} pages[] = {
	{ "/events?name=z", "[]" },
	{ "/items?word=z", "{\"data\":[],\"count\":0}" },
	{ "/places?name=zz", "{\"total\":0,\"places\":[]}" },
	{ "/places?name=ab&open=no",
		"{\"total\":1,\"places\":[{\"name\":\"ab\",\"open\":false,\"id\":2}]}" },
};

START_TEST(a_page_has_its_members_in_the_declared_order)
{
	create_filtered_rows();
	for (size_t i = 0; i < NITEMS(pages); i++) {
		int status = http_client_ask_once(
			server.port, "GET", pages[i].target, NULL, text, sizeof(text));
		ck_assert_int_eq(status, 200);
		ck_assert_str_eq(text, pages[i].body);
	}
}
END_TEST

static const struct {
	const char *target, *issues;
} invalid[] = {
	{ "/places", "[{\"type\":\"missing\",\"loc\":[\"query\",\"name\"],\"msg\":\"Field "
		     "required\",\"input\":null}]" },
	{ "/places?open=2&name=a",
		"[{\"type\":\"string_too_short\",\"loc\":[\"query\",\"name\"],\"msg\":\"String "
		"should have at least 2 characters\",\"input\":\"a\",\"ctx\":{\"min_length\":2}},"
		"{\"type\":\"bool_parsing\",\"loc\":[\"query\",\"open\"],\"msg\":\"Input should be "
		"a valid boolean, unable to interpret input\",\"input\":\"2\"}]" },
	{ "/items?limit=-1&least=-1&skip=x",
		"[{\"type\":\"int_parsing\",\"loc\":[\"query\",\"skip\"],\"msg\":\"Input should be "
		"a valid integer, unable to parse string as an integer\",\"input\":\"x\"},"
		"{\"type\":\"greater_than_equal\",\"loc\":[\"query\",\"least\"],\"msg\":\"Input "
		"should be greater than or equal to 0\",\"input\":\"-1\",\"ctx\":{\"ge\":0}},"
		"{\"type\":\"greater_than_equal\",\"loc\":[\"query\",\"limit\"],\"msg\":\"Input "
		"should be greater than or equal to 0\",\"input\":\"-1\",\"ctx\":{\"ge\":0}}]" },
	{ "/items?color=red", "[{\"type\":\"enum\",\"loc\":[\"query\",\"color\"],\"msg\":\"Input "
			      "should be 'rot' or 'blau'\",\"input\":\"red\",\"ctx\":"
			      "{\"expected\":\"'rot' or 'blau'\"}}]" },
	/* As in Pydantic, the text is none of the integers. */
	{ "/items?size=1", "[{\"type\":\"literal_error\",\"loc\":[\"query\",\"size\"],\"msg\":"
			   "\"Input should be 1 or 2\",\"input\":\"1\",\"ctx\":"
			   "{\"expected\":\"1 or 2\"}}]" },
};

START_TEST(an_invalid_filter_is_an_issue)
{
	char want[TEXT_MAX];

	for (size_t i = 0; i < NITEMS(invalid); i++) {
		int status = http_client_ask_once(
			server.port, "GET", invalid[i].target, NULL, text, sizeof(text));
		snprintf(want, sizeof(want), "{\"detail\":%s}", invalid[i].issues);
		ck_assert_int_eq(status, 422);
		ck_assert_str_eq(text, want);
	}
}
END_TEST

/* Nothing of a list with filters comes from a cache. */
START_TEST(a_write_is_seen_by_filters_and_counts)
{
	create_filtered_rows();
	for (int twice = 0; twice < 2; twice++) {
		expect_keys("/items?done=true", "1,4");
		ck_assert_int_eq(count_shown(), 2);
	}
	int status = http_client_ask_once(
		server.port, "PATCH", "/items/2", "{\"done\":true}", text, sizeof(text));
	ck_assert_int_eq(status, 200);
	expect_keys("/items?done=true", "1,2,4");
	ck_assert_int_eq(count_shown(), 3);
}
END_TEST

/* The answer to a GET and its ETag, until the client is closed. */
static struct str etag_of(struct http_client *c, const char *target)
{
	struct answer a = http_client_ask(c, "GET", target, NULL);

	ck_assert_int_eq(a.status, 200);
	ck_assert_ptr_null(answer_field(&a, "x-total-count").ptr);
	return answer_field(&a, "etag");
}

/* The count alone makes it another answer. */
START_TEST(an_etag_is_of_rows_and_count)
{
	struct http_client c;

	create_filtered_rows();
	http_client_open(&c, server.port);
	struct str etag = etag_of(&c, "/items?limit=1");
	ck_assert_slice_eq(etag_of(&c, "/items?limit=1"), etag);
	ck_assert(!str_equal(etag_of(&c, "/items?limit=1&done=true"), etag));
	create("/notes/1/items", "{\"word\":\"new\"}");
	ck_assert(!str_equal(etag_of(&c, "/items?limit=1"), etag));
	struct answer head = http_client_ask(&c, "GET", "/places?name=ab", NULL);
	struct str length = answer_field(&head, "content-length");
	http_client_request(&c, "HEAD", "/places?name=ab", NULL);
	head = http_client_receive_head(&c);
	ck_assert_int_eq(head.status, 200);
	ck_assert_slice_eq(answer_field(&head, "content-length"), length);
	http_client_close(&c);
}
END_TEST

/* The rows below a row. */

static const struct {
	const char *target;
	int status;
	const char *keys; /* or the answer, if the status is no success */
	int count;
} below[] = {
	{ "/notes/1/items", 200, "1,2", 2 },
	{ "/notes/2/items", 200, "3,4", 2 },
	{ "/notes/2/items?done=1", 200, "4", 1 },
	{ "/notes/1/items?note_id=2", 200, "", 0 },
	{ "/notes/1/items?skip=1&limit=5&q=pple", 200, "2", 2 },
	{ "/notes/3/items", 404, "{\"detail\":\"Note not found\"}", -1 },
	{ "/notes/9223372036854775808/items", 404, "{\"detail\":\"Note not found\"}", -1 },
	{ "/notes/1/marks", 200, "1", -1 },
	{ "/notes/2/marks?limit=1", 200, "", -1 },
	{ "/notes/3/marks", 200, "", -1 },
	{ "/events/1/guests", 200, "1,2", -1 },
	{ "/events/1/guests?after_id=1&limit=x", 200, "1,2", -1 },
	{ "/events/2/guests", 200, "", -1 },
	{ "/events/3/guests", 404, "{\"detail\":\"Event not found\"}", -1 },
	{ "/notes/x/items?skip=y", 422,
		"{\"detail\":[{\"type\":\"int_parsing\",\"loc\":[\"path\",\"note_id\"],\"msg\":"
		"\"Input should be a valid integer, unable to parse string as an integer\","
		"\"input\":\"x\"},{\"type\":\"int_parsing\",\"loc\":[\"query\",\"skip\"],\"msg\":"
		"\"Input should be a valid integer, unable to parse string as an integer\","
		"\"input\":\"y\"}]}",
		-1 },
};

START_TEST(the_rows_below_a_row_are_read_as_declared)
{
	create_filtered_rows();
	create("/events/1/guests", "{\"name\":\"a\"}");
	create("/events/1/guests", "{\"name\":\"b\"}");
	for (size_t i = 0; i < NITEMS(below); i++) {
		int status = http_client_ask_once(
			server.port, "GET", below[i].target, NULL, text, sizeof(text));
		const char *shown = status == 200 ? keys_shown() : text;
		ck_assert_msg(
			status == below[i].status, "%s: %d %s", below[i].target, status, text);
		ck_assert_msg(strcmp(shown, below[i].keys) == 0, "%s: %s", below[i].target, text);
		ck_assert_int_eq(count_shown(), below[i].count);
	}
}
END_TEST

/* They are in no cache, whatever list of the same resource is. */
START_TEST(a_write_is_seen_below_a_row)
{
	create_filtered_rows();
	for (int twice = 0; twice < 2; twice++) {
		expect_keys("/notes/1/marks", "1");
		expect_keys("/marks", "1");
	}
	create("/notes/1/marks", "{\"word\":\"y\"}");
	expect_keys("/notes/1/marks", "2,1");
	expect_keys("/notes/2/marks", "");
}
END_TEST

START_TEST(a_list_is_read_as_declared)
{
	create_rows();
	for (int twice = 0; twice < 2; twice++) {
		for (size_t i = 0; i < NITEMS(lists); i++) {
			int status = http_client_ask_once(
				server.port, "GET", lists[i].target, NULL, text, sizeof(text));
			ck_assert_msg(status == lists[i].status, "%s: %d %s", lists[i].target,
				status, text);
			const char *keys = lists[i].postgres_keys && test_database_is_postgres()
						   ? lists[i].postgres_keys
						   : lists[i].keys;
			ck_assert_msg(
				strcmp(keys_shown(), keys) == 0, "%s: %s", lists[i].target, text);
		}
	}
}
END_TEST

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

/* The filter's text outlives the frame that it came in. */
START_TEST(a_long_page_is_whole)
{
	static char row[2000], all[4 * 1024 * 1024];
	int most = (int)sizeof(row) - 100;

	create("/notes", "{\"text\":\"a\",\"stars\":1}");
	for (int i = 0; i < MANY / 5; i++) {
		snprintf(row, sizeof(row), "{\"body\":\"%0*d\",\"word\":\"%s\"}", most, i,
			i % 3 ? "odd" : "other");
		create("/notes/1/items", row);
	}
	int status = http_client_ask_once(
		server.port, "GET", "/items?q=the&limit=-0&limit=90", NULL, all, sizeof(all));
	ck_assert_int_eq(status, 200);
	unsigned rows = 0;
	for (const char *p = all; (p = strstr(p, "\"word\":\"other\"")); p++)
		rows++;
	ck_assert_uint_eq(rows, 90);
	ck_assert_str_eq(all + strlen(all) - strlen("],\"count\":100}"), "],\"count\":100}");
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
	tcase_add_test(tc, filters_leave_the_rows_that_compare);
	tcase_add_test(tc, the_database_decides_about_the_case_of_letters);
	tcase_add_test(tc, a_page_has_its_members_in_the_declared_order);
	tcase_add_test(tc, an_invalid_filter_is_an_issue);
	tcase_add_test(tc, a_write_is_seen_by_filters_and_counts);
	tcase_add_test(tc, an_etag_is_of_rows_and_count);
	tcase_add_test(tc, a_long_page_is_whole);
	tcase_add_test(tc, the_rows_below_a_row_are_read_as_declared);
	tcase_add_test(tc, a_write_is_seen_below_a_row);
	tcase_add_test(tc, the_document_has_the_order_of_the_operations);
	suite_add_tcase(suite, tc);
	return suite;
}

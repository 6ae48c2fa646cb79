/* Lists in pages over HTTP. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 25, LONG_ROWS = 40, LONG_TEXT = 20 * 1000 };

static struct postern server;
static struct http_client client;

static void setup(void)
{
	postern_start(&server, &(struct postern_plan){ 0 });
	http_client_open(&client, server.port);
}

static void teardown(void)
{
	http_client_close(&client);
	postern_stop(&server);
	postern_done(&server);
}

static void post(const char *target, const char *body)
{
	struct answer a = http_client_ask(&client, "POST", target, body);

	http_client_expect(&a, target, 201, NULL);
}

static void fill_users(void)
{
	char body[128];

	for (int i = 1; i <= ROWS; i++) {
		snprintf(body, sizeof(body),
			"{\"username\":\"user%d\",\"email\":\"user%d@example.com\"}", i, i);
		post("/users", body);
	}
}

/* The query in the link to the next page; "" on the last page. */
static const char *next_of(const struct answer *a)
{
	struct str link = answer_field(a, "link");
	char query[64];

	if (!link.ptr)
		return "";
	ck_assert_int_eq(sscanf(link.ptr, "<%63[^>]>; rel=\"next\"", query), 1);
	return arena_copy(&client.arena, (struct str){ query, strlen(query) + 1 }).ptr;
}

/* Follows the links. Returns the content of all pages without brackets, joined with commas. */
static struct str follow(const char *path, const char *query, unsigned *pages)
{
	struct str all = STR("");

	for (*pages = 0; *query; ++*pages) {
		struct answer a = http_client_ask(
			&client, "GET", arena_printf(&client.arena, "%s%s", path, query).ptr, NULL);
		http_client_expect(&a, query, 200, NULL);
		ck_assert_ptr_nonnull(answer_field(&a, "etag").ptr);
		ck_assert_ptr_nonnull(answer_field(&a, "content-length").ptr);
		all = arena_printf(&client.arena, "%.*s%s%.*s", STR_ARGS(all),
			all.len > 0 ? "," : "", (int)a.body.len - 2, a.body.ptr + 1);
		query = next_of(&a);
	}
	return all;
}

static void check_whole(const char *path, struct str joined)
{
	struct answer a = http_client_ask(&client, "GET", path, NULL);

	http_client_expect(&a, path, 200, NULL);
	ck_assert_slice_eq(joined, ((struct str){ a.body.ptr + 1, a.body.len - 2 }));
}

static const struct {
	const char *query;
	unsigned pages;
} walks[] = {
	{ "?after_id=0&limit=1", ROWS },
	{ "?limit=10&after_id=0", 3 },
	{ "?after_id=-5&limit=5", 5 },
	{ "?after_id=0&limit=25", 1 },
	{ "?after_id=0&limit=1000", 1 },
	{ "?after_id=0", 1 },
	{ "?after_id=-99999999999999999999", 1 },
	{ "?x=1&after_id=99&after%5Fid=+0&limit=0&limit=1_0", 3 },
};

START_TEST(test_pages_are_the_list)
{
	unsigned pages;

	fill_users();
	for (size_t i = 0; i < NITEMS(walks); i++) {
		check_whole("/users", follow("/users", walks[i].query, &pages));
		ck_assert_uint_eq(pages, walks[i].pages);
	}
	struct answer a = http_client_ask(&client, "GET", "/users?after_id=25", NULL);
	http_client_expect(&a, "behind the last", 200, "[]");
	a = http_client_ask(&client, "GET", "/users?after_id=99999999999999999999", NULL);
	http_client_expect(&a, "behind all that may be", 200, "[]");
	ck_assert_ptr_null(answer_field(&a, "link").ptr);
}
END_TEST

/* A page that would be streamed is ended when it is long. */
START_TEST(test_a_page_of_long_rows_is_shorter)
{
	char *body = malloc(LONG_TEXT + 100);
	unsigned pages;

	ck_assert_ptr_nonnull(body);
	fill_users();
	strcpy(body, "{\"title\":\"a\",\"content\":\"");
	size_t n = strlen(body);
	memset(body + n, 'x', LONG_TEXT);
	strcpy(body + n + LONG_TEXT, "\"}");
	for (int i = 0; i < LONG_ROWS; i++)
		post("/users/1/posts", body);
	free(body);
	check_whole("/posts", follow("/posts", "?after_id=0", &pages));
	ck_assert_uint_gt(pages, 3);
	ck_assert_uint_lt(pages, LONG_ROWS / 2);
}
END_TEST

START_TEST(test_the_total_is_sent_on_request)
{
	fill_users();
	struct answer a =
		http_client_ask(&client, "GET", "/users?after_id=20&limit=2&count=true", NULL);
	http_client_expect(&a, "counted", 200, NULL);
	ck_assert_slice_eq(answer_field(&a, "x-total-count"), STR("25"));
	ck_assert_str_eq(next_of(&a), "?after_id=22&limit=2");
	struct str tag = answer_field(&a, "etag");
	a = http_client_ask(&client, "GET", "/users?after_id=20&limit=2&count=No", NULL);
	http_client_expect(&a, "not counted", 200, NULL);
	ck_assert_ptr_null(answer_field(&a, "x-total-count").ptr);
	post("/users", "{\"username\":\"z\",\"email\":\"z@example.com\"}");
	a = http_client_ask(&client, "GET", "/users?after_id=20&limit=2&count=1", NULL);
	ck_assert_slice_eq(answer_field(&a, "x-total-count"), STR("26"));
	/* The rows are the same, but the fields of the answer differ. */
	ck_assert(!str_equal(answer_field(&a, "etag"), tag));
	a = http_client_ask(&client, "GET", "/posts?after_id=0&count=true", NULL);
	http_client_expect(&a, "none", 200, "[]");
	ck_assert_slice_eq(answer_field(&a, "x-total-count"), STR("0"));
	a = http_client_ask(&client, "GET", "/users?count=true", NULL);
	ck_assert_ptr_null(answer_field(&a, "x-total-count").ptr);
}
END_TEST

/* The tag of a page depends on its link, too. */
START_TEST(test_a_page_that_gets_a_successor_has_another_tag)
{
	post("/users", "{\"username\":\"a\",\"email\":\"a@example.com\"}");
	struct answer a = http_client_ask(&client, "GET", "/users?after_id=0&limit=1", NULL);
	struct str tag = answer_field(&a, "etag");
	post("/users", "{\"username\":\"b\",\"email\":\"b@example.com\"}");
	struct answer b = http_client_ask(&client, "GET", "/users?after_id=0&limit=1", NULL);
	ck_assert_slice_eq(b.body, a.body);
	ck_assert(!str_equal(answer_field(&b, "etag"), tag));
	ck_assert_str_eq(next_of(&b), "?after_id=1&limit=1");
}
END_TEST

START_TEST(test_without_a_page_the_whole_list_is_sent)
{
	static const char *const targets[] = { "/users?limit=1", "/users?limit=abc",
		"/users?after=1", "/users?", "/users?AFTER_ID=1", "/users?x=after_id" };

	fill_users();
	for (size_t i = 0; i < NITEMS(targets); i++) {
		struct answer a = http_client_ask(&client, "GET", targets[i], NULL);
		http_client_expect(&a, targets[i], 200, NULL);
		check_whole("/users", (struct str){ a.body.ptr + 1, a.body.len - 2 });
	}
}
END_TEST

static const struct {
	const char *target, *detail;
} refused[] = {
	{ "/posts?after_id=0&limit=0",
		"{\"detail\":[{\"type\":\"greater_than_equal\",\"loc\":[\"query\",\"limit\"],"
		"\"msg\":\"Input should be greater than or equal to 1\",\"input\":\"0\","
		"\"ctx\":{\"ge\":1}}]}" },
	{ "/posts?after_id=0&limit=1001",
		"{\"detail\":[{\"type\":\"less_than_equal\",\"loc\":[\"query\",\"limit\"],"
		"\"msg\":\"Input should be less than or equal to 1000\",\"input\":\"1001\","
		"\"ctx\":{\"le\":1000}}]}" },
	{ "/users?after_id=0&count=maybe",
		"{\"detail\":[{\"type\":\"bool_parsing\",\"loc\":[\"query\",\"count\"],"
		"\"msg\":\"Input should be a valid boolean, unable to interpret input\","
		"\"input\":\"maybe\"}]}" },
	{ "/users?after_id=&limit=ten",
		"{\"detail\":[{\"type\":\"int_parsing\",\"loc\":[\"query\",\"limit\"],"
		"\"msg\":\"Input should be a valid integer, unable to parse string as an integer\","
		"\"input\":\"ten\"},{\"type\":\"int_parsing\",\"loc\":[\"query\",\"after_id\"],"
		"\"msg\":\"Input should be a valid integer, unable to parse string as an integer\","
		"\"input\":\"\"}]}" },
};

START_TEST(test_invalid_pages_are_refused)
{
	struct answer a = http_client_ask(&client, "GET", refused[_i].target, NULL);

	http_client_expect(&a, refused[_i].target, 422, refused[_i].detail);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pages");
	TCase *tests = tcase_create("pages");

	tcase_set_timeout(tests, 120);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_pages_are_the_list);
	tcase_add_test(tests, test_the_total_is_sent_on_request);
	tcase_add_test(tests, test_a_page_of_long_rows_is_shorter);
	tcase_add_test(tests, test_a_page_that_gets_a_successor_has_another_tag);
	tcase_add_test(tests, test_without_a_page_the_whole_list_is_sent);
	tcase_add_loop_test(tests, test_invalid_pages_are_refused, 0, (int)NITEMS(refused));
	suite_add_tcase(suite, tests);
	return suite;
}

/* Compressed answers of the whole server. */
#include "gunzip.h"
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <stdio.h>

static struct postern server;
static struct http_client client;

static void start(const char *flag)
{
	postern_start(&server, &(struct postern_plan){ .args = { "--workers", "1", flag } });
	http_client_open(&client, server.port);
}

static void teardown(void)
{
	http_client_close(&client);
	postern_stop(&server);
	postern_done(&server);
}

static struct answer ask_with(const char *method, const char *target, const char *lines)
{
	struct str request = arena_printf(
		&client.arena, "%s %s HTTP/1.1\r\nhost: x\r\n%s\r\n\r\n", method, target, lines);

	ck_assert(http_client_send(&client, request));
	return strcmp(method, "HEAD") == 0 ? http_client_receive_head(&client)
					   : http_client_receive(&client);
}

static void fill(unsigned rows)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %u) "
		"INSERT INTO users (username, email) SELECT 'user' || i, 'user' || i || "
		"'@example.com' FROM n",
		rows);
	postern_sql(&server, sql);
	/* dbd detects the write of another program with a delay, but at the latest when it answers
	 * a write. */
	struct answer a = http_client_ask(&client, "POST", "/users",
		"{\"username\":\"last\",\"email\":\"last@example.com\"}");
	http_client_expect(&a, "POST /users", 201, NULL);
}

static void check_packed(struct answer plain, struct answer packed)
{
	ck_assert_int_eq(packed.status, 200);
	ck_assert_slice_eq(answer_field(&packed, "content-encoding"), STR("gzip"));
	ck_assert_slice_eq(answer_field(&packed, "vary"), STR("accept-encoding"));
	ck_assert_slice_eq(
		answer_field(&packed, "content-type"), answer_field(&plain, "content-type"));
	ck_assert_slice_eq(gunzip(&client.arena, packed.body), plain.body);
	ck_assert_uint_lt(packed.body.len, plain.body.len);
}

/* Numbers of rows: a list of 100 is sent at once, a list of 3,000 is streamed. */
static const unsigned sizes[] = { 100, 3000 };

/* The first answer, and answers from the cache, which has both forms. */
START_TEST(test_lists_are_compressed_on_request)
{
	start(NULL);
	fill(sizes[_i]);
	for (unsigned round = 0; round < 3; round++) {
		struct answer packed = ask_with("GET", "/users", "Accept-Encoding: br, gzip");
		struct answer plain = ask_with("GET", "/users", "X: y");
		check_packed(plain, packed);
		ck_assert_ptr_null(answer_field(&plain, "content-encoding").ptr);
		ck_assert_slice_eq(answer_field(&plain, "vary"), STR("accept-encoding"));
	}
	struct answer head = ask_with("HEAD", "/users", "Accept-Encoding: gzip");
	struct answer packed = ask_with("GET", "/users", "Accept-Encoding: gzip");
	ck_assert_slice_eq(
		answer_field(&head, "content-length"), answer_field(&packed, "content-length"));
}
END_TEST

/* Posts of one user. The numbers are the sizes of their contents in bytes. */
static const struct {
	const char *what, *target, *contents;
	bool controls; /* contents of control characters, six times as long in JSON */
	bool has_tag;  /* not streamed */
} shapes[] = {
	{ "a small row before a large one", "/posts", "(10), (280000)", false, true },
	{ "a large row among small ones", "/posts", "(10), (300000), (10)", false, false },
	{ "a large row first", "/posts", "(300000), (10)", false, false },
	{ "rows that are frames", "/posts", "(70000), (70000), (70000), (70000)", false, false },
	{ "a very large row", "/posts", "(10), (1040000), (10), (900000)", false, false },
	{ "a large row alone", "/posts/1", "(300000)", false, true },
	{ "a very large row alone", "/posts/1", "(1040000)", false, true },
	{ "as large as is compressed at once, about", "/posts/1", "(262000)", false, true },
	{ "a list of one", "/posts", "(400000)", false, true },
	{ "a page", "/posts?after_id=0&limit=1", "(400000), (10)", false, true },
	{ "a large row in its parent", "/users/1", "(10), (280000), (10)", false, false },
	{ "the only row in its parent", "/users/1", "(280000)", false, true },
	{ "rows that are large in JSON", "/posts", "(60000), (60000)", true, true },
};

/* A text of n characters, on each engine: at random, and of control characters. */
static const char *const texts[2][2] = {
	{ "hex(randomblob(n / 2))", "replace(hex(zeroblob(n / 2)), '0', char(1))" },
	{ "(SELECT left(string_agg(md5(random()::text || g || n), ''), n) FROM"
	  " generate_series(0, n / 32) g)",
		"repeat(chr(1), n)" },
};

static void fill_posts(const char *contents, bool controls)
{
	char sql[1024];

	snprintf(sql, sizeof(sql),
		"INSERT INTO users (username, email) VALUES ('ada', 'ada@example.com');"
		"WITH lengths(n) AS (VALUES %s) "
		"INSERT INTO posts (title, content, user_id, date_posted) "
		"SELECT 'post', CAST(%s AS TEXT), 1, '2026-01-02 03:04:05.000000' FROM lengths",
		contents, texts[test_database_is_postgres()][controls]);
	postern_sql(&server, sql);
	struct answer a = http_client_ask(&client, "POST", "/users",
		"{\"username\":\"last\",\"email\":\"last@example.com\"}");
	http_client_expect(&a, "POST /users", 201, NULL);
}

static void check_tag(struct answer a, const char *target)
{
	struct str tag = answer_field(&a, "etag");
	const char *lines = arena_printf(
		&client.arena, "Accept-Encoding: gzip\r\nIf-None-Match: %.*s", STR_ARGS(tag))
				    .ptr;

	ck_assert_slice_eq(str_from_index(tag, tag.len - 6), STR("-gzip\""));
	a = ask_with("GET", target, lines);
	ck_assert_int_eq(a.status, 304);
	ck_assert_ptr_null(answer_field(&a, "content-encoding").ptr);
	ck_assert_slice_eq(answer_field(&a, "vary"), STR("accept-encoding"));
}

/* HEAD and GET before the answer is cached, and GET after that. */
START_TEST(test_compression_depends_on_the_whole_length)
{
	const char *target = shapes[_i].target;

	start(NULL);
	fill_posts(shapes[_i].contents, shapes[_i].controls);
	struct answer head = ask_with("HEAD", target, "Accept-Encoding: gzip");
	ck_assert_msg(answer_field(&head, "content-encoding").ptr, "%s: HEAD", shapes[_i].what);
	struct answer first = ask_with("GET", target, "Accept-Encoding: gzip");
	ck_assert_msg(answer_field(&first, "content-encoding").ptr, "%s: GET", shapes[_i].what);
	ck_assert_msg((answer_field(&first, "etag").ptr != NULL) == shapes[_i].has_tag, "%s",
		shapes[_i].what);
	for (unsigned round = 0; round < 2; round++) {
		struct answer packed = ask_with("GET", target, "Accept-Encoding: gzip");
		struct answer plain = ask_with("GET", target, "X: y");
		check_packed(plain, packed);
		check_packed(plain, first);
		ck_assert_slice_eq(answer_field(&plain, "vary"), STR("accept-encoding"));
		if (answer_field(&packed, "etag").ptr)
			check_tag(packed, target);
	}
}
END_TEST

/* A list that was long is read as a stream once more. Its new length decides on compression. */
START_TEST(test_a_long_answer_may_become_short)
{
	start(NULL);
	fill_posts("(280000)", false);
	struct answer a = ask_with("GET", "/users/1", "Accept-Encoding: gzip");
	ck_assert_slice_eq(answer_field(&a, "content-encoding"), STR("gzip"));
	a = ask_with("DELETE", "/posts/1", "X: y");
	http_client_expect(&a, "DELETE", 204, "");
	for (unsigned round = 0; round < 3; round++) {
		a = ask_with("GET", "/users/1", "Accept-Encoding: gzip");
		ck_assert_int_eq(a.status, 200);
		ck_assert_ptr_null(answer_field(&a, "content-encoding").ptr);
		ck_assert_ptr_nonnull(answer_field(&a, "etag").ptr);
	}
}
END_TEST

/* A short answer is compressed for a client that refuses other codings, but not for the others. */
START_TEST(test_earlier_clients_do_not_matter)
{
	start(NULL);
	fill(1);
	for (unsigned round = 0; round < 3; round++) {
		struct answer a =
			ask_with("GET", "/users/1", "Accept-Encoding: gzip, identity;q=0");
		ck_assert_slice_eq(answer_field(&a, "content-encoding"), STR("gzip"));
		ck_assert_slice_eq(answer_field(&a, "vary"), STR("accept-encoding"));
		a = ask_with("GET", "/users/1", "Accept-Encoding: gzip");
		ck_assert_ptr_null(answer_field(&a, "content-encoding").ptr);
	}
}
END_TEST

START_TEST(test_each_form_has_its_tag)
{
	start(NULL);
	fill(100);
	struct answer packed = ask_with("GET", "/users", "Accept-Encoding: gzip");
	struct answer plain = ask_with("GET", "/users", "X: y");
	struct str tags[] = { answer_field(&plain, "etag"), answer_field(&packed, "etag") };

	for (unsigned i = 0; i < 4; i++) {
		const char *lines =
			arena_printf(&client.arena, "If-None-Match: %.*s\r\nAccept-Encoding: %s",
				(int)tags[i / 2].len, tags[i / 2].ptr, i % 2 ? "gzip" : "identity")
				.ptr;
		struct answer a = ask_with("GET", "/users", lines);
		ck_assert_int_eq(a.status, i / 2 == i % 2 ? 304 : 200);
		ck_assert_slice_eq(answer_field(&a, "vary"), STR("accept-encoding"));
		if (a.status == 304)
			ck_assert_ptr_null(answer_field(&a, "content-encoding").ptr);
	}
}
END_TEST

START_TEST(test_a_tag_of_gzip_is_valid_for_a_write)
{
	char body[2048] = "{\"title\":\"a\",\"content\":\"";

	start(NULL);
	fill(1);
	memset(body + strlen(body), 'x', 1500);
	strcat(body, "\"}");
	struct answer a = http_client_ask(&client, "POST", "/users/1/posts", body);
	http_client_expect(&a, "POST", 201, NULL);
	a = ask_with("GET", "/users/1", "Accept-Encoding: gzip");
	struct str tag = answer_field(&a, "etag");
	ck_assert_slice_eq(str_from_index(tag, tag.len - 6), STR("-gzip\""));
	const char *lines = arena_printf(&client.arena, "If-Match: %.*s", STR_ARGS(tag)).ptr;
	a = ask_with("DELETE", "/users/1", lines);
	http_client_expect(&a, "DELETE", 204, "");
}
END_TEST

static const struct {
	const char *target, *accept;
	bool packed;
} asked[] = {
	{ "/openapi.json", "gzip", true },
	{ "/", "gzip", false },
	{ "/users/1", "gzip", false },
	{ "/users/1", "gzip, identity;q=0", true },
	{ "/users", "gzip;q=0.5, identity", false },
	{ "/users", "gzip;q=0, *", false },
	{ "/users", "*", true },
	{ "/users", "x-gzip", true },
	{ "/users", "X-GZip;q=0.5, identity;q=0.1", true },
	{ "/users", "x-gzip;q=0, *", false },
	{ "/users", "*;q=0", false },
	{ "/users", "identity;q=0", false },
	{ "/users", "identity;q=0, *;q=0.1", true },
	{ "/users/999", "gzip", false },
};

START_TEST(test_which_answers_are_compressed)
{
	start(NULL);
	fill(100);
	for (size_t i = 0; i < NITEMS(asked); i++) {
		struct answer a = ask_with("GET", asked[i].target,
			arena_printf(&client.arena, "Accept-Encoding: %s", asked[i].accept).ptr);
		ck_assert_msg((answer_field(&a, "content-encoding").ptr != NULL) == asked[i].packed,
			"%s with %s: %s", asked[i].target, asked[i].accept, a.head.ptr);
	}
}
END_TEST

START_TEST(test_compression_can_be_disabled)
{
	start("--no-gzip");
	fill(3000);
	for (size_t i = 0; i < NITEMS(asked); i++) {
		struct answer a = ask_with("GET", asked[i].target, "Accept-Encoding: gzip");
		ck_assert_ptr_null(answer_field(&a, "content-encoding").ptr);
		ck_assert_ptr_null(answer_field(&a, "vary").ptr);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("gzip");
	TCase *tests = tcase_create("gzip");

	tcase_set_timeout(tests, 120);
	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_loop_test(tests, test_lists_are_compressed_on_request, 0, (int)NITEMS(sizes));
	tcase_add_loop_test(
		tests, test_compression_depends_on_the_whole_length, 0, (int)NITEMS(shapes));
	tcase_add_test(tests, test_a_long_answer_may_become_short);
	tcase_add_test(tests, test_earlier_clients_do_not_matter);
	tcase_add_test(tests, test_each_form_has_its_tag);
	tcase_add_test(tests, test_a_tag_of_gzip_is_valid_for_a_write);
	tcase_add_test(tests, test_which_answers_are_compressed);
	tcase_add_test(tests, test_compression_can_be_disabled);
	suite_add_tcase(suite, tests);
	return suite;
}

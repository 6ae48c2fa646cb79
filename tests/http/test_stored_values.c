/*
 * Values that other programs have stored: dates in all forms that the reference reads, e-mail
 * addresses that are not normalized, and values that cannot be shown. Reading them does not change
 * the file.
 */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

static struct postern server;
static struct http_client client;

static void setup(void)
{
	postern_init(&server);
	postern_launch(&server, &(struct postern_plan){ .args = { "--admin", "127.0.0.1:0" } });
	postern_await_serving(&server);
	http_client_open(&client, server.port);
}

static void teardown(void)
{
	http_client_close(&client);
	postern_stop(&server);
	postern_done(&server);
}

static struct answer ask(const char *method, const char *target, const char *body)
{
	return http_client_ask(&client, method, target, body);
}

static void expect(
	const char *method, const char *target, const char *body, int status, const char *answer)
{
	struct answer a = ask(method, target, body);

	http_client_expect(&a, target, status, answer);
}

#define SELECT_STORED "SELECT group_concat(quote(date_posted) || typeof(date_posted)) FROM posts;"

static const struct {
	const char *stored, *shown;
} dates[] = {
	{ "2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z" },
	{ "2026-01-31 12:00:00+00:00", "2026-01-31T12:00:00Z" },
	{ "2026-01-31 12:00:00 +00:00", "2026-01-31T12:00:00Z" },
	{ "2026-01-31T12:00:00+02:00", "2026-01-31T12:00:00+02:00" },
	{ "2026-01-31T12:00:00-0330", "2026-01-31T12:00:00-03:30" },
	{ "2026-01-31T12:00:00.123Z", "2026-01-31T12:00:00.123000Z" },
	{ "20260131T120000", "2026-01-31T12:00:00" },
	{ "2026-01-31 12", "2026-01-31T12:00:00" },
	{ "2026-W05-6", "2026-01-31T00:00:00" },
	{ "2026-01-31 12:00:00,25", "2026-01-31T12:00:00.250000" },
	{ "2026-01-31T12:00:00.123456789", "2026-01-31T12:00:00.123456" },
	{ "2026-01-31", "2026-01-31T00:00:00" },
	{ "2026-01-31T24:00", "2026-02-01T00:00:00" },
	{ "2026-01-31\xe2\x82\xac"
	  "12:00",
		"2026-01-31T12:00:00" },
	{ "9999-12-31T23:59:59.999999-23:59", "9999-12-31T23:59:59.999999-23:59" },
	{ "0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00+23:59" },
};

static const char *post_of(int id, const char *title, const char *date)
{
	return arena_printf(&client.arena,
		"{\"title\":\"%s\",\"content\":\"c\",\"id\":%d,\"user_id\":1,"
		"\"date_posted\":\"%s\"}",
		title, id, date)
		.ptr;
}

static struct str all_posts(void)
{
	struct str all = STR("");

	for (size_t i = 0; i < NITEMS(dates); i++)
		all = arena_printf(&client.arena, "%.*s%s%s", STR_ARGS(all), i ? "," : "",
			post_of((int)i + 1, "t", dates[i].shown));
	return all;
}

static void store_dates(void)
{
	postern_sql(&server, "INSERT INTO users VALUES (1, 'ada', 'ada@example.com');");
	for (size_t i = 0; i < NITEMS(dates); i++)
		postern_sql(&server, arena_printf(&client.arena,
					     "INSERT INTO posts VALUES (%zu, 't', 'c', 1, '%s');",
					     i + 1, dates[i].stored)
					     .ptr);
}

/* As a row, in a list, in pages, in their user, and after a change of another field. */
START_TEST(test_dates_are_shown_as_the_reference_does)
{
	store_dates();
	const char *stored =
		arena_printf(&client.arena, "%s", postern_sql(&server, SELECT_STORED)).ptr;
	struct str all = all_posts();
	expect("GET", "/posts", NULL, 200,
		arena_printf(&client.arena, "[%.*s]", STR_ARGS(all)).ptr);
	expect("GET", "/posts?after_id=0", NULL, 200,
		arena_printf(&client.arena, "[%.*s]", STR_ARGS(all)).ptr);
	expect("GET", "/users/1", NULL, 200,
		arena_printf(&client.arena,
			"{\"username\":\"ada\",\"email\":\"ada@example.com\",\"id\":1,"
			"\"posts\":[%.*s]}",
			STR_ARGS(all))
			.ptr);
	for (size_t i = 0; i < NITEMS(dates); i++) {
		const char *target = arena_printf(&client.arena, "/posts/%zu", i + 1).ptr;
		expect("GET", target, NULL, 200, post_of((int)i + 1, "t", dates[i].shown));
		expect("PATCH", target, "{\"title\":\"new\"}", 200,
			post_of((int)i + 1, "new", dates[i].shown));
		expect("PATCH", target, "{\"title\":\"t\",\"content\":\"c\"}", 200,
			post_of((int)i + 1, "t", dates[i].shown));
	}
	ck_assert_str_eq(postern_sql(&server, SELECT_STORED), stored);
}
END_TEST

/* The tag of a row in dbd and in the worker depends on all that is shown, including the zone. */
START_TEST(test_a_zone_is_part_of_a_rows_state)
{
	char request[256];

	postern_sql(&server, "INSERT INTO users VALUES (1, 'ada', 'ada@example.com');"
			     "INSERT INTO posts VALUES (1, 't', 'c', 1, '2026-01-31T12:00:00Z');");
	struct answer a = ask("GET", "/posts/1", NULL);
	struct str etag = answer_field(&a, "etag");
	postern_sql(&server, "UPDATE posts SET date_posted = '2026-01-31T12:00:00+01:00';");
	for (int same = 0; same < 2; same++) {
		snprintf(request, sizeof(request),
			"PATCH /posts/1 HTTP/1.1\r\nHost: x\r\nIf-Match: %.*s\r\n"
			"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
			STR_ARGS(etag));
		ck_assert(http_client_send(&client, str_from(request)));
		a = http_client_receive(&client);
		http_client_expect(&a, "PATCH", same ? 200 : 412, NULL);
		a = ask("GET", "/posts/1", NULL);
		etag = answer_field(&a, "etag");
	}
}
END_TEST

/* Rows 2 to 5 cannot be read, each for another reason. */
static void store_broken_posts(void)
{
	postern_sql(&server,
		"INSERT INTO users VALUES (1, 'ada', 'ada@example.com');"
		"INSERT INTO posts VALUES (1, 't', 'c', 1, '2026-01-31 12:00:00');"
		"INSERT INTO posts VALUES (2, 't', 'c', 1, 1769860800);"
		"INSERT INTO posts VALUES (3, 't', 'c', 1, 'Sat, 31 Jan 2026 12:00:00 GMT');"
		"INSERT INTO posts VALUES (4, CAST(x'ff' AS TEXT), 'c', 1, '2026-01-31');"
		"INSERT INTO posts VALUES (5, 't', 'c', 1, CAST('2026-01-31' AS BLOB));"
		"INSERT INTO posts VALUES (6, 't', 'c', 1, '2026-01-31 12:00:00');");
}

static const char *only_good(void)
{
	return arena_printf(&client.arena, "[%s,%s]", post_of(1, "t", "2026-01-31T12:00:00"),
		post_of(6, "t", "2026-01-31T12:00:00"))
		.ptr;
}

static unsigned count_in_log(const char *text)
{
	unsigned count = 0;

	postern_await_log(&server, 0, text, POSTERN_START_MS);
	for (const char *at = postern_log(&server); (at = strstr(at, text)); at++)
		count++;
	return count;
}

static double left_out(void)
{
	static const char line[] = "health and metrics on http://127.0.0.1:";
	static const char name[] = "\npostern_dbd_rows_left_out_total ";
	static char text[256 * 1024];

	postern_await_log(&server, 0, line, POSTERN_START_MS);
	int port = atoi(strstr(postern_log(&server), line) + strlen(line));
	ck_assert_int_eq(
		http_client_ask_once(port, "GET", "/metrics", NULL, text, sizeof(text)), 200);
	ck_assert_ptr_nonnull(strstr(text, name));
	return atof(strstr(text, name) + strlen(name));
}

START_TEST(test_rows_that_cannot_be_read_are_left_out_of_lists)
{
	store_broken_posts();
	expect("GET", "/posts", NULL, 200, only_good());
	ck_assert_double_eq(left_out(), 4);
	expect("GET", "/users/1", NULL, 200,
		arena_printf(&client.arena,
			"{\"username\":\"ada\",\"email\":\"ada@example.com\",\"id\":1,"
			"\"posts\":%s}",
			only_good())
			.ptr);
	ck_assert_double_eq(left_out(), 8);
	expect("GET", "/posts?after_id=0&limit=2", NULL, 200, only_good());
	struct answer a = ask("GET", "/posts?after_id=0&limit=1&count=true", NULL);
	ck_assert_slice_eq(answer_field(&a, "x-total-count"), STR("6"));
	ck_assert_slice_eq(answer_field(&a, "link"), STR("<?after_id=1&limit=1>; rel=\"next\""));
	a = ask("GET", "/posts?after_id=1&limit=1", NULL);
	http_client_expect(&a, "the next page", 200,
		arena_printf(&client.arena, "[%s]", post_of(6, "t", "2026-01-31T12:00:00")).ptr);
	ck_assert_ptr_null(answer_field(&a, "link").ptr);
	ck_assert_uint_eq(count_in_log("table posts, row 2, column date_posted: "), 1);
	ck_assert_uint_eq(count_in_log("table posts, row 3, column date_posted: "), 1);
	ck_assert_uint_eq(count_in_log("table posts, row 4, column title: "), 1);
	ck_assert_uint_eq(count_in_log("table posts, row 5, column date_posted: "), 1);
}
END_TEST

START_TEST(test_a_row_that_cannot_be_read_is_500_and_can_be_deleted)
{
	static const char detail[] = "{\"detail\":\"The database could not be read or written\"}";

	store_broken_posts();
	expect("GET", "/posts/3", NULL, 500, detail);
	expect("PATCH", "/posts/3", "{\"title\":\"new\"}", 500, detail);
	ck_assert_str_eq(postern_sql(&server, "SELECT title FROM posts WHERE id = 3;"), "t");
	expect("DELETE", "/posts/3", NULL, 204, "");
	expect("GET", "/posts/3", NULL, 404, NULL);
	postern_sql(&server, "UPDATE posts SET date_posted = '2026-01-31 12:00:00' WHERE id = 2;");
	expect("GET", "/posts/2", NULL, 200, post_of(2, "t", "2026-01-31T12:00:00"));
	expect("DELETE", "/users/1", NULL, 204, "");
	expect("GET", "/posts", NULL, 200, "[]");
}
END_TEST

/* Another program stores seconds since 1970 as dates: no row can be read. */
START_TEST(test_a_list_without_a_row_that_can_be_read_is_empty)
{
	postern_sql(&server,
		"INSERT INTO users VALUES (1, 'ada', 'ada@example.com');"
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
		"INSERT INTO posts SELECT i, 't', 'c', 1, 1769860800 + i FROM n;");
	expect("GET", "/posts", NULL, 200, "[]");
	expect("GET", "/posts?after_id=0&limit=10", NULL, 200, "[]");
	expect("GET", "/users/1", NULL, 200,
		"{\"username\":\"ada\",\"email\":\"ada@example.com\",\"id\":1,\"posts\":[]}");
	ck_assert_double_eq(left_out(), 3 * 20000);
	expect("GET", "/posts?after_id=0&limit=10", NULL, 200, "[]");
	ck_assert_double_eq(left_out(), 4 * 20000);
	ck_assert_uint_eq(count_in_log("rows cannot be read; further ones are not logged"), 1);
	postern_sql(&server, "UPDATE posts SET date_posted = '2026-01-31' WHERE id = 20000;");
	expect("GET", "/posts?after_id=0&limit=10", NULL, 200,
		arena_printf(&client.arena, "[%s]", post_of(20000, "t", "2026-01-31T00:00:00"))
			.ptr);
}
END_TEST

static const struct {
	const char *stored, *shown;
} emails[] = {
	{ "ada@example.com", "ada@example.com" },
	{ "Bob@EXAMPLE.COM", "Bob@example.com" },
	{ "carl@xn--mnchen-3ya.de", "carl@m\xc3\xbcnchen.de" },
	{ "Dora <dora@example.com>", "dora@example.com" },
	{ "POSTMASTER@example.com", "postmaster@example.com" },
	/* The reference answers 500. */
	{ "root@localhost", "root@localhost" },
	{ "nobody", "nobody" },
	{ "", "" },
};

static const char *user_of(size_t i, const char *name)
{
	return arena_printf(&client.arena, "{\"username\":\"%s%zu\",\"email\":\"%s\",\"id\":%zu}",
		name, i, emails[i - 1].shown, i)
		.ptr;
}

/* In all answers, but not in the file. */
START_TEST(test_emails_are_shown_in_their_normal_form)
{
	struct str all = STR("");

	for (size_t i = 1; i <= NITEMS(emails); i++) {
		postern_sql(&server,
			arena_printf(&client.arena, "INSERT INTO users VALUES (%zu, 'u%zu', '%s');",
				i, i, emails[i - 1].stored)
				.ptr);
		all = arena_printf(&client.arena, "%.*s%s%s", STR_ARGS(all), i > 1 ? "," : "",
			user_of(i, "u"));
	}
	const char *list = arena_printf(&client.arena, "[%.*s]", STR_ARGS(all)).ptr;
	expect("GET", "/users", NULL, 200, list);
	expect("GET", "/users?after_id=0", NULL, 200, list);
	for (size_t i = 1; i <= NITEMS(emails); i++) {
		const char *target = arena_printf(&client.arena, "/users/%zu", i).ptr;
		const char *user = user_of(i, "u");
		expect("GET", target, NULL, 200,
			arena_printf(
				&client.arena, "%.*s,\"posts\":[]}", (int)strlen(user) - 1, user)
				.ptr);
		expect("PATCH", target,
			arena_printf(&client.arena, "{\"username\":\"new%zu\"}", i).ptr, 200,
			user_of(i, "new"));
		ck_assert_str_eq(
			postern_sql(&server, arena_printf(&client.arena,
						     "SELECT email FROM users WHERE id = %zu;", i)
						     .ptr),
			emails[i - 1].stored);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http/stored_values");
	TCase *tc = tcase_create("stored_values");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_dates_are_shown_as_the_reference_does);
	tcase_add_test(tc, test_a_zone_is_part_of_a_rows_state);
	tcase_add_test(tc, test_rows_that_cannot_be_read_are_left_out_of_lists);
	tcase_add_test(tc, test_a_row_that_cannot_be_read_is_500_and_can_be_deleted);
	tcase_add_test(tc, test_a_list_without_a_row_that_can_be_read_is_empty);
	tcase_add_test(tc, test_emails_are_shown_in_their_normal_form);
	suite_add_tcase(suite, tc);
	return suite;
}

/* Further resources, each declared in a file in tests/apis: comments below posts, and visits with
 * inputs of several types. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

#define FIRST   "{\"body\":\"First!\",\"id\":1,\"post_id\":1}"
#define MISSING "{\"detail\":\"Comment not found\"}"

/* A visit as JSON up to the moment at which it was noted, and the input for it. */
#define VISIT(badge, began)                                                                        \
	"{\"guest\":\"Ada\",\"email\":\"ada@example.com\",\"badge\":" badge ",\"began\":" began
#define ISSUE(type, field, msg, input)                                                             \
	"{\"type\":\"" type "\",\"loc\":[\"body\",\"" field "\"],\"msg\":\"" msg                   \
	"\",\"input\":" input
#define INT_TYPE(input) ISSUE("int_type", "badge", "Input should be a valid integer", input) "}"
#define DATE_TYPE(input)                                                                           \
	ISSUE("datetime_type", "began", "Input should be a valid datetime", input) "}"
#define TOO_GREAT(input)                                                                           \
	ISSUE("less_than_equal", "badge",                                                          \
		"Input should be less than or equal to 9223372036854775807", input)                \
	",\"ctx\":{\"le\":9223372036854775807}}"
#define NOT_A_DATE(input, error)                                                                   \
	ISSUE("datetime_from_date_parsing", "began",                                               \
		"Input should be a valid datetime or date, " error, input)                         \
	",\"ctx\":{\"error\":\"" error "\"}}"
#define DETAIL(issues) "{\"detail\":[" issues "]}"

#define COMMENTS                                                                                   \
	{                                                                                          \
		.args = { "--api", "tests/apis/comments.json" }                                    \
	}
#define VISITS                                                                                     \
	{                                                                                          \
		.args = { "--api", "tests/apis/visits.json" }                                      \
	}

static struct postern server;
static struct http_client client;

/* Creates a user with a post. */
static void setup(const struct postern_plan *plan)
{
	postern_start(&server, plan);
	http_client_open(&client, server.port);
	struct answer a = http_client_ask(
		&client, "POST", "/users", "{\"username\":\"ada\",\"email\":\"ada@example.com\"}");
	ck_assert_int_eq(a.status, 201);
	a = http_client_ask(
		&client, "POST", "/users/1/posts", "{\"title\":\"Hello\",\"content\":\"World\"}");
	ck_assert_int_eq(a.status, 201);
}

static void setup_comments(void)
{
	setup(&(struct postern_plan)COMMENTS);
}

static void setup_visits(void)
{
	setup(&(struct postern_plan)VISITS);
}

static void teardown(void)
{
	http_client_close(&client);
	postern_stop(&server);
	postern_done(&server);
}

static const struct step {
	const char *method, *target, *body;
	int status;
	const char *answer;
} life[] = {
	{ "GET", "/comments", NULL, 200, "[]" },
	{ "POST", "/posts/1/comments", "{\"body\":\"First!\"}", 201, FIRST },
	{ "POST", "/posts/1/comments", "{\"body\":\"Second\",\"post_id\":9}", 201,
		"{\"body\":\"Second\",\"id\":2,\"post_id\":1}" },
	{ "POST", "/posts/9/comments", "{\"body\":\"x\"}", 404, "{\"detail\":\"Post not found\"}" },
	{ "POST", "/posts/1/comments", "{}", 422,
		"{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"body\"],"
		"\"msg\":\"Field required\",\"input\":{}}]}" },
	{ "POST", "/posts/1/comments", "{\"body\":\"\"}", 422,
		"{\"detail\":[{\"type\":\"string_too_short\",\"loc\":[\"body\",\"body\"],"
		"\"msg\":\"String should have at least 1 character\",\"input\":\"\","
		"\"ctx\":{\"min_length\":1}}]}" },
	{ "POST", "/posts/x/comments", "{\"body\":1}", 422,
		"{\"detail\":[{\"type\":\"int_parsing\",\"loc\":[\"path\",\"post_id\"],"
		"\"msg\":\"Input should be a valid integer, unable to parse string as an "
		"integer\",\"input\":\"x\"},"
		"{\"type\":\"string_type\",\"loc\":[\"body\",\"body\"],"
		"\"msg\":\"Input should be a valid string\",\"input\":1}]}" },
	{ "GET", "/comments", NULL, 200,
		"[" FIRST ",{\"body\":\"Second\",\"id\":2,\"post_id\":1}]" },
	{ "GET", "/comments/1", NULL, 200, FIRST },
	{ "GET", "/comments/9", NULL, 404, MISSING },
	{ "GET", "/comments/x", NULL, 422,
		"{\"detail\":[{\"type\":\"int_parsing\",\"loc\":[\"path\",\"comment_id\"],"
		"\"msg\":\"Input should be a valid integer, unable to parse string as an "
		"integer\",\"input\":\"x\"}]}" },
	{ "PATCH", "/comments/2", "{\"body\":\"2nd\"}", 200,
		"{\"body\":\"2nd\",\"id\":2,\"post_id\":1}" },
	{ "PATCH", "/comments/2", "{}", 200, "{\"body\":\"2nd\",\"id\":2,\"post_id\":1}" },
	{ "PATCH", "/comments/2", "{\"body\":null}", 422,
		"{\"detail\":[{\"type\":\"string_type\",\"loc\":[\"body\",\"body\"],"
		"\"msg\":\"Input should be a valid string\",\"input\":null}]}" },
	{ "PATCH", "/comments/9", "{\"body\":\"x\"}", 404, MISSING },
	{ "PUT", "/comments/1", "{}", 405, "{\"detail\":\"Method Not Allowed\"}" },
	{ "POST", "/posts/1/comments", "{\"body\":\"3rd\"}", 201,
		"{\"body\":\"3rd\",\"id\":3,\"post_id\":1}" },
	{ "DELETE", "/comments/2", NULL, 204, "" },
	{ "DELETE", "/comments/2", NULL, 404, MISSING },
	{ "POST", "/comments/", "{}", 307, "" },
	{ "POST", "/users", "{\"username\":\"bob\",\"email\":\"bob@example.com\"}", 201, NULL },
	{ "POST", "/users/2/posts", "{\"title\":\"Bob's\",\"content\":\"x\"}", 201, NULL },
	{ "POST", "/posts/2/comments", "{\"body\":\"Bob's\"}", 201,
		"{\"body\":\"Bob's\",\"id\":4,\"post_id\":2}" },
	{ "DELETE", "/users/1", NULL, 204, "" },
	{ "GET", "/posts/1", NULL, 404, NULL },
	{ "GET", "/comments", NULL, 200, "[{\"body\":\"Bob's\",\"id\":4,\"post_id\":2}]" },
	{ "DELETE", "/posts/2", NULL, 204, "" },
	{ "GET", "/comments", NULL, 200, "[]" },
};

START_TEST(test_comments_are_created_changed_and_deleted)
{
	char asked[256];

	for (size_t i = 0; i < NITEMS(life); i++) {
		const struct step *s = &life[i];
		struct answer a = http_client_ask(&client, s->method, s->target, s->body);
		snprintf(asked, sizeof(asked), "step %zu, %s %s", i, s->method, s->target);
		http_client_expect(&a, asked, s->status, s->answer);
	}
}
END_TEST

START_TEST(test_a_comment_has_at_most_2000_characters)
{
	char body[2 * 2001 + 16];

	/* The limit is in characters, not bytes. */
	for (int n = 2000; n <= 2001; n++) {
		size_t at = (size_t)snprintf(body, sizeof(body), "{\"body\":\"");
		for (int i = 0; i < n; i++, at += 2)
			memcpy(body + at, "\xc3\xa9", 2);
		memcpy(body + at, "\"}", 3);
		struct answer a = http_client_ask(&client, "POST", "/posts/1/comments", body);
		ck_assert_int_eq(a.status, n == 2000 ? 201 : 422);
	}
}
END_TEST

START_TEST(test_openapi_has_comments)
{
	static const char *const told[] = { "\"/posts/{post_id}/comments\":{\"post\":",
		"\"/comments\":{\"get\":", "\"/comments/{comment_id}\":{", "\"CommentCreate\":{",
		"\"CommentUpdate\":{", "\"maxLength\":2000" };
	struct answer a = http_client_ask(&client, "GET", "/openapi.json", NULL);

	ck_assert_int_eq(a.status, 200);
	for (size_t i = 0; i < NITEMS(told); i++)
		ck_assert_msg(
			strstr(a.body.ptr, told[i]) != NULL, "no %s in %s", told[i], a.body.ptr);
}
END_TEST

START_TEST(test_comments_have_a_table)
{
	struct answer a =
		http_client_ask(&client, "POST", "/posts/1/comments", "{\"body\":\"First!\"}");

	ck_assert_int_eq(a.status, 201);
	postern_stop(&server);
	ck_assert_str_eq(
		postern_sql(&server, "SELECT id, body, post_id FROM comments;"), "1|First!|1");
	ck_assert_str_eq(postern_sql(&server, "SELECT name FROM sqlite_master WHERE type = 'index' "
					      "AND tbl_name = 'comments' ORDER BY name;"),
		"ix_comments_id\nix_comments_post_id");
	ck_assert_str_eq(postern_sql(&server, "SELECT \"table\", \"from\", \"to\" "
					      "FROM pragma_foreign_key_list('comments');"),
		"posts|post_id|id");
	/* teardown stops the server, too. */
	postern_launch(&server, &(struct postern_plan)COMMENTS);
	postern_await_serving(&server);
	ck_assert_int_eq(
		http_client_ask_once(server.port, "GET", "/comments/1", NULL, NULL, 0), 200);
}
END_TEST

/* A database that was made without the third resource gets a table for it. */
START_TEST(test_an_older_database_gets_the_table)
{
	postern_stop(&server);
	postern_sql(&server, "DROP TABLE comments;");
	postern_launch(&server, &(struct postern_plan)COMMENTS);
	postern_await_serving(&server);
	ck_assert_int_eq(http_client_ask_once(server.port, "POST", "/posts/1/comments",
				 "{\"body\":\"x\"}", NULL, 0),
		201);
}
END_TEST

/* Each input of every type: what it is stored as, or its issue. A visit that was made is read, and
 * then deleted. */
struct input {
	const char *badge, *began; /* as sent */
	int status;
	const char *answer; /* of 201: badge and began as shown */
};

static const struct input inputs[] = {
	{ "7", "\"2026-01-31T12:30:45\"", 201, VISIT("7", "\"2026-01-31T12:30:45\"") },
	{ "true", "0", 201, VISIT("1", "\"1970-01-01T00:00:00\"") },
	{ "-0.0", "\"2026-01-31\"", 201, VISIT("0", "\"2026-01-31T00:00:00\"") },
	{ "1e2", "\"2026-01-31 12:30\"", 201, VISIT("100", "\"2026-01-31T12:30:00\"") },
	{ "\" +1_000.0 \"", "\"1704067200000\"", 201, VISIT("1000", "\"2024-01-01T00:00:00\"") },
	{ "1", "\"9999-12-31_23:59:59.999999Z\"", 201,
		VISIT("1", "\"9999-12-31T23:59:59.999999\"") },
	{ "1", "\"0001-01-01\"", 201, VISIT("1", "\"0001-01-01T00:00:00\"") },
	{ "null", "null", 422, DETAIL(INT_TYPE("null") "," DATE_TYPE("null")) },
	{ "[1]", "true", 422, DETAIL(INT_TYPE("[1]") "," DATE_TYPE("true")) },
	{ "1.5", "0", 422,
		DETAIL(ISSUE("int_from_float", "badge",
			"Input should be a valid integer, got a number with a fractional part",
			"1.5") "}") },
	{ "1e20", "0", 422,
		DETAIL(ISSUE("int_parsing_size", "badge",
			"Unable to parse input string as an integer, exceeded maximum size",
			"1e+20") "}") },
	{ "NaN", "0", 422,
		DETAIL(ISSUE(
			"finite_number", "badge", "Input should be a finite number", "null") "}") },
	{ "\"1.5\"", "\"2026-13-01\"", 422,
		DETAIL(ISSUE("int_parsing", "badge",
			"Input should be a valid integer, unable to parse string as an integer",
			"\"1.5\"") "}," NOT_A_DATE("\"2026-13-01\"",
			"month value is outside expected range of 1-12")) },
	/* What no column stores is refused only if the validation has found nothing. */
	{ "9223372036854775808", "\"soon\"", 422,
		DETAIL(NOT_A_DATE("\"soon\"", "input is too short")) },
	{ "9223372036854775808", "0", 422, DETAIL(TOO_GREAT("9223372036854775808")) },
	{ "\"\\ud800\"", "0", 422,
		DETAIL(ISSUE("string_unicode", "badge",
			"Input should be a valid string, unable to parse raw data as a unicode "
			"string",
			"\"\\ud800\"") "}") },
	{ "1", "\"2026-01-31T24:00:00\"", 422,
		DETAIL(NOT_A_DATE("\"2026-01-31T24:00:00\"",
			"unexpected extra characters at the end of the input")) },
	{ "1", "1e20", 422,
		DETAIL(ISSUE("datetime_parsing", "began",
			"Input should be a valid datetime, dates after 9999 are not supported as "
			"unix timestamps",
			"1e+20") ",\"ctx\":{\"error\":\"dates after 9999 are not supported as unix "
				 "timestamps\"}}") },
	{ "1", "\"0000-01-01\"", 422,
		DETAIL(ISSUE("datetime_parsing", "began",
			"Input should be a valid datetime, year 0 is out of range",
			"\"0000-01-01\"") ",\"ctx\":{\"error\":\"year 0 is out of range\"}}") },
};

/* An INTEGER of PostgreSQL has 32 bits. SQLite drops the zone, PostgreSQL converts to UTC. */
static const struct input stored_by[2][3] = {
	{
		{ "-9223372036854775808", "1704067200.5", 201,
			VISIT("-9223372036854775808", "\"2024-01-01T00:00:00.500000\"") },
		{ "9223372036854775807", "-90.5", 201,
			VISIT("9223372036854775807", "\"1969-12-31T23:58:29.500000\"") },
		{ "1", "\"2026-01-31t12:30:45,1234567+02:00\"", 201,
			VISIT("1", "\"2026-01-31T12:30:45.123456\"") },
	},
	{
		{ "-2147483649", "0", 422,
			DETAIL(ISSUE("greater_than_equal", "badge",
				"Input should be greater than or equal to -2147483648",
				"-2147483649") ",\"ctx\":{\"ge\":-2147483648}}") },
		{ "2147483648", "0", 422,
			DETAIL(ISSUE("less_than_equal", "badge",
				"Input should be less than or equal to 2147483647",
				"2147483648") ",\"ctx\":{\"le\":2147483647}}") },
		{ "2147483647", "\"2026-01-31t12:30:45,1234567+02:00\"", 201,
			VISIT("2147483647", "\"2026-01-31T10:30:45.123456\"") },
	},
};

/* Asks, and compares the start of the answer's body. */
static void expect_start(
	const char *method, const char *target, const char *body, int status, const char *start)
{
	struct answer a = http_client_ask(&client, method, target, body);

	ck_assert_msg(a.status == status && strncmp(a.body.ptr, start, strlen(start)) == 0,
		"%s %s %s: %d %.*s instead of %s", method, target, body ? body : "", a.status,
		STR_ARGS(a.body), start);
}

static void expect_stored(const struct input *input)
{
	char body[256];

	snprintf(body, sizeof(body), VISIT("%s", "%s") "}", input->badge, input->began);
	expect_start("POST", "/visits", body, input->status, input->answer);
	if (input->status != 201)
		return;
	expect_start("GET", "/visits/1", NULL, 200, input->answer);
}

START_TEST(test_inputs_of_each_type_are_validated_and_stored)
{
	expect_stored(&inputs[_i]);
}
END_TEST

START_TEST(what_is_stored_depends_on_the_database)
{
	expect_stored(&stored_by[test_database_is_postgres()][_i]);
}
END_TEST

static const struct step visits[] = {
	{ "GET", "/visits", NULL, 200, "[]" },
	{ "POST", "/visits", VISIT("7", "0") "}", 201, VISIT("7", "\"1970-01-01T00:00:00\"") },
	{ "POST", "/visits", VISIT("7", "1") "}", 409, "{\"detail\":\"Badge already exists\"}" },
	{ "POST", "/visits", VISIT("8", "1") "}", 201, VISIT("8", "\"1970-01-01T00:00:01\"") },
	{ "PATCH", "/visits/1", "{\"badge\":\"9\"}", 200, VISIT("9", "\"1970-01-01T00:00:00\"") },
	{ "PATCH", "/visits/1", "{\"began\":\"2026-01-31T12:30Z\"}", 200,
		VISIT("9", "\"2026-01-31T12:30:00\"") },
	{ "PATCH", "/visits/1", "{\"badge\":8}", 409, "{\"detail\":\"Badge already exists\"}" },
	{ "PATCH", "/visits/1", "{\"badge\":null,\"began\":null}", 422,
		DETAIL(INT_TYPE("null") "," DATE_TYPE("null")) },
	/* What the database refuses is known only once the row is found: all in one list. */
	{ "PATCH", "/visits/1", "{\"badge\":9223372036854775808,\"began\":null}", 422,
		DETAIL(TOO_GREAT("9223372036854775808") "," DATE_TYPE("null")) },
	{ "PATCH", "/visits/5", "{\"badge\":9223372036854775808}", 404,
		"{\"detail\":\"Visit not found\"}" },
	{ "PATCH", "/visits/1", "{\"badge\":\"x\",\"began\":false}", 422,
		DETAIL(ISSUE("int_parsing", "badge",
			"Input should be a valid integer, unable to parse string as an integer",
			"\"x\"") "}," DATE_TYPE("false")) },
	{ "GET", "/visits?after_id=0&limit=1", NULL, 200,
		"[" VISIT("9", "\"2026-01-31T12:30:00\"") },
	{ "GET", "/visits", NULL, 200, "[" VISIT("9", "\"2026-01-31T12:30:00\"") },
	{ "DELETE", "/visits/1", NULL, 204, "" },
	{ "GET", "/visits", NULL, 200, "[" VISIT("8", "\"1970-01-01T00:00:01\"") },
};

START_TEST(test_visits_live_and_die)
{
	for (size_t i = 0; i < NITEMS(visits); i++)
		expect_start(visits[i].method, visits[i].target, visits[i].body, visits[i].status,
			visits[i].answer);
}
END_TEST

START_TEST(test_openapi_shows_the_types_of_visits)
{
	struct answer a = http_client_ask(&client, "GET", "/openapi.json", NULL);

	ck_assert_int_eq(a.status, 200);
	ck_assert_ptr_nonnull(strstr(a.body.ptr,
		"\"VisitCreate\":{\"properties\":{\"guest\":{\"type\":\"string\",\"maxLength\":100,"
		"\"minLength\":1,\"title\":\"Guest\"},\"email\":{\"type\":\"string\","
		"\"maxLength\":120,\"format\":\"email\",\"title\":\"Email\"},"
		"\"badge\":{\"type\":\"integer\",\"title\":\"Badge\"},"
		"\"began\":{\"type\":\"string\",\"format\":\"date-time\",\"title\":\"Began\"}}"));
	ck_assert_ptr_nonnull(strstr(a.body.ptr,
		"\"badge\":{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"null\"}],"
		"\"title\":\"Badge\"},\"began\":{\"anyOf\":[{\"type\":\"string\","
		"\"format\":\"date-time\"},{\"type\":\"null\"}],\"title\":\"Began\"}}"));
}
END_TEST

START_TEST(test_visits_are_stored_as_sqlalchemy_does)
{
	expect_start("POST", "/visits", VISIT("7", "\"2026-01-31T12:30:45.5+02:00\"") "}", 201,
		VISIT("7", "\"2026-01-31T12:30:45.500000\""));
	postern_stop(&server);
	ck_assert_str_eq(postern_sql(&server, "SELECT typeof(badge), badge, began FROM visits;"),
		"integer|7|2026-01-31 12:30:45.500000");
	ck_assert_str_eq(
		postern_sql(&server, "SELECT sql FROM sqlite_master WHERE name = 'visits';"),
		"CREATE TABLE visits (\n\tid INTEGER NOT NULL, \n\tguest VARCHAR(100) NOT NULL, \n"
		"\temail VARCHAR(120) NOT NULL, \n\tbadge INTEGER NOT NULL, \n"
		"\tbegan DATETIME NOT NULL, \n\tnoted DATETIME NOT NULL, \n\tPRIMARY KEY (id)\n)");
	postern_launch(&server, &(struct postern_plan)VISITS);
	postern_await_serving(&server);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("http/third");
	TCase *t = tcase_create("comments");
	TCase *v = tcase_create("visits");

	tcase_set_timeout(t, 60);
	tcase_set_timeout(v, 60);
	tcase_add_checked_fixture(t, setup_comments, teardown);
	tcase_add_checked_fixture(v, setup_visits, teardown);
	tcase_add_test(t, test_comments_are_created_changed_and_deleted);
	tcase_add_test(t, test_a_comment_has_at_most_2000_characters);
	tcase_add_test(t, test_openapi_has_comments);
	tcase_add_test(t, test_an_older_database_gets_the_table);
	tcase_add_loop_test(
		v, test_inputs_of_each_type_are_validated_and_stored, 0, (int)NITEMS(inputs));
	tcase_add_loop_test(
		v, what_is_stored_depends_on_the_database, 0, (int)NITEMS(stored_by[0]));
	tcase_add_test(v, test_visits_live_and_die);
	tcase_add_test(v, test_openapi_shows_the_types_of_visits);
	suite_add_tcase(s, t);
	TCase *file = tcase_create("SQLite's file");
	tcase_set_tags(file, "sqlite");
	tcase_add_checked_fixture(file, setup_comments, teardown);
	tcase_set_timeout(file, 60);
	tcase_add_test(file, test_comments_have_a_table);
	suite_add_tcase(s, file);
	suite_add_tcase(s, v);
	TCase *stored = tcase_create("visits in SQLite's file");
	tcase_set_tags(stored, "sqlite");
	tcase_add_checked_fixture(stored, setup_visits, teardown);
	tcase_add_test(stored, test_visits_are_stored_as_sqlalchemy_does);
	suite_add_tcase(s, stored);
	return s;
}

/* Writes whose bodies, statuses and answers a declaration has: tests/apis/writes.json. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <stdio.h>

enum { TEXT_MAX = 16 * 1024 };

#define WRITES "tests/apis/writes.json"

static struct postern server;
static char text[TEXT_MAX];

static void setup(void)
{
	postern_init(&server);
	postern_launch(&server, &(struct postern_plan){ .args = { "--api", WRITES } });
	postern_await_serving(&server);
}

static void teardown(void)
{
	postern_stop(&server);
	postern_done(&server);
}

static void expect(
	const char *method, const char *target, const char *body, int status, const char *want)
{
	http_client_expect_once(
		server.port, method, target, body, status, want, text, sizeof(text));
}

#define BOOK(title, pages, note, shelf)                                                            \
	"{\"title\":\"" title "\",\"pages\":" pages ",\"note\":" note ",\"shelf_id\":" shelf       \
	",\"id\":1}"
#define ISSUE(type, field, message, input)                                                         \
	"{\"type\":\"" type "\",\"loc\":[\"body\",\"" field "\"],\"msg\":\"" message               \
	"\",\"input\":" input
#define DETAIL(issues) "{\"detail\":[" issues "]}"

START_TEST(a_new_row_has_defaults_for_what_the_body_lacks)
{
	expect("POST", "/books", "{\"title\":\"Emma\",\"note\":\"x\"}", 200,
		BOOK("Emma", "100", "\"none\"", "null"));
	expect("GET", "/books/1", NULL, 200, BOOK("Emma", "100", "\"none\"", "null"));
	expect("POST", "/books", "{\"title\":\"Emmas\"}", 422,
		DETAIL(ISSUE("string_too_long", "title", "String should have at most 4 characters",
			"\"Emmas\"") ",\"ctx\":{"
				     "\"max_length\":4}"
				     "}"));
}
END_TEST

START_TEST(a_replacement_sets_every_member_and_nothing_else)
{
	expect("POST", "/shelves", "{\"name\":\"a\"}", 201, NULL);
	expect("POST", "/books", "{\"title\":\"Emma\",\"shelf_id\":1}", 200, NULL);
	expect("PATCH", "/books/1", "{\"note\":\"kept\",\"pages\":9}", 202,
		BOOK("Emma", "9", "\"kept\"", "1"));
	expect("PUT", "/books/1", "{\"title\":\"Persuade\"}", 200,
		BOOK("Persuade", "1", "\"kept\"", "null"));
	expect("PUT", "/books/1", "{\"title\":\"Persuade\",\"pages\":-1,\"shelf_id\":1}", 200,
		BOOK("Persuade", "-1", "\"kept\"", "1"));
	expect("GET", "/books/1", NULL, 200, BOOK("Persuade", "-1", "\"kept\"", "1"));
	expect("PUT", "/books/1", "{\"title\":\"b\",\"shelf_id\":2}", 404,
		"{\"detail\":\"Shelf not found\"}");
	expect("PUT", "/books/2", "{\"title\":\"b\"}", 404, "{\"detail\":\"Book not found\"}");
	expect("PUT", "/books/x", "{\"pages\":\"x\"}", 422, NULL);
	expect("GET", "/books/1", NULL, 200, BOOK("Persuade", "-1", "\"kept\"", "1"));
}
END_TEST

/* The order of the class, which is not that of the columns. */
/* A body that allows more than the column: SQLite stores it all the same. */
START_TEST(a_text_may_be_longer_than_its_column)
{
	bool fits = !test_database_is_postgres();

	expect("POST", "/books", "{\"title\":\"Emma\"}", 200, NULL);
	expect("PUT", "/books/1", "{\"title\":\"Persuasion\"}", fits ? 200 : 422,
		fits ? BOOK("Persuasion", "1", "\"none\"", "null")
		     : "{\"detail\":[{\"type\":\"string_too_long\",\"loc\":[\"body\",\"title\"],"
		       "\"msg\":\"String should have at most 8 characters\",\"input\":"
		       "\"Persuasion\",\"ctx\":{\"max_length\":8}}]}");
}
END_TEST

START_TEST(issues_come_in_the_order_of_the_members)
{
	expect("PUT", "/books/1", "{\"title\":1,\"pages\":null}", 422,
		DETAIL(ISSUE("int_type", "pages", "Input should be a valid integer",
			"null") "}," ISSUE("string_type", "title", "Input should be a valid string",
			"1") "}"));
}
END_TEST

/* The class allows null, the column does not. */
START_TEST(a_default_that_the_column_refuses_is_an_issue)
{
	expect("PUT", "/books/1", "{}", 404, NULL);
	expect("POST", "/books", "{\"title\":\"Emma\"}", 200, NULL);
	expect("PUT", "/books/1", "{}", 422,
		DETAIL(ISSUE(
			"string_type", "title", "Input should be a valid string", "null") "}"));
	expect("PUT", "/books/1", "{\"shelf_id\":9}", 404, "{\"detail\":\"Shelf not found\"}");
}
END_TEST

START_TEST(a_replacement_may_be_a_conflict)
{
	expect("POST", "/books", "{\"title\":\"Emma\"}", 200, NULL);
	expect("POST", "/books", "{\"title\":\"Em\"}", 200, NULL);
	expect("PUT", "/books/2", "{\"title\":\"Emma\"}", 409,
		"{\"detail\":\"Title already exists\"}");
	expect("PUT", "/books/1", "{\"title\":\"Emma\"}", 200, NULL);
}
END_TEST

static const struct {
	const char *tag; /* of If-Match; NULL: the row's */
	int status;
} conditions[] = { { "\"0123456789abcdef\"", 412 }, { NULL, 200 } };

START_TEST(a_replacement_may_have_a_condition)
{
	struct http_client client;
	char request[1024];

	expect("POST", "/books", "{\"title\":\"Emma\"}", 200, NULL);
	http_client_open(&client, server.port);
	struct answer shown = http_client_ask(&client, "GET", "/books/1", NULL);
	struct str tag = answer_field(&shown, "etag");
	if (conditions[_i].tag)
		tag = str_from(conditions[_i].tag);
	snprintf(request, sizeof(request),
		"PUT /books/1 HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
		"if-match: %.*s\r\ncontent-length: 13\r\n\r\n{\"title\":\"b\"}",
		STR_ARGS(tag));
	ck_assert(http_client_send(&client, str_from(request)));
	struct answer answer = http_client_receive(&client);
	ck_assert_int_eq(answer.status, conditions[_i].status);
	http_client_close(&client);
}
END_TEST

START_TEST(answers_are_declared)
{
	expect("POST", "/books", "{\"title\":\"Emma\"}", 200, NULL);
	expect("DELETE", "/books/2", NULL, 404, "{\"detail\":\"Book not found\"}");
	expect("DELETE", "/books/+01", NULL, 200, "{\"message\":\"Book 1 deleted\",\"ok\":true}");
	expect("GET", "/books/1", NULL, 404, NULL);
	expect("POST", "/tags", "{\"name\":\"x\"}", 201, "{\"id\":\"1\"}");
	expect("POST", "/tags", "{\"name\":\"y\"}", 201, "{\"id\":\"2\"}");
	expect("PUT", "/tags/2", "{\"name\":\"z\"}", 204, "");
	expect("PUT", "/tags/2", "{}", 422, NULL);
	expect("GET", "/tags/2", NULL, 200, "{\"name\":\"z\",\"rank\":7,\"id\":2}");
	expect("DELETE", "/tags/2", NULL, 200, "{\"name\":\"z\",\"rank\":7,\"id\":2}");
	expect("DELETE", "/tags/2", NULL, 404, "{\"detail\":\"Tag not found\"}");
	expect("GET", "/tags", NULL, 200, "[{\"name\":\"x\",\"rank\":7,\"id\":1}]");
}
END_TEST

/* Of a partial replacement, too: a member without a default is required. */
START_TEST(a_partial_replacement_keeps_what_it_lacks)
{
	expect("POST", "/tags", "{\"name\":\"x\",\"rank\":3}", 201, NULL);
	expect("PUT", "/tags/1", "{\"rank\":4}", 422, NULL);
	expect("PUT", "/tags/1", "{\"name\":\"y\"}", 204, "");
	expect("GET", "/tags/1", NULL, 200, "{\"name\":\"y\",\"rank\":3,\"id\":1}");
}
END_TEST

START_TEST(a_deletion_sets_references_to_null)
{
	expect("POST", "/shelves", "{\"name\":\"a\"}", 201, NULL);
	expect("POST", "/books", "{\"title\":\"Emma\",\"shelf_id\":1}", 200, NULL);
	expect("GET", "/books/1", NULL, 200, BOOK("Emma", "100", "\"none\"", "1"));
	expect("DELETE", "/shelves/1", NULL, 204, "");
	expect("GET", "/books/1", NULL, 200, BOOK("Emma", "100", "\"none\"", "null"));
	expect("GET", "/books", NULL, 200, "[" BOOK("Emma", "100", "\"none\"", "null") "]");
}
END_TEST

/* Parents whose keys are in bodies. */

#define POEM(title, poet)                                                                          \
	"{\"title\":\"" title "\",\"code\":null,\"name\":null,\"poet\":" poet ",\"id\":1}"
#define AUTHOR(id, poems) "{\"name\":\"a\",\"id\":" id ",\"poems\":[" poems "]}"

static void create_authors(void)
{
	expect("POST", "/authors", "{\"name\":\"a\"}", 201, NULL);
	expect("POST", "/authors", "{\"name\":\"a\"}", 201, NULL);
}

static void expect_authors(const char *first, const char *second)
{
	expect("GET", "/authors/1", NULL, 200, first);
	expect("GET", "/authors/2", NULL, 200, second);
}

START_TEST(a_row_moves_from_one_parent_to_another)
{
	create_authors();
	expect_authors(AUTHOR("1", ""), AUTHOR("2", ""));
	expect("POST", "/poems", "{\"title\":\"If\",\"poet\":1}", 201, POEM("If", "1"));
	expect_authors(AUTHOR("1", POEM("If", "1")), AUTHOR("2", ""));
	expect("PATCH", "/poems/1", "{\"poet\":2}", 200, POEM("If", "2"));
	expect_authors(AUTHOR("1", ""), AUTHOR("2", POEM("If", "2")));
	expect("PATCH", "/poems/1", "{\"poet\":null}", 200, POEM("If", "null"));
	expect_authors(AUTHOR("1", ""), AUTHOR("2", ""));
	expect("PATCH", "/poems/1", "{\"poet\":1}", 200, POEM("If", "1"));
	expect_authors(AUTHOR("1", POEM("If", "1")), AUTHOR("2", ""));
	expect("GET", "/poems/1", NULL, 200, POEM("If", "1"));
}
END_TEST

START_TEST(a_parent_in_the_body_must_be_there)
{
	create_authors();
	expect("POST", "/poems", "{\"title\":\"If\",\"poet\":7}", 404,
		"{\"detail\":\"No author with id 7\"}");
	expect("POST", "/poems", "{\"title\":\"If\"}", 201, POEM("If", "null"));
	expect("PATCH", "/poems/1", "{\"poet\":-3}", 404, "{\"detail\":\"No author with id -3\"}");
	expect("PATCH", "/poems/1", "{\"title\":null,\"poet\":4}", 404,
		"{\"detail\":\"No author with id 4\"}");
	expect("POST", "/essays", "{\"title\":\"x\"}", 422,
		DETAIL(ISSUE("missing", "author_id", "Field required", "{\"title\":\"x\"}") "}"));
	expect("POST", "/essays", "{\"title\":\"x\",\"author_id\":9}", 404,
		"{\"detail\":\"No author with id 9\"}");
	expect("POST", "/essays", "{\"title\":\"x\",\"author_id\":2}", 201, NULL);
	expect("PUT", "/essays/1", "{\"title\":\"y\",\"author_id\":3}", 404, NULL);
	expect("PUT", "/essays/1", "{\"title\":\"y\",\"author_id\":1}", 200,
		"{\"title\":\"y\",\"author_id\":1,\"id\":1}");
	expect("PUT", "/essays/1", "{\"title\":\"y\",\"author_id\":null}", 422, NULL);
	/* The default class of updates does not have it. */
	expect("PATCH", "/essays/1", "{\"author_id\":2}", 200,
		"{\"title\":\"y\",\"author_id\":1,\"id\":1}");
}
END_TEST

START_TEST(children_may_outlive_their_parent)
{
	create_authors();
	expect("POST", "/poems", "{\"title\":\"If\",\"poet\":1}", 201, NULL);
	expect("GET", "/poems/1", NULL, 200, POEM("If", "1"));
	expect("DELETE", "/authors/1", NULL, 204, "");
	expect("GET", "/poems/1", NULL, 200, POEM("If", "null"));
}
END_TEST

/* Words. */

START_TEST(failures_have_declared_words)
{
	create_authors();
	expect("POST", "/essays", "{\"title\":\"x\",\"author_id\":2}", 201, NULL);
	expect("DELETE", "/authors/2", NULL, 423, "{\"detail\":\"Author 2 still has essays\"}");
	expect("GET", "/authors/+05", NULL, 404, "{\"detail\":\"No author with id 5\"}");
	expect("GET", "/authors/0_9999999999999999999.0", NULL, 404,
		"{\"detail\":\"No author with id 9999999999999999999\"}");
	expect("DELETE", "/poems/8", NULL, 410, "{\"detail\":\"Poem 8 is gone\"}");
	expect("PATCH", "/poems/8", "{}", 410, "{\"detail\":\"Poem 8 is gone\"}");
}
END_TEST

#define TAKEN(field) "{\"detail\":\"That " field " is taken\"}"
#define CODE_TAKEN   "{\"detail\":\"Another poem has this code\"}"

/* Rows 1 and 2 have the values a and b of all fields. */
static const struct {
	const char *method, *target, *body;
	int status;
	const char *want;
} conflicts[] = {
	{ "POST", "/poems", "{\"title\":\"a\"}", 400, TAKEN("title") },
	{ "POST", "/poems", "{\"title\":\"x\",\"name\":\"b\"}", 400, TAKEN("name") },
	{ "POST", "/poems", "{\"title\":\"b\",\"name\":\"a\"}", 400, TAKEN("title") },
	{ "POST", "/poems", "{\"title\":\"x\",\"code\":2}", 403, CODE_TAKEN },
	/* The words of a field go before those of the resource. */
	{ "POST", "/poems", "{\"title\":\"a\",\"code\":2,\"name\":\"b\"}", 403, CODE_TAKEN },
	{ "PATCH", "/poems/2", "{\"title\":\"a\"}", 400, TAKEN("title") },
	{ "PATCH", "/poems/2", "{\"code\":1}", 403, CODE_TAKEN },
	{ "PATCH", "/poems/2", "{\"code\":2}", 200, NULL },
	/* A unique value that cannot be stored is not looked for. */
	{ "POST", "/poems", "{\"title\":\"x\",\"code\":1,\"name\":\"\\ud800\"}", 422, NULL },
};

START_TEST(the_first_taken_field_with_words_decides)
{
	expect("POST", "/poems", "{\"title\":\"a\",\"code\":1,\"name\":\"a\"}", 201, NULL);
	expect("POST", "/poems", "{\"title\":\"b\",\"code\":2,\"name\":\"b\"}", 201, NULL);
	expect(conflicts[_i].method, conflicts[_i].target, conflicts[_i].body, conflicts[_i].status,
		conflicts[_i].want);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("writes");
	TCase *tc = tcase_create("writes");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_new_row_has_defaults_for_what_the_body_lacks);
	tcase_add_test(tc, a_replacement_sets_every_member_and_nothing_else);
	tcase_add_test(tc, a_text_may_be_longer_than_its_column);
	tcase_add_test(tc, issues_come_in_the_order_of_the_members);
	tcase_add_test(tc, a_default_that_the_column_refuses_is_an_issue);
	tcase_add_test(tc, a_replacement_may_be_a_conflict);
	tcase_add_loop_test(tc, a_replacement_may_have_a_condition, 0, (int)NITEMS(conditions));
	tcase_add_test(tc, answers_are_declared);
	tcase_add_test(tc, a_partial_replacement_keeps_what_it_lacks);
	tcase_add_test(tc, a_deletion_sets_references_to_null);
	tcase_add_test(tc, a_row_moves_from_one_parent_to_another);
	tcase_add_test(tc, a_parent_in_the_body_must_be_there);
	tcase_add_test(tc, children_may_outlive_their_parent);
	tcase_add_test(tc, failures_have_declared_words);
	tcase_add_loop_test(
		tc, the_first_taken_field_with_words_decides, 0, (int)NITEMS(conflicts));
	suite_add_tcase(suite, tc);
	return suite;
}

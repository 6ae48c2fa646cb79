/* A third resource, declared by tests/third/comment.c and one line: everything follows. Runs
 * against programs that were built with it. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

#define FIRST   "{\"body\":\"First!\",\"id\":1,\"post_id\":1}"
#define MISSING "{\"detail\":\"Comment not found\"}"

static struct postern server;
static struct http_client client;

/* A user, with a post. */
static void setup(void)
{
	postern_start(&server, &(struct postern_plan){ 0 });
	http_client_open(&client, server.port);
	struct answer a = http_client_ask(
		&client, "POST", "/users", "{\"username\":\"ada\",\"email\":\"ada@example.com\"}");
	ck_assert_int_eq(a.status, 201);
	a = http_client_ask(
		&client, "POST", "/users/1/posts", "{\"title\":\"Hello\",\"content\":\"World\"}");
	ck_assert_int_eq(a.status, 201);
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
	{ "DELETE", "/comments/2", NULL, 204, "" },
	{ "DELETE", "/comments/2", NULL, 404, MISSING },
	{ "POST", "/comments/", "{}", 307, "" },
	{ "POST", "/users", "{\"username\":\"bob\",\"email\":\"bob@example.com\"}", 201, NULL },
	{ "POST", "/users/2/posts", "{\"title\":\"Bob's\",\"content\":\"x\"}", 201, NULL },
	{ "POST", "/posts/2/comments", "{\"body\":\"Bob's\"}", 201,
		"{\"body\":\"Bob's\",\"id\":2,\"post_id\":2}" },
	{ "DELETE", "/users/1", NULL, 204, "" },
	{ "GET", "/posts/1", NULL, 404, NULL },
	{ "GET", "/comments", NULL, 200, "[{\"body\":\"Bob's\",\"id\":2,\"post_id\":2}]" },
	{ "DELETE", "/posts/2", NULL, 204, "" },
	{ "GET", "/comments", NULL, 200, "[]" },
};

START_TEST(test_comments_live_and_die)
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

	/* Characters, not bytes. */
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

START_TEST(test_openapi_tells_of_comments)
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
	/* teardown stops it too. */
	postern_launch(&server, &(struct postern_plan){ 0 });
	postern_await_serving(&server);
	ck_assert_int_eq(
		http_client_ask_once(server.port, "GET", "/comments/1", NULL, NULL, 0), 200);
}
END_TEST

/* A database that was made without the third resource gets its table. */
START_TEST(test_an_older_database_gets_the_table)
{
	postern_stop(&server);
	postern_sql(&server, "DROP TABLE comments;");
	postern_launch(&server, &(struct postern_plan){ 0 });
	postern_await_serving(&server);
	ck_assert_int_eq(http_client_ask_once(server.port, "POST", "/posts/1/comments",
				 "{\"body\":\"x\"}", NULL, 0),
		201);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("http/third");
	TCase *t = tcase_create("third");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_comments_live_and_die);
	tcase_add_test(t, test_a_comment_has_at_most_2000_characters);
	tcase_add_test(t, test_openapi_tells_of_comments);
	tcase_add_test(t, test_comments_have_a_table);
	tcase_add_test(t, test_an_older_database_gets_the_table);
	suite_add_tcase(s, t);
	return s;
}

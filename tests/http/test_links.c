/* Links between rows through the whole server: bodies, paths, both sides in answers, deletions, and
 * the caches of the workers. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"
#include "worker_client.h"

#include <signal.h>
#include <stdio.h>

#define LINKS "tests/apis/links.json"

enum { WRITER, READER };

static struct postern server;
static struct http_client clients[2]; /* of worker 1 and of worker 2 */

/* Sends a request. The answer is valid until the connection is closed. */
static struct str must(
	struct http_client *c, const char *method, const char *target, const char *body, int status)
{
	struct answer a = http_client_ask(c, method, target, body);

	ck_assert_msg(
		a.status == status, "%s %s: %d %.*s", method, target, a.status, STR_ARGS(a.body));
	return a.body;
}

static void setup(void)
{
	postern_init(&server);
	postern_launch(&server,
		&(struct postern_plan){ .args = { "--api", LINKS, "--admin", "127.0.0.1:0" } });
	postern_await_serving(&server);
	worker_client_open(&clients[WRITER], &server, "worker 2", "/authors");
	worker_client_open(&clients[READER], &server, "worker 1", "/authors");
	struct http_client *c = &clients[WRITER];
	must(c, "POST", "/topics", "{\"name\":\"C\"}", 201);
	must(c, "POST", "/topics", "{\"name\":\"SQL\"}", 201);
	must(c, "POST", "/authors", "{\"name\":\"Ada\"}", 201);
	must(c, "POST", "/posts", "{\"title\":\"One\",\"author_id\":1,\"topic_ids\":[2,1,2]}", 201);
	must(c, "POST", "/posts", "{\"title\":\"Two\",\"author_id\":1}", 201);
}

static void teardown(void)
{
	for (size_t i = 0; i < NITEMS(clients); i++)
		http_client_close(&clients[i]);
	postern_stop(&server);
	postern_done(&server);
}

#define C               "{\"name\":\"C\",\"id\":1}"
#define SQL             "{\"name\":\"SQL\",\"id\":2}"
#define BRIEF(n, title) "{\"id\":" n ",\"title\":\"" title "\"}"
#define POST(n, title, topics, related)                                                            \
	"{\"id\":" n ",\"title\":\"" title "\",\"topics\":[" topics                                \
	"],\"tags\":[],\"related\":[" related "]}"
#define ONE(topics)        POST("1", "One", topics, "")
#define TWO(topics)        POST("2", "Two", topics, "")
#define ADA(posts)         "{\"name\":\"Ada\",\"posts\":[" posts "]}"
#define TOPIC(name, posts) "{\"name\":\"" name "\",\"posts\":[" posts "]}"
#define BOTH               C "," SQL
#define BEFORE             ADA(ONE(BOTH) "," TWO(""))

/* Each write with its answer, and a target that shows it: before and after it. */
static const struct {
	const char *method, *target, *body, *answer;
	int status;
	const char *seen, *before, *after;
} writes[] = {
	{ "PATCH", "/posts/1", "{\"topic_ids\":[2]}", ONE(SQL), 200, "/posts/1", ONE(BOTH),
		ONE(SQL) },
	{ "PATCH", "/posts/1", "{\"topic_ids\":[]}", ONE(""), 200, "/authors/1", BEFORE,
		ADA(ONE("") "," TWO("")) },
	{ "PATCH", "/posts/2", "{\"topic_ids\":[1],\"title\":\"2\"}", POST("2", "2", C, ""), 200,
		"/topics/1", TOPIC("C", BRIEF("1", "One")),
		TOPIC("C", BRIEF("1", "One") "," BRIEF("2", "2")) },
	{ "PATCH", "/posts/1", "{\"topic_ids\":null}", ONE(BOTH), 200, "/posts/1", ONE(BOTH),
		ONE(BOTH) },
	{ "PUT", "/posts/1", "{\"title\":\"One\",\"author_id\":1}", ONE(""), 200, "/topics",
		"[" TOPIC("C", BRIEF("1", "One")) "," TOPIC("SQL", BRIEF("1", "One")) "]",
		"[" TOPIC("C", "") "," TOPIC("SQL", "") "]" },
	{ "POST", "/posts/2/topics/2", NULL, TWO(SQL), 200, "/posts", "[" ONE(BOTH) "," TWO("") "]",
		"[" ONE(BOTH) "," TWO(SQL) "]" },
	{ "POST", "/posts/1/topics/2", NULL, ONE(BOTH), 200, "/posts/1", ONE(BOTH), ONE(BOTH) },
	{ "DELETE", "/posts/1/topics/2", NULL, "", 204, "/topics/2",
		TOPIC("SQL", BRIEF("1", "One")), TOPIC("SQL", "") },
	{ "POST", "/posts/1/posts/2", NULL, "{\"linked\":\"1\"}", 200, "/posts/1", ONE(BOTH),
		POST("1", "One", BOTH, BRIEF("2", "Two")) },
	{ "PATCH", "/topics/1", "{\"name\":\"C11\"}", "{\"name\":\"C11\",\"id\":1}", 200,
		"/posts/1", ONE(BOTH), ONE("{\"name\":\"C11\",\"id\":1}," SQL) },
	{ "PATCH", "/posts/1", "{\"title\":\"1\"}", POST("1", "1", BOTH, ""), 200, "/topics/1",
		TOPIC("C", BRIEF("1", "One")), TOPIC("C", BRIEF("1", "1")) },
	{ "DELETE", "/topics/1", NULL, "", 204, "/authors/1", BEFORE, ADA(ONE(SQL) "," TWO("")) },
	{ "DELETE", "/posts/1", NULL, "", 204, "/topics/1", TOPIC("C", BRIEF("1", "One")),
		TOPIC("C", "") },
	{ "DELETE", "/authors/1", NULL, "", 204, "/topics/1", TOPIC("C", BRIEF("1", "One")),
		TOPIC("C", "") },
};

static void expect_cached(const char *target, const char *body)
{
	struct cached_time time = cached_begin(&server);

	ck_assert_slice_eq(must(&clients[READER], "GET", target, NULL, 200), str_from(body));
	cached_end(&server, &time, 1);
}

START_TEST(a_cached_answer_shows_the_links_of_another_worker)
{
	struct http_client *reader = &clients[READER];

	ck_assert_slice_eq(
		must(reader, "GET", writes[_i].seen, NULL, 200), str_from(writes[_i].before));
	expect_cached(writes[_i].seen, writes[_i].before);
	ck_assert_slice_eq(must(&clients[WRITER], writes[_i].method, writes[_i].target,
				   writes[_i].body, writes[_i].status),
		str_from(writes[_i].answer));
	ck_assert_slice_eq(
		must(reader, "GET", writes[_i].seen, NULL, 200), str_from(writes[_i].after));
	expect_cached(writes[_i].seen, writes[_i].after);
}
END_TEST

#define ABSENT "01234567-89ab-4def-8123-456789abcdef"

/* Nothing is changed by any of these. */
static const struct {
	const char *method, *target, *body;
	int status;
	const char *answer;
} refused[] = {
	{ "POST", "/posts", "{\"title\":\"x\",\"author_id\":1,\"topic_ids\":[1,9]}", 404,
		"{\"detail\":\"Topic 1,9 not found\"}" },
	{ "POST", "/posts", "{\"title\":\"x\",\"author_id\":1,\"tag_ids\":[\"" ABSENT "\"]}", 404,
		"{\"detail\":\"Tag " ABSENT " not found\"}" },
	{ "POST", "/posts", "{\"title\":\"x\",\"author_id\":9,\"topic_ids\":[1]}", 404,
		"{\"detail\":\"Author not found\"}" },
	{ "PATCH", "/posts/1", "{\"title\":\"x\",\"topic_ids\":[9]}", 404,
		"{\"detail\":\"Topic 9 not found\"}" },
	{ "PATCH", "/posts/9", "{\"topic_ids\":[1]}", 404, "{\"detail\":\"Post not found\"}" },
	{ "PATCH", "/posts/1", "{\"topic_ids\":[1,\"x\",{}]}", 422,
		"{\"detail\":[{\"type\":\"int_parsing\",\"loc\":[\"body\",\"topic_ids\",1],\"msg\":"
		"\"Input should be a valid integer, unable to parse string as an integer\","
		"\"input\":\"x\"},{\"type\":\"int_type\",\"loc\":[\"body\",\"topic_ids\",2],"
		"\"msg\":\"Input should be a valid integer\",\"input\":{}}]}" },
	{ "PATCH", "/posts/1", "{\"topic_ids\":1}", 422,
		"{\"detail\":[{\"type\":\"list_type\",\"loc\":[\"body\",\"topic_ids\"],\"msg\":"
		"\"Input should be a valid list\",\"input\":1}]}" },
	{ "POST", "/posts/9/topics/1", NULL, 404, "{\"detail\":\"Post not found\"}" },
	{ "POST", "/posts/1/topics/9", NULL, 404, "{\"detail\":\"Topic 9 not found\"}" },
	{ "POST", "/posts/1/topics/99999999999999999999", NULL, 404,
		"{\"detail\":\"Topic 99999999999999999999 not found\"}" },
	{ "DELETE", "/posts/2/topics/1", NULL, 404, "{\"detail\":\"Topic 1 not found\"}" },
	{ "DELETE", "/posts/1/tags/" ABSENT, NULL, 404,
		"{\"detail\":\"Tag " ABSENT " not found\"}" },
	{ "DELETE", "/posts/a/topics/b", NULL, 422,
		"{\"detail\":[{\"type\":\"int_parsing\",\"loc\":[\"path\",\"post_id\"],\"msg\":"
		"\"Input should be a valid integer, unable to parse string as an integer\","
		"\"input\":\"a\"},{\"type\":\"int_parsing\",\"loc\":[\"path\",\"topic_id\"],"
		"\"msg\":"
		"\"Input should be a valid integer, unable to parse string as an integer\","
		"\"input\":\"b\"}]}" },
	{ "POST", "/posts/1/tags/" ABSENT, NULL, 405, "{\"detail\":\"Method Not Allowed\"}" },
};

START_TEST(a_link_that_is_refused_changes_nothing)
{
	ck_assert_slice_eq(must(&clients[WRITER], refused[_i].method, refused[_i].target,
				   refused[_i].body, refused[_i].status),
		str_from(refused[_i].answer));
	ck_assert_slice_eq(must(&clients[WRITER], "GET", "/authors/1", NULL, 200), STR(BEFORE));
	ck_assert_slice_eq(must(&clients[WRITER], "GET", "/posts", NULL, 200),
		STR("[" ONE(BOTH) "," TWO("") "]"));
}
END_TEST

START_TEST(uuids_are_linked)
{
	struct http_client *c = &clients[WRITER];
	struct str tag = must(c, "POST", "/tags", "{\"name\":\"new\"}", 201);
	char id[37], body[128], target[128];

	ck_assert_int_eq(sscanf(tag.ptr, "{\"name\":\"new\",\"id\":\"%36[^\"]\"", id), 1);
	snprintf(body, sizeof(body), "{\"tag_ids\":[\"%s\",\"%s\"]}", id, id);
	must(c, "PATCH", "/posts/2", body, 200);
	snprintf(target, sizeof(target), "/tags/%s", id);
	ck_assert_slice_eq(must(c, "GET", target, NULL, 200), STR(TOPIC("new", BRIEF("2", "Two"))));
	must(c, "DELETE", target, NULL, 204);
	ck_assert_slice_eq(must(c, "GET", "/posts/2", NULL, 200), STR(TWO("")));
	ck_assert_str_eq(postern_sql(&server, "SELECT count(*) FROM post_tags"), "0");
}
END_TEST

/* As SQLAlchemy's onupdate, which a change of links does not set. */
START_TEST(links_alone_do_not_touch_their_row)
{
	struct http_client *c = &clients[WRITER];

	must(c, "PATCH", "/posts/1", "{\"topic_ids\":[]}", 200);
	must(c, "POST", "/posts/1/topics/1", NULL, 200);
	ck_assert_str_eq(
		postern_sql(&server, "SELECT count(*) FROM posts WHERE updated_at IS NOT NULL"),
		"0");
}
END_TEST

/* A write under the ETag of the post before its links changed. */
START_TEST(the_etag_of_a_row_depends_on_its_links)
{
	struct http_client *c = &clients[WRITER];
	struct answer a = http_client_ask(&clients[READER], "GET", "/posts/1", NULL);
	struct str old = answer_field(&a, "etag");
	char request[512];

	must(c, "DELETE", "/posts/1/topics/1", NULL, 204);
	a = http_client_ask(&clients[READER], "GET", "/posts/1", NULL);
	ck_assert(!str_equal(answer_field(&a, "etag"), old));
	int n = snprintf(request, sizeof(request),
		"POST /posts/1/topics/1 HTTP/1.1\r\nHost: x\r\nIf-Match: %.*s\r\n"
		"Content-Length: 0\r\n\r\n",
		STR_ARGS(old));
	ck_assert(http_client_send(c, (struct str){ request, (size_t)n }));
	ck_assert_int_eq(http_client_receive(c).status, 412);
	ck_assert_slice_eq(must(c, "GET", "/posts/1", NULL, 200), STR(ONE(SQL)));
}
END_TEST

/* A trigger links what no command has named. */
START_TEST(a_trigger_may_write_links)
{
	static const char linked[] = POST("2", "2", C, "");
	struct http_client *c = &clients[WRITER];

	postern_sql(&server, "CREATE TRIGGER t AFTER UPDATE ON posts BEGIN"
			     " INSERT INTO post_topics VALUES (NEW.id, 1); END");
	/* Only a write that dbd has seen shows that it knows the trigger. */
	must(c, "POST", "/topics", "{\"name\":\"x\"}", 201);
	ck_assert_slice_eq(must(&clients[READER], "GET", "/topics/1", NULL, 200),
		STR(TOPIC("C", BRIEF("1", "One"))));
	ck_assert_slice_eq(
		must(c, "PATCH", "/posts/2", "{\"title\":\"2\"}", 200), str_from(linked));
	ck_assert_slice_eq(must(&clients[READER], "GET", "/topics/1", NULL, 200),
		STR(TOPIC("C", BRIEF("1", "One") "," BRIEF("2", "2"))));
}
END_TEST

START_TEST(the_tables_are_those_of_sqlalchemy)
{
	ck_assert_str_eq(
		postern_sql(&server, "SELECT sql FROM sqlite_schema WHERE name = 'post_tags'"),
		"CREATE TABLE post_tags (\n\tpost_id INTEGER NOT NULL, \n\ttag_id CHAR(32) NOT "
		"NULL, "
		"\n\tPRIMARY KEY (post_id, tag_id), \n\tFOREIGN KEY(post_id) REFERENCES posts "
		"(id), "
		"\n\tFOREIGN KEY(tag_id) REFERENCES tags (id)\n)");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http/links");
	TCase *tests = tcase_create("links");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(
		tests, a_cached_answer_shows_the_links_of_another_worker, 0, NITEMS(writes));
	tcase_add_loop_test(tests, a_link_that_is_refused_changes_nothing, 0, NITEMS(refused));
	tcase_add_test(tests, uuids_are_linked);
	tcase_add_test(tests, links_alone_do_not_touch_their_row);
	tcase_add_test(tests, the_etag_of_a_row_depends_on_its_links);
	suite_add_tcase(suite, tests);
	TCase *file = tcase_create("SQLite's file");
	tcase_set_tags(file, "sqlite");
	tcase_add_checked_fixture(file, setup, teardown);
	tcase_set_timeout(file, 60);
	tcase_add_test(file, a_trigger_may_write_links);
	tcase_add_test(file, the_tables_are_those_of_sqlalchemy);
	suite_add_tcase(suite, file);
	return suite;
}

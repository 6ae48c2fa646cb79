/* Declared APIs through the whole server: rows that are embedded three deep, with the cache of the
 * workers; hidden fields; references to resources that are declared later; values of every kind
 * through a restart. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"
#include "worker_client.h"

#include <signal.h>
#include <stdio.h>

#define SHELVES "tests/apis/shelves.json"
#define LIBRARY "tests/apis/library.json"
#define TYPES   "tests/apis/types.json"

static struct postern server;

static void setup(void)
{
	postern_init(&server);
}

static void teardown(void)
{
	postern_done(&server);
}

static void serve(const char *declaration)
{
	postern_launch(&server, &(struct postern_plan){ .args = { "--api", declaration, "--admin",
								"127.0.0.1:0" } });
	postern_await_serving(&server);
}

/* Sends a request. The answer is valid until the connection is closed. */
static struct str must(
	struct http_client *c, const char *method, const char *target, const char *body, int status)
{
	struct answer a = http_client_ask(c, method, target, body);

	ck_assert_msg(
		a.status == status, "%s %s: %d %.*s", method, target, a.status, STR_ARGS(a.body));
	return a.body;
}

static bool contains(struct str text, const char *part)
{
	return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

/* Trees in the cache. */

enum { WRITER, READER };

static struct http_client clients[2]; /* of worker 1 and of worker 2 */

static void setup_trees(void)
{
	setup();
	serve(SHELVES);
	worker_client_open(&clients[WRITER], &server, "worker 2", "/authors");
	worker_client_open(&clients[READER], &server, "worker 1", "/authors");
	struct http_client *c = &clients[WRITER];
	must(c, "POST", "/genres", "{\"name\":\"novel\"}", 201);
	must(c, "POST", "/authors", "{\"name\":\"Ada\",\"password\":\"secret\"}", 201);
	must(c, "POST", "/authors/1/books", "{\"title\":\"One\"}", 201);
	must(c, "POST", "/authors/1/books", "{\"title\":\"Two\",\"genre\":1}", 201);
	must(c, "POST", "/books/1/reviews", "{\"comment\":\"good\",\"stars\":5}", 201);
}

static void teardown_trees(void)
{
	for (size_t i = 0; i < NITEMS(clients); i++)
		http_client_close(&clients[i]);
	postern_stop(&server);
	teardown();
}

#define REVIEW(comment, stars, id, book)                                                           \
	"{\"comment\":\"" comment "\",\"stars\":" stars ",\"id\":" id ",\"book_id\":" book "}"
#define BOOK(title, genre, id, reviews)                                                            \
	"{\"title\":\"" title "\",\"genre\":" genre ",\"id\":" id                                  \
	",\"author_id\":1,\"reviews\":[" reviews "]}"
#define AUTHOR(books) "{\"name\":\"Ada\",\"id\":1,\"books\":[" books "]}"
#define GOOD          REVIEW("good", "5", "1", "1")
#define FINE          REVIEW("fine", "4", "2", "1")
#define TWO           BOOK("Two", "1", "2", "")

static const char before[] = AUTHOR(BOOK("One", "null", "1", GOOD) "," TWO);

/* Each write, and the author that the next read shows. */
static const struct {
	const char *method, *target, *body;
	int status;
	const char *author;
} writes[] = {
	{ "POST", "/books/1/reviews", "{\"comment\":\"fine\",\"stars\":4}", 201,
		AUTHOR(BOOK("One", "null", "1", GOOD "," FINE) "," TWO) },
	{ "PATCH", "/reviews/1", "{\"stars\":1}", 200,
		AUTHOR(BOOK("One", "null", "1", REVIEW("good", "1", "1", "1")) "," TWO) },
	{ "DELETE", "/reviews/1", NULL, 204, AUTHOR(BOOK("One", "null", "1", "") "," TWO) },
	{ "PATCH", "/books/1", "{\"title\":\"First\"}", 200,
		AUTHOR(BOOK("First", "null", "1", GOOD) "," TWO) },
	{ "DELETE", "/books/1", NULL, 204, AUTHOR(TWO) },
	{ "POST", "/authors/1/books", "{\"title\":\"Three\"}", 201,
		AUTHOR(BOOK("One", "null", "1", GOOD) "," TWO "," BOOK("Three", "null", "3", "")) },
	/* A book is deleted with the genre that it refers to. */
	{ "DELETE", "/genres/1", NULL, 204, AUTHOR(BOOK("One", "null", "1", GOOD)) },
};

static void expect_cached(const char *target, const char *body)
{
	struct cached_time time = cached_begin(&server);

	ck_assert_slice_eq(must(&clients[READER], "GET", target, NULL, 200), str_from(body));
	cached_end(&server, &time, 1);
}

START_TEST(a_cached_tree_shows_the_writes_of_another_worker)
{
	struct http_client *reader = &clients[READER];

	ck_assert_slice_eq(must(reader, "GET", "/authors/1", NULL, 200), str_from(before));
	expect_cached("/authors/1", before);
	must(&clients[WRITER], writes[_i].method, writes[_i].target, writes[_i].body,
		writes[_i].status);
	ck_assert_slice_eq(
		must(reader, "GET", "/authors/1", NULL, 200), str_from(writes[_i].author));
	expect_cached("/authors/1", writes[_i].author);
}
END_TEST

START_TEST(a_deleted_tree_is_gone_at_every_depth)
{
	static const char *const targets[] = { "/authors/1", "/books/1", "/books/2", "/reviews/1" };
	struct http_client *reader = &clients[READER];

	for (size_t i = 0; i < NITEMS(targets); i++)
		must(reader, "GET", targets[i], NULL, 200);
	must(&clients[WRITER], "DELETE", "/authors/1", NULL, 204);
	for (size_t i = 0; i < NITEMS(targets); i++)
		must(reader, "GET", targets[i], NULL, 404);
	ck_assert_slice_eq(must(reader, "GET", "/reviews", NULL, 200), STR("[]"));
}
END_TEST

/* A write under an ETag of the author, after a change two levels below. */
START_TEST(the_etag_of_a_tree_is_that_of_its_leaves)
{
	struct http_client *c = &clients[WRITER];
	struct answer a = http_client_ask(&clients[READER], "GET", "/authors/1", NULL);
	struct str old = answer_field(&a, "etag");
	char request[512];

	ck_assert_uint_gt(old.len, 0);
	must(c, "PATCH", "/reviews/1", "{\"stars\":2}", 200);
	a = http_client_ask(&clients[READER], "GET", "/authors/1", NULL);
	ck_assert(!str_equal(answer_field(&a, "etag"), old));
	int n = snprintf(request, sizeof(request),
		"PATCH /authors/1 HTTP/1.1\r\nHost: x\r\nIf-Match: %.*s\r\n"
		"Content-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"name\":\"Eve\"}",
		STR_ARGS(old));
	ck_assert(http_client_send(c, (struct str){ request, (size_t)n }));
	ck_assert_int_eq(http_client_receive(c).status, 412);
}
END_TEST

/* Hidden fields. */

START_TEST(hidden_fields_are_written_and_never_shown)
{
	static const char shown[] = "{\"name\":\"Eve\",\"id\":2}";
	struct http_client *c = &clients[WRITER];

	ck_assert_slice_eq(
		must(c, "POST", "/authors", "{\"name\":\"Eve\",\"password\":\"apple\"}", 201),
		str_from(shown));
	ck_assert_slice_eq(
		must(c, "PATCH", "/authors/2", "{\"password\":\"pears\"}", 200), str_from(shown));
	ck_assert_slice_eq(must(c, "GET", "/authors/2", NULL, 200),
		STR("{\"name\":\"Eve\",\"id\":2,\"books\":[]}"));
	ck_assert_slice_eq(must(c, "GET", "/authors", NULL, 200),
		STR("[{\"name\":\"Ada\",\"id\":1},{\"name\":\"Eve\",\"id\":2}]"));
	ck_assert_str_eq(
		postern_sql(&server, "SELECT password, length(cast(token AS text)) FROM authors "
				     "ORDER BY id"),
		test_database_is_postgres() ? "secret|36\npears|36" : "secret|32\npears|32");
	/* An input that is not valid is echoed, as the reference does. */
	must(c, "POST", "/authors", "{\"name\":\"Eve\"}", 422);
	must(c, "POST", "/authors", "{\"name\":\"Eve\",\"password\":\"abc\"}", 422);
}
END_TEST

/* The schema of a name, up to the next one. */
static struct str schema_of(struct str document, const char *name)
{
	char mark[64];
	int n = snprintf(mark, sizeof(mark), "\"%s\":{\"properties\":", name);
	const char *begin = memmem(document.ptr, document.len, mark, (size_t)n);

	ck_assert_msg(begin != NULL, "no schema %s", name);
	struct str rest = { begin + n, document.len - (size_t)(begin + n - document.ptr) };
	const char *end = memmem(rest.ptr, rest.len, "\"title\":\"Author", 15);
	ck_assert_ptr_nonnull(end);
	rest.len = (size_t)(end - rest.ptr);
	return rest;
}

START_TEST(hidden_fields_are_in_the_schemas_of_those_who_send_them)
{
	struct str document = must(&clients[READER], "GET", "/openapi.json", NULL, 200);

	ck_assert(contains(schema_of(document, "AuthorCreate"), "\"password\":{"));
	ck_assert(contains(schema_of(document, "AuthorUpdate"), "\"password\":{"));
	ck_assert(!contains(schema_of(document, "AuthorResponse"), "\"password\":{"));
	ck_assert(!contains(schema_of(document, "AuthorWithBooks"), "\"password\":{"));
	ck_assert(!contains(document, "\"token\""));
}
END_TEST

/* References. */

START_TEST(a_reference_may_be_to_a_resource_that_is_declared_later)
{
	struct http_client *c = &clients[WRITER];

	ck_assert_slice_eq(
		must(c, "POST", "/authors/1/books", "{\"title\":\"x\",\"genre\":9}", 404),
		STR("{\"detail\":\"Genre not found\"}"));
	ck_assert_slice_eq(must(c, "PATCH", "/books/1", "{\"genre\":9}", 404),
		STR("{\"detail\":\"Genre not found\"}"));
	ck_assert_slice_eq(must(c, "PATCH", "/books/1", "{\"genre\":1}", 200),
		STR("{\"title\":\"One\",\"genre\":1,\"id\":1,\"author_id\":1}"));
	ck_assert_slice_eq(must(c, "PATCH", "/books/1", "{\"genre\":null}", 200),
		STR("{\"title\":\"One\",\"genre\":null,\"id\":1,\"author_id\":1}"));
}
END_TEST

/* Schemas. */

static void setup_library(void)
{
	setup();
	serve(LIBRARY);
	worker_client_open(&clients[WRITER], &server, "worker 2", "/authors");
	worker_client_open(&clients[READER], &server, "worker 1", "/authors");
	struct http_client *c = &clients[WRITER];
	must(c, "POST", "/authors", "{\"name\":\"Ann\"}", 201);
	must(c, "POST", "/authors", "{\"name\":\"Bob\"}", 201);
	must(c, "POST", "/books", "{\"title\":\"One\",\"author_id\":1,\"editor_id\":2}", 201);
	must(c, "POST", "/books/1/reviews", "{\"stars\":5}", 201);
}

#define ANN(books, edited)                                                                         \
	"{\"books\":[" books "],\"name\":\"Ann\",\"edited\":[" edited "],\"id\":1,\"born\":null}"
#define BOB(books, edited)                                                                         \
	"{\"books\":[" books "],\"name\":\"Bob\",\"edited\":[" edited "],\"id\":2,\"born\":null}"
#define ONE          "{\"title\":\"One\",\"id\":1}"
#define EDITED(rows) "{\"id\":1,\"reviews\":[" rows "],\"title\":\"One\"}"
#define STARS(n)     "{\"stars\":" n "}"
#define PEOPLE(author, title, editor)                                                              \
	"{\"author\":" author ",\"title\":\"" title "\",\"editor\":" editor                        \
	",\"reviews\":[" STARS("5") "]}"
#define ANN_NAME "{\"id\":1,\"name\":\"Ann\"}"
#define BOB_NAME "{\"id\":2,\"name\":\"Bob\"}"

/* Each write with its answer, and a target that shows it: before and after it. */
static const struct {
	const char *method, *target, *body, *answer;
	int status;
	const char *seen, *before, *after;
} views[] = {
	{ "PATCH", "/books/1", "{\"author_id\":2}", PEOPLE(BOB_NAME, "One", BOB_NAME), 200,
		"/authors/1", ANN(ONE, ""), ANN("", "") },
	{ "PATCH", "/books/1", "{\"author_id\":2}", PEOPLE(BOB_NAME, "One", BOB_NAME), 200,
		"/authors/2", BOB("", EDITED(STARS("5"))), BOB(ONE, EDITED(STARS("5"))) },
	{ "PATCH", "/books/1", "{\"editor_id\":null}", PEOPLE(ANN_NAME, "One", "null"), 200,
		"/authors/2", BOB("", EDITED(STARS("5"))), BOB("", "") },
	{ "POST", "/books/1/reviews", "{\"stars\":1}", STARS("1"), 201, "/authors",
		"[" ANN(ONE, "") "," BOB("", EDITED(STARS("5"))) "]",
		"[" ANN(ONE, "") "," BOB("", EDITED(STARS("5") "," STARS("1"))) "]" },
	{ "PATCH", "/authors/2", "{\"name\":\"Eve\"}",
		"{\"books\":[],\"name\":\"Eve\",\"edited\":[" EDITED(
			STARS("5")) "],\"id\":2,\"born\":null}",
		200, "/books/1", PEOPLE(ANN_NAME, "One", BOB_NAME),
		PEOPLE(ANN_NAME, "One", "{\"id\":2,\"name\":\"Eve\"}") },
	{ "DELETE", "/authors/2", NULL, BOB("", EDITED(STARS("5"))), 200, "/books/1",
		PEOPLE(ANN_NAME, "One", BOB_NAME), PEOPLE(ANN_NAME, "One", "null") },
	{ "DELETE", "/authors/1", NULL, ANN(ONE, ""), 200, "/authors/2",
		BOB("", EDITED(STARS("5"))), BOB("", "") },
	{ "DELETE", "/authors/2", NULL, BOB("", EDITED(STARS("5"))), 200, "/reviews",
		"[{\"book\":" PEOPLE(ANN_NAME, "One", BOB_NAME) ",\"id\":1}]",
		"[{\"book\":" PEOPLE(ANN_NAME, "One", "null") ",\"id\":1}]" },
};

START_TEST(a_cached_view_shows_the_writes_of_another_worker)
{
	struct http_client *reader = &clients[READER];

	ck_assert_slice_eq(
		must(reader, "GET", views[_i].seen, NULL, 200), str_from(views[_i].before));
	expect_cached(views[_i].seen, views[_i].before);
	ck_assert_slice_eq(must(&clients[WRITER], views[_i].method, views[_i].target,
				   views[_i].body, views[_i].status),
		str_from(views[_i].answer));
	ck_assert_slice_eq(
		must(reader, "GET", views[_i].seen, NULL, 200), str_from(views[_i].after));
	expect_cached(views[_i].seen, views[_i].after);
}
END_TEST

/* Each author has more books than a frame. */
START_TEST(long_lists_of_trees_are_streamed)
{
	enum { BOOKS = 3000 };
	struct http_client *c = &clients[READER];
	unsigned found = 0;

	postern_sql(&server,
		"WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
		"INSERT INTO books (id, title, author_id, editor_id) "
		"SELECT i, 'a book of a long list', 1 + i % 2, 2 - i % 2 FROM n");
	struct str list = must(c, "GET", "/authors", NULL, 200);
	for (size_t i = 0; i + 10 < list.len; i++)
		found += memcmp(list.ptr + i, "\"reviews\":", 10) == 0;
	ck_assert_uint_eq(found, BOOKS);
	ck_assert(contains(list, "],\"name\":\"Ann\",\"edited\":["));
	ck_assert(contains(list, "],\"name\":\"Bob\",\"edited\":["));
	ck_assert_int_eq(memcmp(list.ptr + list.len - 22, "],\"id\":2,\"born\":null}]", 22), 0);
}
END_TEST

/* Types. */

static const char sent[] =
	"{\"color\":\"\",\"other_color\":\"dark-blue\",\"level\":1,\"state\":\"on\",\"rank\":2,"
	"\"extra\":{\"b\":[1,null,\"\\u00e9\"]},\"tags\":[\"x\",\"\"]}";

static const char *const kept[] = { "\"color\":\"\",\"other_color\":\"dark-blue\"",
	"\"level\":1,\"state\":\"on\",\"rank\":2",
	"\"extra\":{\"b\":[1,null,\"\xc3\xa9\"]},\"tags\":[\"x\",\"\"]", "\"price\":\"9.95\"",
	"\"heard\":\"2026-01-02T" };

static void expect_thing(struct str want)
{
	struct http_client c;

	http_client_open(&c, server.port);
	struct str got = must(&c, "GET", "/things/1", NULL, 200);
	ck_assert_msg(contains(got, "\"parts\":[]}"), "%.*s", STR_ARGS(got));
	got.len -= strlen(",\"parts\":[]}");
	want.len -= strlen("}");
	ck_assert_slice_eq(got, want);
	http_client_close(&c);
}

START_TEST(values_of_every_kind_are_the_same_after_a_restart)
{
	struct http_client c;

	serve(TYPES);
	http_client_open(&c, server.port);
	struct str thing = must(&c, "POST", "/things", sent, 201);
	for (size_t i = 0; i < NITEMS(kept); i++)
		ck_assert_msg(contains(thing, kept[i]), "no %s in %.*s", kept[i], STR_ARGS(thing));
	expect_thing(thing);
	postern_stop(&server);
	serve(TYPES);
	expect_thing(thing);
	/* The database has the members' names, and the values of literals. */
	ck_assert_str_eq(
		postern_sql(&server, "SELECT color, other_color, level, state, rank FROM things"),
		"none|dark_blue|low|on|2");
	http_client_close(&c);
	postern_stop(&server);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http/trees");
	TCase *trees = tcase_create("trees"), *schemas = tcase_create("schemas");
	TCase *types = tcase_create("types");

	tcase_set_timeout(trees, 60);
	tcase_add_checked_fixture(trees, setup_trees, teardown_trees);
	tcase_add_loop_test(
		trees, a_cached_tree_shows_the_writes_of_another_worker, 0, NITEMS(writes));
	tcase_add_test(trees, a_deleted_tree_is_gone_at_every_depth);
	tcase_add_test(trees, the_etag_of_a_tree_is_that_of_its_leaves);
	tcase_add_test(trees, hidden_fields_are_written_and_never_shown);
	tcase_add_test(trees, hidden_fields_are_in_the_schemas_of_those_who_send_them);
	tcase_add_test(trees, a_reference_may_be_to_a_resource_that_is_declared_later);
	suite_add_tcase(suite, trees);
	tcase_set_timeout(schemas, 60);
	tcase_add_checked_fixture(schemas, setup_library, teardown_trees);
	tcase_add_loop_test(
		schemas, a_cached_view_shows_the_writes_of_another_worker, 0, NITEMS(views));
	tcase_add_test(schemas, long_lists_of_trees_are_streamed);
	suite_add_tcase(suite, schemas);
	tcase_set_timeout(types, 60);
	tcase_add_checked_fixture(types, setup, teardown);
	tcase_add_test(types, values_of_every_kind_are_the_same_after_a_restart);
	suite_add_tcase(suite, types);
	return suite;
}

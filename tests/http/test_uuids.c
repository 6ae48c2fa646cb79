/* An API whose keys are UUIDs, through the whole server: trees of UUIDs and integers in the caches
 * of two workers, conditional writes, rows of other programs, a dbd that dies, reloads. */
#include "http_client.h"
#include "postern.h"
#include "suite.h"
#include "worker_client.h"

#include <signal.h>
#include <stdio.h>

#define LIBRARY "tests/apis/uuids.json"

enum { UUID_CHARS = 36, TEXT_MAX = 1024 };

enum { WRITER, READER };

static struct postern server;
static struct http_client clients[2]; /* of worker 1 and of worker 2 */
static char author[UUID_CHARS + 1], book[UUID_CHARS + 1], category[UUID_CHARS + 1];
static char text[TEXT_MAX];

static struct answer ask(unsigned client, const char *method, const char *target, const char *body)
{
	return http_client_ask(&clients[client], method, target, body);
}

static struct str must(
	unsigned client, const char *method, const char *target, const char *body, int status)
{
	struct answer a = ask(client, method, target, body);

	ck_assert_msg(
		a.status == status, "%s %s: %d %.*s", method, target, a.status, STR_ARGS(a.body));
	return a.body;
}

static const char *path(const char *collection, const char *key, const char *below)
{
	static char paths[4][128];
	static unsigned n;
	char *next = paths[n++ % NITEMS(paths)];

	snprintf(next, sizeof(paths[0]), "%s/%s%s", collection, key, below);
	return next;
}

/* Creates a row, and copies its key. */
static void create(const char *target, const char *body, char key[UUID_CHARS + 1])
{
	struct str answer = must(WRITER, "POST", target, body, 201);
	const char *id = memmem(answer.ptr, answer.len, "\"id\":\"", 6);

	ck_assert_msg(id != NULL, "%.*s", STR_ARGS(answer));
	memcpy(key, id + 6, UUID_CHARS);
	key[UUID_CHARS] = '\0';
}

static void setup(void)
{
	postern_init(&server);
	postern_launch(&server,
		&(struct postern_plan){ .args = { "--api", LIBRARY, "--admin", "127.0.0.1:0" } });
	postern_await_serving(&server);
	worker_client_open(&clients[WRITER], &server, "worker 2", "/authors");
	worker_client_open(&clients[READER], &server, "worker 1", "/authors");
	create("/categories", "{\"name\":\"novel\"}", category);
	create("/authors", "{\"name\":\"Ann\"}", author);
	snprintf(text, sizeof(text), "{\"title\":\"One\",\"category_id\":\"%s\"}", category);
	create(path("/authors", author, "/books"), text, book);
	must(WRITER, "POST", path("/books", book, "/chapters"), "{\"title\":\"First\"}", 201);
}

static void teardown(void)
{
	for (size_t i = 0; i < NITEMS(clients); i++)
		http_client_close(&clients[i]);
	postern_stop(&server);
	postern_done(&server);
}

/* The author as it is shown; without the book if that has no title. */
static const char *tree(const char *title, const char *chapters)
{
	static char shown[TEXT_MAX];
	char books[TEXT_MAX / 2] = "";

	if (*title)
		snprintf(books, sizeof(books),
			"{\"title\":\"%s\",\"category_id\":\"%s\",\"id\":\"%s\",\"author_id\":\"%"
			"s\","
			"\"chapters\":[%s]}",
			title, category, book, author, chapters);
	snprintf(shown, sizeof(shown), "{\"name\":\"Ann\",\"id\":\"%s\",\"books\":[%s]}", author,
		books);
	return shown;
}

static const char *chapter(const char *title)
{
	static char shown[TEXT_MAX / 4];

	snprintf(shown, sizeof(shown),
		"{\"title\":\"%s\",\"quotes_id\":null,\"id\":1,\"book_id\":\"%s\"}", title, book);
	return shown;
}

static void shows(const char *want)
{
	ck_assert_slice_eq(
		must(READER, "GET", path("/authors", author, ""), NULL, 200), str_from(want));
}

static void is_cached(const char *want)
{
	struct cached_time time = cached_begin(&server);

	shows(want);
	cached_end(&server, &time, 1);
}

START_TEST(a_cached_tree_shows_the_writes_of_another_worker)
{
	shows(tree("One", chapter("First")));
	is_cached(tree("One", chapter("First")));
	must(WRITER, "PATCH", "/chapters/1", "{\"title\":\"Second\"}", 200);
	shows(tree("One", chapter("Second")));
	is_cached(tree("One", chapter("Second")));
	must(WRITER, "PATCH", path("/books", book, ""), "{\"title\":\"Two\"}", 200);
	shows(tree("Two", chapter("Second")));
	must(WRITER, "DELETE", "/chapters/1", NULL, 204);
	shows(tree("Two", ""));
	is_cached(tree("Two", ""));
	must(WRITER, "DELETE", path("/books", book, ""), NULL, 204);
	shows(tree("", ""));
	must(WRITER, "DELETE", path("/authors", author, ""), NULL, 204);
	must(READER, "GET", path("/authors", author, ""), NULL, 404);
}
END_TEST

/* Other forms of the same key are the same row, also in the cache. */
START_TEST(a_key_is_read_in_every_form_of_a_uuid)
{
	static const char *const forms[] = { "%s", "{%s}", "urn:uuid:%s" };
	char form[64], upper[UUID_CHARS + 1];

	for (size_t i = 0; i <= UUID_CHARS; i++)
		upper[i] = book[i] >= 'a' ? (char)(book[i] - 32) : book[i];
	shows(tree("One", chapter("First")));
	for (size_t i = 0; i < NITEMS(forms); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(form, sizeof(form), forms[i], upper);
#pragma GCC diagnostic pop
		struct str body = must(READER, "GET", path("/books", form, ""), NULL, 200);
		ck_assert_ptr_nonnull(memmem(body.ptr, body.len, book, UUID_CHARS));
	}
}
END_TEST

static const struct {
	const char *target, *detail;
} invalid[] = {
	{ "/books/7",
		"{\"detail\":[{\"type\":\"uuid_parsing\",\"loc\":[\"path\",\"item_id\"],\"msg\":"
		"\"Input should be a valid UUID, invalid length: found 1\",\"input\":\"7\",\"ctx\":"
		"{\"error\":\"invalid length: found 1\"}}]}" },
	{ "/chapters/0",
		"{\"detail\":[{\"type\":\"greater_than\",\"loc\":[\"path\",\"chapter_id\"],\"msg\":"
		"\"Input should be greater than 0\",\"input\":\"0\",\"ctx\":{\"gt\":0}}]}" },
	{ "/shelves/1000",
		"{\"detail\":[{\"type\":\"less_than\",\"loc\":[\"path\",\"number\"],\"msg\":"
		"\"Input should be less than 1000\",\"input\":\"1000\",\"ctx\":{\"lt\":1000}}]}" },
};

START_TEST(keys_are_validated)
{
	ck_assert_slice_eq(
		must(READER, "GET", invalid[_i].target, NULL, 422), str_from(invalid[_i].detail));
}
END_TEST

START_TEST(what_refers_to_absent_rows_is_refused)
{
	static const char absent[] = "00000000-0000-4000-8000-000000000000";

	snprintf(text, sizeof(text), "{\"category_id\":\"%s\"}", absent);
	ck_assert_slice_eq(must(WRITER, "PATCH", path("/books", book, ""), text, 404),
		STR("{\"detail\":\"Category not found\"}"));
	ck_assert_slice_eq(
		must(WRITER, "POST", path("/authors", absent, "/books"), "{\"title\":\"T\"}", 404),
		STR("{\"detail\":\"Author not found\"}"));
	must(WRITER, "PATCH", path("/books", book, ""), "{\"category_id\":7}", 422);
	ck_assert_slice_eq(must(WRITER, "DELETE", path("/categories", category, ""), NULL, 409),
		STR("{\"detail\":\"Category is in use by books\"}"));
	shows(tree("One", chapter("First")));
}
END_TEST

/* In the order of insertion, with PostgreSQL in that of the keys; there are no pages after a key.
 */
START_TEST(lists_are_whole_or_slices)
{
	char other[UUID_CHARS + 1], copy[UUID_CHARS + 1], want[TEXT_MAX];
	char one[TEXT_MAX / 4], two[TEXT_MAX / 4];

	create(path("/authors", author, "/books"), "{\"title\":\"Two\"}", other);
	bool turned = test_database_is_postgres() && strcmp(other, book) < 0;
	struct answer a = ask(READER, "GET", "/books?after_id=0&limit=1", NULL);
	snprintf(one, sizeof(one),
		"{\"title\":\"One\",\"category_id\":\"%s\",\"id\":\"%s\",\"author_id\":\"%s\"}",
		category, book, author);
	snprintf(two, sizeof(two),
		"{\"title\":\"Two\",\"category_id\":null,\"id\":\"%s\",\"author_id\":\"%s\"}",
		other, author);
	snprintf(want, sizeof(want), "[%s,%s]", turned ? two : one, turned ? one : two);
	http_client_expect(&a, "GET /books", 200, want);
	ck_assert_ptr_null(answer_field(&a, "link").ptr);
	must(WRITER, "POST", "/shelves", "{\"place\":\"hall\"}", 201);
	snprintf(text, sizeof(text), "{\"book_id\":\"%s\",\"bought\":2001}", book);
	create("/shelves/1/copies", text, copy);
	snprintf(text, sizeof(text), "{\"book_id\":\"%s\",\"bought\":2002}", other);
	create("/shelves/1/copies", text, other);
	snprintf(want, sizeof(want),
		"[{\"book_id\":\"%s\",\"bought\":2001,\"id\":\"%s\",\"shelf_id\":1}]", book, copy);
	a = ask(READER, "GET", "/copies?skip=1&limit=1", NULL);
	http_client_expect(&a, "GET /copies", 200, want);
	ck_assert_slice_eq(must(READER, "GET", "/shelves?skip=1", NULL, 200), STR("[]"));
}
END_TEST

static int delete_if(const char *tag)
{
	char request[512];

	snprintf(request, sizeof(request),
		"DELETE /books/%s HTTP/1.1\r\nHost: x\r\nIf-Match: %s\r\n\r\n", book, tag);
	ck_assert(http_client_send(&clients[WRITER], str_from(request)));
	return http_client_receive(&clients[WRITER]).status;
}

START_TEST(a_write_may_be_conditional)
{
	struct answer a = ask(READER, "GET", path("/books", book, ""), NULL);
	char tag[64];

	snprintf(tag, sizeof(tag), "%.*s", STR_ARGS(answer_field(&a, "etag")));
	must(WRITER, "PATCH", "/chapters/1", "{\"title\":\"Second\"}", 200);
	ck_assert_int_eq(delete_if(tag), 412);
	a = ask(READER, "GET", path("/books", book, ""), NULL);
	snprintf(tag, sizeof(tag), "%.*s", STR_ARGS(answer_field(&a, "etag")));
	ck_assert_int_eq(delete_if(tag), 204);
}
END_TEST

static bool is_shown(const char *want)
{
	return str_equal(
		must(READER, "GET", path("/authors", author, ""), NULL, 200), str_from(want));
}

START_TEST(rows_of_other_programs_are_seen)
{
	shows(tree("One", chapter("First")));
	postern_sql(&server, "UPDATE books SET title = 'Two'");
	while (!is_shown(tree("Two", chapter("First"))))
		;
	/* As SQLAlchemy writes it. */
	postern_sql(&server,
		"INSERT INTO categories VALUES ('00112233445566778899aabbccddeeff', 'poem')");
	ck_assert_slice_eq(
		must(READER, "GET", "/categories/00112233-4455-6677-8899-aabbccddeeff", NULL, 200),
		STR("{\"name\":\"poem\",\"id\":\"00112233-4455-6677-8899-aabbccddeeff\"}"));
}
END_TEST

START_TEST(a_key_that_is_no_uuid_is_left_out)
{
	postern_sql(&server, "INSERT INTO categories VALUES ('seven', 'bad')");
	while (!strstr(postern_log(&server),
		"table categories, column id: a row's value is not of the column's type; lists "
		"omit the row")) {
		struct str list = must(READER, "GET", "/categories", NULL, 200);
		ck_assert_ptr_null(memmem(list.ptr, list.len, "bad", 3));
		postern_log_len(&server);
	}
}
END_TEST

START_TEST(a_new_dbd_and_a_reload_serve_the_same_rows)
{
	postern_kill_child(&server, "dbd");
	shows(tree("One", chapter("First")));
	size_t from = postern_log_len(&server);
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	postern_await_log(&server, from, "reloaded: ", POSTERN_START_MS);
	char got[TEXT_MAX];
	http_client_expect_once(server.port, "GET", path("/authors", author, ""), NULL, 200,
		tree("One", chapter("First")), got, sizeof(got));
	http_client_expect_once(server.port, "DELETE", path("/authors", author, ""), NULL, 204,
		NULL, got, sizeof(got));
	http_client_expect_once(server.port, "GET", "/chapters", NULL, 200, "[]", got, sizeof(got));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http/uuids");
	TCase *tc = tcase_create("uuids");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_cached_tree_shows_the_writes_of_another_worker);
	tcase_add_test(tc, a_key_is_read_in_every_form_of_a_uuid);
	tcase_add_loop_test(tc, keys_are_validated, 0, (int)NITEMS(invalid));
	tcase_add_test(tc, what_refers_to_absent_rows_is_refused);
	tcase_add_test(tc, lists_are_whole_or_slices);
	tcase_add_test(tc, a_write_may_be_conditional);
	tcase_add_test(tc, rows_of_other_programs_are_seen);
	tcase_add_test(tc, a_new_dbd_and_a_reload_serve_the_same_rows);
	suite_add_tcase(suite, tc);
	/* A column of PostgreSQL has nothing but UUIDs. */
	TCase *file = tcase_create("keys in SQLite's file");
	tcase_set_tags(file, "sqlite");
	tcase_add_checked_fixture(file, setup, teardown);
	tcase_set_timeout(file, 60);
	tcase_add_test(file, a_key_that_is_no_uuid_is_left_out);
	suite_add_tcase(suite, file);
	return suite;
}

/*
 * Reloads that change the declaration, under load: no request fails, each client sees every change
 * that was answered, whichever worker it asks, and what cannot be taken changes nothing.
 */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLIENTS = 16, BOOKS = CLIENTS / 2, RELOADED = 20, TEXT_MAX = 64 * 1024, ROWS = 40 * 1000 };

/* The declaration, with what is added to it. */
struct words {
	const char *book_words; /* of the title */
	const char *kinds;      /* members of the enum before those that there are */
	const char *fields;     /* of a book, before the others */
	const char *resources;  /* before the others */
};

static const struct words plain = { "20", "", "", "" };

#define TAG "\"tag\":{\"fields\":{\"word\":{\"type\":\"text\"}}},"

static struct postern server;
static char file[64], control[96], text[TEXT_MAX];
static struct http_client clients[CLIENTS];
static char titles[BOOKS][32], etags[BOOKS][64]; /* of the last answers */
static unsigned turn;

static void declare(const struct words *w)
{
	FILE *out = fopen(file, "we");

	ck_assert_ptr_nonnull(out);
	fprintf(out,
		"{\"title\":\"Books\",\"resources\":{%s"
		"\"author\":{\"fields\":{\"name\":{\"type\":\"text\"}}},"
		"\"book\":{\"parent\":\"author\",\"embedded\":true,\"fields\":{%s"
		"\"title\":{\"type\":\"string\",\"max_length\":%s},"
		"\"kind\":{\"type\":\"string\",\"enum\":{\"name\":\"Kind\",\"members\":{%s"
		"\"draft\":\"d\",\"final\":\"f\"}}}}}}}",
		w->resources, w->fields, w->book_words, w->kinds);
	ck_assert_int_eq(fclose(out), 0);
}

static void expect(
	const char *method, const char *target, const char *body, int status, const char *want)
{
	http_client_expect_once(
		server.port, method, target, body, status, want, text, sizeof(text));
}

static void create_rows(void)
{
	expect("POST", "/authors", "{\"name\":\"Ann\"}", 201, NULL);
	for (int i = 0; i < BOOKS; i++) {
		snprintf(titles[i], sizeof(titles[i]), "book");
		expect("POST", "/authors/1/books", "{\"title\":\"book\",\"kind\":\"d\"}", 201,
			NULL);
	}
}

static void setup(void)
{
	turn = 0;
	postern_init(&server);
	snprintf(file, sizeof(file), "/tmp/postern-redeclare-XXXXXX");
	int fd = mkstemp(file);
	ck_assert_int_ge(fd, 0);
	close(fd);
	snprintf(control, sizeof(control), "%s.control", file);
	declare(&plain);
	postern_launch(
		&server, &(struct postern_plan){ .args = { "--api", file, "--control", control,
							 "--timeout-graceful-shutdown", "60" } });
	postern_await_serving(&server);
	create_rows();
	for (int i = 0; i < CLIENTS; i++)
		http_client_open(&clients[i], server.port);
}

static void teardown(void)
{
	for (int i = 0; i < CLIENTS; i++)
		http_client_close(&clients[i]);
	postern_stop(&server);
	postern_check_database(&server);
	remove(file);
	postern_done(&server);
}

/* The load. */

static void send_to(int client, const char *request)
{
	ck_assert(http_client_send(&clients[client], str_from(request)));
}

/* A quarter of the clients send one request per connection. */
static struct answer take(int client, int status, const char *asked)
{
	struct answer a = http_client_receive(&clients[client]);

	ck_assert_msg(a.status == status, "client %d, turn %u, %s: %d %.*s", client, turn, asked,
		a.status, STR_ARGS(a.body));
	return a;
}

static void reopen_if_over(int client, const struct answer *a)
{
	struct str connection = answer_field(a, "connection");

	if (client % 4 != 3 && !(connection.ptr && str_equal(connection, STR("close"))))
		return;
	http_client_close(&clients[client]);
	http_client_open(&clients[client], server.port);
}

/* The client of a book; others only read. */
static int writer_of(int book)
{
	return 2 * book;
}

static void send_change(int book, bool conditional)
{
	char request[1200], body[300], condition[600] = "";

	snprintf(titles[book], sizeof(titles[book]), "book %d-%u", book, turn);
	snprintf(body, sizeof(body), "{\"title\":\"%s\"}", titles[book]);
	if (conditional && *etags[book])
		snprintf(condition, sizeof(condition), "If-Match: %s\r\n", etags[book]);
	snprintf(request, sizeof(request),
		"PATCH /books/%d HTTP/1.1\r\nHost: a\r\n%sContent-Type: application/json\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		book + 1, condition, strlen(body), body);
	send_to(writer_of(book), request);
}

static void note_etag(int book, const struct answer *a)
{
	struct str etag = answer_field(a, "etag");

	ck_assert_ptr_nonnull(etag.ptr);
	snprintf(etags[book], sizeof(etags[book]), "%.*s", STR_ARGS(etag));
}

/* Writes all books, each by a client of its own, then a new one. */
static void write_round(bool conditional)
{
	static const char create[] =
		"POST /authors/1/books HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
		"Content-Length: 26\r\n\r\n{\"title\":\"new\",\"kind\":\"f\"}";

	for (int i = 0; i < BOOKS; i++)
		send_change(i, conditional);
	for (int i = 0; i < BOOKS; i++) {
		struct answer a = take(writer_of(i), 200, "PATCH");
		reopen_if_over(writer_of(i), &a);
	}
	send_to(1, create);
	struct answer a = take(1, 201, "POST");
	reopen_if_over(1, &a);
}

/* Each client reads the row that another one has written. */
static void read_round(void)
{
	char request[128], want[64];

	for (int i = 0; i < CLIENTS; i++) {
		snprintf(request, sizeof(request), "GET /books/%u HTTP/1.1\r\nHost: a\r\n\r\n",
			((unsigned)i + turn) % BOOKS + 1);
		send_to(i, request);
	}
	for (int i = 0; i < CLIENTS; i++) {
		int book = (int)(((unsigned)i + turn) % BOOKS);
		struct answer a = take(i, 200, "GET");
		snprintf(want, sizeof(want), "\"title\":\"%s\"", titles[book]);
		ck_assert_msg(memmem(a.body.ptr, a.body.len, want, strlen(want)),
			"client %d, turn %u, wants %s: %.*s", i, turn, want, STR_ARGS(a.body));
		note_etag(book, &a);
		reopen_if_over(i, &a);
	}
}

/* Each client reads the row that shows all of them. */
static void read_above(void)
{
	for (int i = 0; i < CLIENTS; i++)
		send_to(i, "GET /authors/1 HTTP/1.1\r\nHost: a\r\n\r\n");
	for (int i = 0; i < CLIENTS; i++) {
		struct answer a = take(i, 200, "GET the author");
		for (int book = 0; book < BOOKS; book++)
			ck_assert_msg(
				memmem(a.body.ptr, a.body.len, titles[book], strlen(titles[book])),
				"client %d, turn %u, wants %s: %.*s", i, turn, titles[book],
				STR_ARGS(a.body));
		reopen_if_over(i, &a);
	}
}

static void ask_round(bool conditional)
{
	turn++;
	write_round(conditional);
	read_round();
	read_above();
}

static void ask_until(const char *words, size_t from, bool conditional)
{
	do {
		ask_round(conditional);
		postern_log_len(&server);
		ck_assert_msg(!strstr(postern_log(&server) + from, "reload refused"), "%s",
			postern_log(&server) + from);
	} while (!strstr(postern_log(&server) + from, words));
}

/* PostgreSQL checks lengths and members itself. */
static void change_type(const char *sql)
{
	if (test_database_is_postgres())
		postern_sql(&server, sql);
}

static size_t begin_reload(const struct words *words)
{
	size_t from = postern_log_len(&server);

	declare(words);
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	return from;
}

static void no_complaints(void)
{
	const char *warning = strstr(postern_log(&server), "WARNING");
	const char *error = strstr(postern_log(&server), "ERROR");

	ck_assert_msg(!warning && !error, "%.200s", warning ? warning : error);
}

START_TEST(a_resource_is_added_under_load)
{
	struct words more = plain;

	more.resources = TAG;
	expect("GET", "/tags", NULL, 404, NULL);
	ask_round(true);
	ask_until("reloaded: 2 workers", begin_reload(&more), true);
	ask_round(true);
	expect("GET", "/tags", NULL, 200, "[]");
	expect("POST", "/tags", "{\"word\":\"w\"}", 201, "{\"word\":\"w\",\"id\":1}");
	/* Once more, and a second reload right after it. */
	more.resources = TAG "\"mark\":{\"parent\":\"book\",\"fields\":{\"word\":{\"type\":"
			     "\"text\"}}},";
	static const char second[] = "reloading: workers and dbd";
	size_t from = begin_reload(&more);
	ask_until("reloading: dbd and workers", from, true);
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	ask_until(second, from, true);
	from = (size_t)(strstr(postern_log(&server) + from, second) - postern_log(&server));
	ask_until("reloaded: 2 workers", from, true);
	expect("POST", "/books/1/marks", "{\"word\":\"w\"}", 201, NULL);
	expect("GET", "/tags/1", NULL, 200, "{\"word\":\"w\",\"id\":1}");
	no_complaints();
}
END_TEST

/* The columns are added by hand. An embedded resource changes what an author shows. */
START_TEST(fields_are_added_under_load)
{
	struct words more = plain;

	more.fields = "\"note\":{\"type\":\"text\",\"nullable\":true,\"default\":null},"
		      "\"pages\":{\"type\":\"integer\",\"default\":9},";
	more.resources = "\"review\":{\"parent\":\"book\",\"embedded\":true,\"fields\":{\"text\":{"
			 "\"type\":\"text\"}}},";
	ask_round(false);
	postern_sql(&server, "ALTER TABLE books ADD COLUMN note TEXT;"
			     "ALTER TABLE books ADD COLUMN pages INTEGER NOT NULL DEFAULT 9;");
	ask_until("reloaded: 2 workers", begin_reload(&more), false);
	ask_round(false);
	expect("GET", "/books/1", NULL, 200, NULL);
	ck_assert_ptr_nonnull(strstr(text, "\"note\":null,\"pages\":9,"));
	ck_assert_ptr_nonnull(strstr(text, "\"reviews\":[]"));
	expect("POST", "/books/1/reviews", "{\"text\":\"fine\"}", 201, NULL);
	expect("PATCH", "/books/1", "{\"note\":\"n\",\"pages\":1}", 200, NULL);
	expect("GET", "/authors/1", NULL, 200, NULL);
	ck_assert_ptr_nonnull(strstr(text, "\"reviews\":[{\"text\":\"fine\""));
	no_complaints();
}
END_TEST

START_TEST(bounds_become_looser_under_load)
{
	static const char body[] = "{\"title\":\"a title of more than twenty characters\","
				   "\"kind\":\"f\"}";
	struct words more = plain;

	more.book_words = "200";
	expect("POST", "/authors/1/books", body, 422, NULL);
	ask_round(true);
	change_type("ALTER TABLE books ALTER COLUMN title TYPE VARCHAR(200)");
	ask_until("reloaded: 2 workers", begin_reload(&more), true);
	ask_round(true);
	expect("POST", "/authors/1/books", body, 201, NULL);
	no_complaints();
}
END_TEST

/* The members that there are have other indexes on the wire now. */
START_TEST(a_member_of_an_enum_is_added_under_load)
{
	static const char body[] = "{\"title\":\"a title\",\"kind\":\"lost\"}";
	struct words more = plain;

	more.kinds = "\"lost\":\"lost\",";
	expect("POST", "/authors/1/books", body, 422, NULL);
	ask_round(false);
	change_type("ALTER TYPE kind ADD VALUE 'lost'");
	ask_until("reloaded: 2 workers", begin_reload(&more), false);
	ask_round(false);
	expect("POST", "/authors/1/books", body, 201, NULL);
	expect("GET", "/books/1", NULL, 200, NULL);
	ck_assert_ptr_nonnull(strstr(text, "\"kind\":\"d\""));
	no_complaints();
}
END_TEST

/* A list that an old worker has begun is read to its end, from the old dbd. */
START_TEST(a_long_list_outlasts_the_reload)
{
	struct words more = plain;
	struct http_client slow;
	char insert[512];

	snprintf(insert, sizeof(insert),
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
		"INSERT INTO books (title, kind, author_id) SELECT %s, 'final', 1 FROM n;",
		ROWS,
		test_database_is_postgres() ? "lpad(i::text, 20, '0')" : "printf('%020d', i)");
	postern_sql(&server, insert);
	postern_sql(&server, "ALTER TABLE books ADD COLUMN note TEXT;");
	more.fields = "\"note\":{\"type\":\"text\",\"nullable\":true},";
	http_client_open(&slow, server.port);
	http_client_request(&slow, "GET", "/books", NULL);
	http_client_await(&slow, 100 * 1000);
	postern_await_log(&server, begin_reload(&more), "reloaded: 2 workers", POSTERN_START_MS);
	struct answer a = http_client_receive(&slow);
	ck_assert_int_eq(a.status, 200);
	ck_assert_ptr_null(memmem(a.body.ptr, a.body.len, "note", 4));
	snprintf(insert, sizeof(insert), "\"title\":\"%020d\"", ROWS);
	ck_assert_ptr_nonnull(memmem(a.body.ptr, a.body.len, insert, strlen(insert)));
	http_client_close(&slow);
	expect("GET", "/books/1", NULL, 200, NULL);
	ck_assert_ptr_nonnull(strstr(text, "\"note\":null"));
	no_complaints();
}
END_TEST

/* Deaths. */

START_TEST(a_dbd_that_is_killed_on_the_way_is_started_again)
{
	struct words more = plain;

	more.resources = TAG;
	size_t from = begin_reload(&more);
	postern_await_log(&server, from, "reloading: dbd and workers", POSTERN_START_MS);
	pid_t dbd = postern_child(&server, "dbd");
	if (dbd)
		kill(dbd, SIGKILL);
	postern_await_log(&server, from, "reloaded: 2 workers", POSTERN_START_MS);
	expect("GET", "/tags", NULL, 200, "[]");
	for (int i = 0; i < BOOKS; i++)
		expect("GET", "/tags", NULL, 200, "[]");
}
END_TEST

START_TEST(workers_that_are_killed_on_the_way_have_the_new_declaration)
{
	struct words more = plain;

	more.resources = TAG;
	size_t from = begin_reload(&more);
	postern_await_log(&server, from, "reloading: dbd and workers", POSTERN_START_MS);
	pid_t worker = postern_child(&server, "worker 2");
	if (worker)
		kill(worker, SIGKILL);
	postern_await_log(&server, from, "reload", POSTERN_START_MS);
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	postern_await_log(&server, from, "reloaded: 2 workers", POSTERN_START_MS);
	for (int i = 0; i < RELOADED; i++)
		expect("GET", "/tags", NULL, 200, "[]");
}
END_TEST

/* Refusals. */

static const struct refusal {
	struct words words;
	const char *line;
} refusals[] = {
	{ { "19", "", "", "" },
		"resources.book.fields.title.max_length: 19, was 20; restart to serve it" },
	{ { "20", "", "\"note\":{\"type\":\"text\"},", "" },
		"resources.book.fields.note: a new field needs a default, or to be nullable or set "
		"by "
		"the server; restart to serve it" },
	{ { "20", "", "\"note\":{\"type\":\"text\",\"nullable\":true},", "" },
		"table books, column note: expected TEXT, found none; " },
	{ { "20", "", "",
		  "\"taken\":{\"table\":\"taken\",\"fields\":{\"word\":{\"type\":\"text\"}}}," },
		"table taken: expected a table, found a view of that name" },
	{ { "20", "", "", "\"tag\":{\"fields\":{\"word\":{\"type\":\"texts\"}}}," },
		"resources.tag.fields.word.type: found \"texts\"; allowed are " },
};

static const char *reload_by_operator(void)
{
	char command[256];

	snprintf(command, sizeof(command), "%s/posternctl --socket %s reload 2>&1",
		postern_build_dir(), control);
	FILE *output = popen(command, "re");
	ck_assert_ptr_nonnull(output);
	size_t n = fread(text, 1, sizeof(text) - 1, output);
	text[n] = '\0';
	ck_assert_int_ne(pclose(output), 0);
	return text;
}

START_TEST(what_cannot_be_taken_changes_nothing)
{
	const struct refusal *r = &refusals[_i];
	const char *const names[] = { "dbd", "worker 1", "worker 2" };
	pid_t pids[NITEMS(names)];

	postern_sql(&server, "CREATE VIEW taken AS SELECT 1;");
	ask_round(true);
	for (size_t i = 0; i < NITEMS(names); i++)
		pids[i] = postern_child(&server, names[i]);
	declare(&r->words);
	size_t from = postern_log_len(&server);
	const char *said = reload_by_operator();
	ck_assert_msg(strstr(said, r->line), "%s", said);
	ck_assert_ptr_eq(strchr(said, '\n'), said + strlen(said) - 1);
	postern_await_log(&server, from, r->line, POSTERN_START_MS);
	for (size_t i = 0; i < NITEMS(names); i++)
		ck_assert_int_eq(postern_child(&server, names[i]), pids[i]);
	ask_round(true);
	declare(&plain);
	from = postern_log_len(&server);
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	ask_until("reloaded: 2 workers", from, true);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("redeclare");
	TCase *tc = tcase_create("redeclare");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_resource_is_added_under_load);
	tcase_add_test(tc, fields_are_added_under_load);
	tcase_add_test(tc, bounds_become_looser_under_load);
	tcase_add_test(tc, a_member_of_an_enum_is_added_under_load);
	tcase_add_test(tc, a_long_list_outlasts_the_reload);
	tcase_add_test(tc, a_dbd_that_is_killed_on_the_way_is_started_again);
	tcase_add_test(tc, workers_that_are_killed_on_the_way_have_the_new_declaration);
	tcase_add_loop_test(tc, what_cannot_be_taken_changes_nothing, 0, (int)NITEMS(refusals));
	suite_add_tcase(suite, tc);
	return suite;
}

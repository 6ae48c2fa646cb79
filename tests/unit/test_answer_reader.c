/* Answers of servers, in pieces of any length. */
#include "answer_reader.h"

#include "suite.h"

static struct arena arena;

static void teardown(void)
{
	arena_done(&arena);
}

static const struct {
	const char *bytes;
	bool to_head, ends, keeps_alive;
	int status;
	const char *body, *content_type, *allow, *location;
} rows[] = {
	{ "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", false,
		false, true, 200, "{}", "application/json", NULL, NULL },
	{ "HTTP/1.1 200 OK\r\ntransfer-encoding: "
	  "chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
		false, false, true, 200, "abcde", NULL, NULL, NULL },
	{ "HTTP/1.1 200 OK\r\n\r\nuntil the end", false, true, false, 200, "until the end", NULL,
		NULL, NULL },
	{ "HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na", false, false, false, 200, "a", NULL,
		NULL, NULL },
	{ "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n", false, false, false, 204, "",
		NULL, NULL, NULL },
	{ "HTTP/1.1 200 OK\r\ncontent-length: 900\r\ncontent-type: text/html\r\n\r\n", true, false,
		true, 200, "", "text/html", NULL, NULL },
	{ "HTTP/1.1 100 Continue\r\nallow: X\r\n\r\nHTTP/1.1 405 Method Not Allowed\r\nAllow: "
	  "GET\r\nallow: POST\r\ncontent-length: 0\r\n\r\n",
		false, false, true, 405, "", NULL, "GET, POST", NULL },
	{ "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://a/b\r\ncontent-length: 0\r\n\r\n",
		false, false, true, 307, "", NULL, NULL, "http://a/b" },
	{ "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 21\r\n\r\nInternal Server Error",
		false, false, false, 500, "Internal Server Error", NULL, NULL, NULL },
};

static void expect_field(struct str got, const char *want)
{
	ck_assert_int_eq(got.ptr == NULL, want == NULL);
	if (want)
		ck_assert_slice_eq(got, str_from(want));
}

static void read_in_pieces(size_t row, size_t piece)
{
	struct str bytes = str_from(rows[row].bytes);
	struct answer_reader reader;
	struct peer_answer answer;

	answer_reader_init(&reader, rows[row].to_head);
	while (bytes.len > 0) {
		size_t n = piece < bytes.len ? piece : bytes.len;
		ck_assert(!answer_reader_is_done(&reader));
		ck_assert_ptr_null(answer_reader_take(&reader, (struct str){ bytes.ptr, n }));
		bytes = str_from_index(bytes, n);
	}
	if (rows[row].ends)
		ck_assert_ptr_null(answer_reader_take(&reader, STR("")));
	ck_assert(answer_reader_is_done(&reader));
	ck_assert_int_eq(answer_reader_keeps_alive(&reader), rows[row].keeps_alive);
	answer_reader_finish(&reader, &arena, &answer);
	ck_assert_int_eq(answer.status, rows[row].status);
	ck_assert_slice_eq(answer.body, str_from(rows[row].body));
	expect_field(answer.content_type, rows[row].content_type);
	expect_field(answer.allow, rows[row].allow);
	expect_field(answer.location, rows[row].location);
	answer_reader_done(&reader);
}

START_TEST(answers_are_read_in_pieces)
{
	for (size_t piece = 1; piece <= strlen(rows[_i].bytes); piece++)
		read_in_pieces((size_t)_i, piece);
}
END_TEST

static const struct {
	struct str bytes;
	bool ends;
	const char *why;
} broken[] = {
	{ STR_INIT(""), true, "the connection was closed without an answer" },
	{ STR_INIT("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc"), true,
		"stream ended at an unexpected time" },
	{ STR_INIT("SSH-2.0-OpenSSH\r\n"), false, "invalid constant string" },
	{ STR_INIT("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"), false,
		"invalid character in chunk size header" },
};

START_TEST(what_is_no_answer_is_refused)
{
	struct answer_reader reader;

	answer_reader_init(&reader, false);
	const char *why = NULL;
	if (broken[_i].bytes.len > 0)
		why = answer_reader_take(&reader, broken[_i].bytes);
	if (!why && broken[_i].ends)
		why = answer_reader_take(&reader, STR(""));
	ck_assert_ptr_nonnull(why);
	ck_assert_str_eq(why, broken[_i].why);
	answer_reader_done(&reader);
}
END_TEST

START_TEST(bytes_after_an_answer_end_the_connection)
{
	struct answer_reader reader;

	answer_reader_init(&reader, false);
	ck_assert_ptr_null(
		answer_reader_take(&reader, STR("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab")));
	ck_assert(answer_reader_is_done(&reader));
	ck_assert(!answer_reader_keeps_alive(&reader));
	answer_reader_done(&reader);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("answer_reader");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, answers_are_read_in_pieces, 0, NITEMS(rows));
	tcase_add_loop_test(tc, what_is_no_answer_is_refused, 0, NITEMS(broken));
	tcase_add_test(tc, bytes_after_an_answer_end_the_connection);
	suite_add_tcase(suite, tc);
	return suite;
}

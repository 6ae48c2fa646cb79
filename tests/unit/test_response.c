#include "response.h"

#include "suite.h"

#include <stdlib.h>
#include <time.h>

static struct buf out;

static void setup(void)
{
	buf_init(&out, SIZE_MAX / 2);
}

static void teardown(void)
{
	buf_done(&out);
}

/* What was written, with the date, which is checked to be the present one, taken out. */
static const char *without_date(void)
{
	static char text[4096];
	const char marker[] = "\r\ndate: ";
	struct tm utc = { 0 };

	buf_char(&out, '\0');
	ck_assert_uint_lt(buf_len(&out), sizeof(text));
	memcpy(text, buf_view(&out).ptr, buf_len(&out));
	char *date = strstr(text, marker);
	ck_assert_ptr_nonnull(date);
	const char *end = strptime(date + strlen(marker), "%a, %d %b %Y %H:%M:%S GMT", &utc);
	ck_assert_ptr_eq(end, date + strlen(marker) + strlen("Sun, 06 Nov 1994 08:49:37 GMT"));
	ck_assert_int_le(llabs((long long)(timegm(&utc) - time(NULL))), 2);
	memmove(date, end, strlen(end) + 1);
	return text;
}

static const struct {
	struct response response;
	const char *bytes;
} cases[] = {
	{ { .status = 200, .type = STR_INIT("application/json"), .body = STR_INIT("[1]") },
		"HTTP/1.1 200 OK\r\nserver: postern\r\ncontent-length: 3\r\n"
		"content-type: application/json\r\n\r\n[1]" },
	{ { .status = 200,
		  .type = STR_INIT("application/json"),
		  .body = STR_INIT("[1]"),
		  .head_only = true },
		"HTTP/1.1 200 OK\r\nserver: postern\r\ncontent-length: 3\r\n"
		"content-type: application/json\r\n\r\n" },
	{ { .status = 200,
		  .type = STR_INIT("application/json"),
		  .body = STR_INIT("[{\"title\":\"x\"}"),
		  .framing = FRAMING_CHUNKS },
		"HTTP/1.1 200 OK\r\nserver: postern\r\ntransfer-encoding: chunked\r\n"
		"content-type: application/json\r\n\r\ne\r\n[{\"title\":\"x\"}\r\n" },
	{ { .status = 200, .body = STR_INIT("[1"), .framing = FRAMING_CHUNKS, .head_only = true },
		"HTTP/1.1 200 OK\r\nserver: postern\r\n\r\n" },
	{ { .status = 200, .body = STR_INIT("[1"), .framing = FRAMING_CLOSE, .close = true },
		"HTTP/1.1 200 OK\r\nserver: postern\r\nconnection: close\r\n\r\n[1" },
	{ { .status = 204 }, "HTTP/1.1 204 No Content\r\nserver: postern\r\n\r\n" },
	{ { .status = 204, .fields = STR_INIT("allow: GET\r\n"), .close = true },
		"HTTP/1.1 204 No Content\r\nserver: postern\r\nallow: GET\r\n"
		"connection: close\r\n\r\n" },
	{ { .status = 304, .fields = STR_INIT("etag: \"1\"\r\n") },
		"HTTP/1.1 304 Not Modified\r\nserver: postern\r\netag: \"1\"\r\n\r\n" },
	{ { .status = 307, .fields = STR_INIT("location: /x\r\n") },
		"HTTP/1.1 307 Temporary Redirect\r\nserver: postern\r\ncontent-length: 0\r\n"
		"location: /x\r\n\r\n" },
	{ { .status = 400,
		  .type = STR_INIT("text/plain; charset=utf-8"),
		  .body = STR_INIT("no"),
		  .close = true },
		"HTTP/1.1 400 Bad Request\r\nserver: postern\r\ncontent-length: 2\r\n"
		"content-type: text/plain; charset=utf-8\r\nconnection: close\r\n\r\nno" },
	{ { .status = 299 }, "HTTP/1.1 299 \r\nserver: postern\r\ncontent-length: 0\r\n\r\n" },
	{ { .status = 418, .body = STR_INIT("x") },
		"HTTP/1.1 418 I'm a Teapot\r\nserver: postern\r\ncontent-length: 1\r\n\r\nx" },
	/* One Vary. */
	{ { .status = 304,
		  .fields = STR_INIT("etag: \"1\"\r\nvary: accept-encoding\r\n"),
		  .cors = STR_INIT("vary: origin\r\nx: y\r\n"),
		  .request_id = STR_INIT("1") },
		"HTTP/1.1 304 Not Modified\r\nserver: postern\r\netag: \"1\"\r\n"
		"vary: accept-encoding, origin\r\nx: y\r\nx-request-id: 1\r\n\r\n" },
	{ { .status = 304,
		  .fields = STR_INIT("vary: accept-encoding\r\n"),
		  .cors = STR_INIT("x: y\r\n") },
		"HTTP/1.1 304 Not Modified\r\nserver: postern\r\nvary: accept-encoding\r\n"
		"x: y\r\n\r\n" },
	{ { .status = 304,
		  .fields = STR_INIT("etag: \"1\"\r\n"),
		  .cors = STR_INIT("vary: origin\r\n") },
		"HTTP/1.1 304 Not Modified\r\nserver: postern\r\netag: \"1\"\r\n"
		"vary: origin\r\n\r\n" },
};

START_TEST(responses_are_written)
{
	ck_assert_uint_eq(response_write(&out, &cases[_i].response).len, 0);
	ck_assert_str_eq(without_date(), cases[_i].bytes);
}
END_TEST

static const struct {
	enum framing framing;
	const char *bytes;
} parted[] = {
	{ FRAMING_CHUNKS, "3\r\n,2,\r\n2\r\n3]\r\n0\r\n\r\n" },
	{ FRAMING_CLOSE, ",2,3]" },
};

/* A part of no bytes must not end the body. */
START_TEST(parts_are_framed)
{
	response_write_part(&out, parted[_i].framing, STR(",2,"));
	response_write_part(&out, parted[_i].framing, STR(""));
	response_write_part(&out, parted[_i].framing, STR("3]"));
	response_write_end(&out, parted[_i].framing);
	ck_assert_slice_eq(buf_view(&out), str_from(parted[_i].bytes));
}
END_TEST

START_TEST(a_body_may_hold_nul_and_follow_another)
{
	struct response r = { .status = 200, .body = STR("a\0b") };

	ck_assert_uint_eq(response_write(&out, &r).len, 0);
	size_t n = buf_len(&out);
	ck_assert_slice_eq(str_from_index(buf_view(&out), n - 7), STR("\r\n\r\na\0b"));
	ck_assert_uint_eq(response_write(&out, &r).len, 0);
	ck_assert(str_starts(str_from_index(buf_view(&out), n), STR("HTTP/1.1 200 OK\r\n")));
	ck_assert_uint_eq(buf_len(&out), 2 * n);
}
END_TEST

/* Only if it has an owner or is lasting, is long, and is sent at all. */
START_TEST(a_long_body_that_stays_is_not_copied)
{
	enum { SHORT = 1000, LONG = 100 * 1000 };
	static char text[LONG];
	static struct pinnable owner;

	for (unsigned i = 0; i < 16; i++) {
		struct response r = {
			.status = 200,
			.body = { text, i & 1 ? LONG : SHORT },
			.body_owner = (i & 10) == 2 ? &owner : NULL,
			.lasting = (i & 10) == 10,
			.head_only = i & 4,
		};
		buf_reset(&out, 0);
		struct str tail = response_write(&out, &r);
		if ((i & 7) == 3)
			ck_assert_ptr_eq(tail.ptr, text);
		ck_assert_uint_eq(tail.len, (i & 7) == 3 ? LONG : 0);
		ck_assert_uint_eq(buf_len(&out) > r.body.len, (i & 7) < 3);
		struct str head = buf_view(&out);
		ck_assert_ptr_nonnull(memmem(head.ptr, head.len,
			i & 1 ? "content-length: 100000\r\n" : "content-length: 1000\r\n",
			i & 1 ? 24 : 22));
	}
}
END_TEST

/* There is room for all that a head may hold, wherever the buffer ends. */
START_TEST(long_heads_have_room)
{
	enum { MOST = 600 };
	static char text[MOST];
	struct response r = {
		.status = 431,
		.type = STR("text/plain; charset=utf-8"),
		.request_id = { text, 128 },
		.cors = STR("vary: origin\r\n"),
		.body = { text, SIZE_MAX },
		.head_only = true,
		.close = true,
	};

	memset(text, 'x', MOST);
	for (size_t n = 0; n <= MOST; n++) {
		buf_reset(&out, 0);
		r.fields = (struct str){ text, n };
		ck_assert_uint_eq(response_write(&out, &r).len, 0);
		ck_assert(!out.failed);
		ck_assert_uint_eq(buf_len(&out),
			n +
				strlen("HTTP/1.1 431 Request Header Fields Too Large\r\n"
				       "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
				       "server: postern\r\n"
				       "content-length: 18446744073709551615\r\n"
				       "content-type: text/plain; charset=utf-8\r\n"
				       "x-request-id: \r\n"
				       "vary: origin\r\n"
				       "connection: close\r\n\r\n") +
				128);
	}
}
END_TEST

START_TEST(a_status_has_its_reason)
{
	static const int statuses[] = { 200, 201, 202, 204, 304, 307, 400, 403, 404, 405, 408, 409,
		410, 412, 413, 414, 418, 422, 429, 431, 500, 501, 503, 505, 507 };

	for (size_t i = 0; i < NITEMS(statuses); i++)
		ck_assert_msg(*response_reason(statuses[i]) != '\0', "%d", statuses[i]);
	ck_assert_str_eq(response_reason(404), "Not Found");
	ck_assert_str_eq(response_reason(999), "");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("response");
	TCase *tests = tcase_create("response");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, responses_are_written, 0, (int)NITEMS(cases));
	tcase_add_loop_test(tests, parts_are_framed, 0, (int)NITEMS(parted));
	tcase_add_test(tests, a_body_may_hold_nul_and_follow_another);
	tcase_add_test(tests, a_long_body_that_stays_is_not_copied);
	tcase_add_test(tests, long_heads_have_room);
	tcase_add_test(tests, a_status_has_its_reason);
	suite_add_tcase(suite, tests);
	return suite;
}

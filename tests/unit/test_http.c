/*
 * Reads the bytes of whole connections, split in many ways. test_guard.c tests what is refused.
 * This tests that the reader calls the guard, that the parser agrees with the guard, and where
 * requests begin and end.
 */
#include "buf.h"
#include "http.h"
#include "suite.h"

#include <stdlib.h>

static struct http_readers bounded = {
	.limits = { .line = 200, .header_bytes = 1000, .headers = 10, .body = 64 },
};

/*
 * Transcripts: a line for each request, "!status" for a refused one, "…" for an incomplete one.
 */

static void write_request(struct buf *out, const struct http_request *request)
{
	buf_printf(out, "%s ", method_names[request->method].ptr);
	buf_str(out, request->target);
	buf_printf(out, " 1.%d host=", request->minor);
	buf_str(out, request->host);
	if (request->content_type.len > 0) {
		buf_printf(out, " type=");
		buf_str(out, request->content_type);
	}
	buf_printf(out, "%s%s%s", request->keep_alive ? "" : " close",
		request->expect_continue ? " expect" : "", request->has_body ? " +" : "");
}

/* Steps until more bytes are needed or the message is refused. Drops the bodies of GET. */
static enum http_state talk(struct http_reader *reader, struct buf *out)
{
	struct http_request request;

	for (;;) {
		enum http_state state = http_reader_step(reader, &request);
		switch (state) {
		case HTTP_HEAD_READY:
			write_request(out, &request);
			http_reader_want_body(reader, request.method != METHOD_GET);
			break;
		case HTTP_DONE: {
			struct buf again;
			buf_init(&again, 4096);
			write_request(&again, &request);
			ck_assert(buf_len(&again) <= buf_len(out));
			struct str tail =
				str_from_index(buf_view(out), buf_len(out) - buf_len(&again));
			ck_assert_slice_eq(tail, buf_view(&again));
			buf_done(&again);
			buf_printf(out, " [");
			buf_str(out, request.body);
			buf_printf(out, "]\n");
			http_reader_next(reader);
			break;
		}
		case HTTP_BAD:
			buf_printf(out, "!%d", reader->status);
			return state;
		case HTTP_NEED_MORE:
			return state;
		}
	}
}

/* Reads bytes in pieces: first cut bytes, then step bytes at a time. */
static void converse(
	struct buf *out, struct http_readers *readers, struct str bytes, size_t cut, size_t step)
{
	struct http_reader reader;
	enum http_state state = HTTP_NEED_MORE;

	http_reader_init(&reader, readers);
	for (size_t have = 0, n = cut; have < bytes.len && state != HTTP_BAD; have += n, n = step) {
		size_t room;
		if (n > bytes.len - have)
			n = bytes.len - have;
		char *space = http_reader_space(&reader, n, &room);
		if (!space || room < n)
			ck_abort_msg("no space at byte %zu", have);
		memcpy(space, bytes.ptr + have, n);
		http_reader_added(&reader, n);
		state = talk(&reader, out);
	}
	if (state != HTTP_BAD && !http_reader_idle(&reader))
		buf_printf(out, "…");
	http_reader_done(&reader);
}

static void check_pieces(
	struct http_readers *readers, struct str bytes, struct str want, size_t cut, size_t step)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	converse(&out, readers, bytes, cut, step);
	ck_assert(!out.failed);
	struct str got = buf_view(&out);
	ck_assert_msg(str_equal(got, want),
		"\"%s\" cut at %zu, then by %zu:\n%.*s\ninstead of\n%.*s", bytes.ptr, cut, step,
		STR_ARGS(got), STR_ARGS(want));
	buf_done(&out);
}

static const struct {
	struct str bytes, want;
} streams[] = {
	{ STR_INIT(""), STR_INIT("") },
	{ STR_INIT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), STR_INIT("GET / 1.1 host=a []\n") },
	{ STR_INIT("GET / HTTP/1.0\r\n\r\n"), STR_INIT("GET / 1.0 host= close []\n") },
	{ STR_INIT("GET / HTTP/1.1\r\nHost: a\r\n"), STR_INIT("…") },
	{ STR_INIT("QUERY /q HTTP/1.1\r\nHost:\r\nContent-Length: 2\r\n\r\n{}"),
		STR_INIT("QUERY /q 1.1 host= + [{}]\n") },
	{ STR_INIT("OPTIONS * HTTP/1.1\r\nhost: [::1]:80 \r\n\r\n"),
		STR_INIT("OPTIONS * 1.1 host=[::1]:80 []\n") },
	{ STR_INIT("M-SEARCH http://a/b?c HTTP/1.1\r\nHost: d\r\n\r\n"),
		STR_INIT("M-SEARCH http://a/b?c 1.1 host=d []\n") },
	{ STR_INIT("GET http://a HTTP/1.1\r\nHost: a\r\n\r\nGET http://a:80?b=c HTTP/1.1\r\n"
		   "Host: a\r\n\r\n"),
		STR_INIT("GET http://a 1.1 host=a []\nGET http://a:80?b=c 1.1 host=a []\n") },
	/* The first Content-Type counts, also when it is empty. */
	{ STR_INIT("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: \tx/y; z \r\nContent-Type: "
		   "b\r\n\r\n"),
		STR_INIT("POST / 1.1 host=a type=x/y; z []\n") },
	{ STR_INIT("POST / HTTP/1.1\r\nHost: a\r\nContent-Type:\r\nContent-Type: b\r\n\r\n"),
		STR_INIT("POST / 1.1 host=a []\n") },

	/* Connection. */
	{ STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n"),
		STR_INIT("GET / 1.1 host=x close []\n") },
	{ STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nConnection:\tclose\t\r\n\r\n"),
		STR_INIT("GET / 1.1 host=x close []\n") },
	{ STR_INIT("POST / HTTP/1.1\r\nHost:\tx\t\r\nConnection: a\t,\tclose\t \r\n"
		   "Content-Length:\t2\t\r\n\r\n\t\t"),
		STR_INIT("POST / 1.1 host=x close + [\t\t]\n") },
	{ STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\tchunked\t\r\n\r\n"
		   "1\r\n\t\r\n0\r\n\r\n"),
		STR_INIT("POST / 1.1 host=x + [\t]\n") },
	{ STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nConnection: foo, close\r\n\r\n"),
		STR_INIT("GET / 1.1 host=x close []\n") },
	{ STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nConnection: a\r\nConnection: close\r\n\r\n"),
		STR_INIT("GET / 1.1 host=x close []\n") },
	{ STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nConnection: closed, keep-alive\r\n\r\n"),
		STR_INIT("GET / 1.1 host=x []\n") },
	{ STR_INIT("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
		STR_INIT("GET / 1.0 host= close []\n") },
	/* The reader reads on after keep_alive = false: the caller closes. */
	{ STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\nHost: "
		   "y\r\n\r\n"),
		STR_INIT("GET / 1.1 host=x close []\nGET /2 1.1 host=y []\n") },

	/* Expect. */
	{ STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: "
		   "1\r\n\r\na"),
		STR_INIT("POST / 1.1 host=x expect + [a]\n") },
	{ STR_INIT("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na"),
		STR_INIT("POST / 1.0 host= close + [a]\n") },
	{ STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nExpect: magic\r\n\r\n"),
		STR_INIT("POST / 1.1 host=x []\n") },

	/* Bodies and pipelining. */
	{ STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"),
		STR_INIT("POST / 1.1 host=x []\n") },
	{ STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /2 "
		   "HTTP/1.1\r\nHost: y\r\n\r\n"),
		STR_INIT("POST / 1.1 host=x + [abc]\nGET /2 1.1 host=y []\n") },
	{ STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /2 "
		   "HTTP/1.1\r\nHost: y\r\n\r\n"),
		STR_INIT("GET / 1.1 host=x + []\nGET /2 1.1 host=y []\n") },
	{ STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nab"),
		STR_INIT("POST / 1.1 host=x +…") },
	{ STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
		   "3\r\nabc\r\n02;e=\"f\"\r\nde\r\nA\r\n0123456789\r\n0\r\n\r\nGET / "
		   "HTTP/1.1\r\nHost: y\r\n\r\n"),
		STR_INIT("POST / 1.1 host=x + [abcde0123456789]\nGET / 1.1 host=y []\n") },
	{ STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
		   "3\r\nabc\r\n2\r\nde\r\n000\r\n\r\nPOST / HTTP/1.1\r\nHost: y\r\n\r\n"),
		STR_INIT("GET / 1.1 host=x + []\nPOST / 1.1 host=y []\n") },
	{ STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
		STR_INIT("POST / 1.1 host=x + []\n") },
	{ STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
		   "chunked\r\n\r\n1\r\na\r\n0\r\n"),
		STR_INIT("POST / 1.1 host=x +…") },
	/* Trailers are not fields of the request. */
	{ STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
		   "Content-Length: x\r\nHost: evil\r\nContent-Type: t\r\nTransfer-Encoding: y\r\n"
		   "Expect: 100-continue\r\nConnection: close, upgrade\r\nUpgrade: "
		   "z\r\nAuthorization: q\r\n\r\n"
		   "GET / HTTP/1.1\r\nHost: y\r\n\r\n"),
		STR_INIT("POST / 1.1 host=x + [a]\nGET / 1.1 host=y []\n") },
	/* RFC 9112 2.2: empty lines before a request. */
	{ STR_INIT("\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: "
		   "y\r\n\r\n\r\n"),
		STR_INIT("GET / 1.1 host=x []\nGET / 1.1 host=y []\n") },
	{ STR_INIT("\r\n\r"), STR_INIT("") },
	{ STR_INIT("\r\n\rG"), STR_INIT("!400") },
	{ STR_INIT("\r\n\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"), STR_INIT("!400") },

	/* RFC 9110 7.8: Upgrade is ignored, and the connection goes on. */
	{ STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: "
		   "h2c\r\n"
		   "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\nGET /2 HTTP/1.1\r\nHost: "
		   "y\r\n\r\n"),
		STR_INIT("GET / 1.1 host=x []\nGET /2 1.1 host=y []\n") },
	{ STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
		   "Content-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\nHost: y\r\n\r\n"),
		STR_INIT("POST / 1.1 host=x + [abc]\nGET /2 1.1 host=y []\n") },
	{ STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n"
		   "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nGET /2 HTTP/1.1\r\nHost: "
		   "y\r\n\r\n"),
		STR_INIT("POST / 1.1 host=x + [a]\nGET /2 1.1 host=y []\n") },
	{ STR_INIT("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\nabc"), STR_INIT("!405") },

	/* No request is read after a refused message, which may be refused within its body. */
	{ STR_INIT("GET / HTTP/1.1\r\nHost: x\r\n\r\nhello\r\n\r\nGET / HTTP/1.1\r\nHost: "
		   "x\r\n\r\n"),
		STR_INIT("GET / 1.1 host=x []\n!400") },
	{ STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: "
		   "chunked\r\n\r\n0\r\n\r\n"),
		STR_INIT("!400") },
	{ STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
		   "chunked\r\n\r\n2\r\n{}0\r\n\r\n"),
		STR_INIT("POST / 1.1 host=x +!400") },
	{ STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
		   "chunked\r\n\r\n2\r\n{}XX0\r\n\r\n"),
		STR_INIT("GET / 1.1 host=x +!400") },
	{ STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX : "
		   "y\r\n\r\n"),
		STR_INIT("GET / 1.1 host=x +!400") },
	{ STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n"),
		STR_INIT("!501") },
	/* A valid field, but the parser takes every name with this prefix for Transfer-Encoding. */
	{ STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding-X: y\r\n\r\n"),
		STR_INIT("!400") },
	{ STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length-X: y\r\nConnection-X: close\r\n"
		   "Content_Length: 9\r\nX-Host: y\r\n\r\n"),
		STR_INIT("POST / 1.1 host=x []\n") },
	{ STR_INIT("GET / HTTP/2.0\r\n"), STR_INIT("!505") },
	{ STR_INIT("GET /\r\n"), STR_INIT("!505") },

	/* The limit of the body, wanted or not. */
	{ STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65\r\n\r\n"), STR_INIT("!413") },
	{ STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 65\r\n\r\n"), STR_INIT("!413") },
	{ STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n41"),
		STR_INIT("POST / 1.1 host=x +!413") },
	{ STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
		   "20\r\n0123456789abcdef0123456789abcdef\r\n21"),
		STR_INIT("GET / 1.1 host=x +!413") },
	{ STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
		   "20\r\n0123456789abcdef0123456789abcdef\r\n20\r\n0123456789abcdef0123456789abcde"
		   "f\r\n"
		   "0\r\n\r\n"),
		STR_INIT("POST / 1.1 host=x + "
			 "[0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef]\n") },
};

START_TEST(streams_are_read)
{
	struct str bytes = streams[_i].bytes, want = streams[_i].want;

	check_pieces(&bounded, bytes, want, bytes.len, 1);
	for (size_t cut = 1; cut < bytes.len; cut++)
		check_pieces(&bounded, bytes, want, cut, bytes.len);
	for (size_t step = 1; step < 20; step++)
		check_pieces(&bounded, bytes, want, step, step);
}
END_TEST

/*
 * Limits of realistic size
 */

static struct http_readers real = {
	.limits = { .line = 8192, .header_bytes = 65536, .headers = 100, .body = 1 << 17 },
};

static void append_times(struct buf *out, const char *text, size_t times)
{
	for (size_t i = 0; i < times; i++)
		buf_append(out, text, strlen(text));
}

/* A message: prefix, then text, repeated times times, then suffix. */
static const struct {
	const char *prefix, *text;
	size_t times;
	const char *suffix;
	int status; /* 0: accepted */
} longs[] = {
	{ "GET /", "a", 5000, " HTTP/1.1\r\nHost: x\r\n\r\n", 0 },
	{ "GET /", "a", 8192 - 5 - 11, " HTTP/1.1\r\nHost: x\r\n\r\n", 0 },
	{ "GET /", "a", 8192 - 5 - 10, " HTTP/1.1\r\nHost: x\r\n\r\n", 414 },
	{ "GET /", "a", 9 * 1024, "", 414 },
	{ "", "a", 9 * 1024, "", 400 },
	{ "GET / HTTP/1.1\r\nHost: x\r\nX: ", "v", 4096, "\r\n\r\n", 0 },
	/* One field may use the whole limit: 65536 bytes with Host and the empty line. */
	{ "GET / HTTP/1.1\r\nHost: x\r\nX: ", "v", 12 * 1024, "\r\n\r\n", 0 },
	{ "GET / HTTP/1.1\r\nHost: x\r\nX: ", "v", 65536 - 9 - 5 - 2, "\r\n\r\n", 0 },
	{ "GET / HTTP/1.1\r\nHost: x\r\nX: ", "v", 65536 - 9 - 5 - 1, "\r\n\r\n", 431 },
	{ "GET / HTTP/1.1\r\nHost: x\r\nX: ", "v", 65536, "", 431 },
	{ "GET / HTTP/1.1\r\nHost: x\r\n", "v", 65536, "", 431 },
	{ "GET / HTTP/1.1\r\nHost: x\r\n", "A: b\r\n", 99, "\r\n", 0 },
	{ "GET / HTTP/1.1\r\nHost: x\r\n", "A: b\r\n", 100, "", 431 },
	{ "", "\r\n", 4096, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 0 },
	{ "", "\r\n", 4097, "", 400 },
	{ "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 131072\r\n\r\n", "0123456789abcdef", 8192,
		"", 0 },
	{ "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n", 50000,
		"0\r\n\r\n", 0 },
	{ "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
		"10;extension=value\r\n0123456789abcdef\r\n", 3500, "0\r\n\r\n", 0 },
	{ "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
		"10;extension=value\r\n0123456789abcdef\r\n", 5000, "0\r\n\r\n", 413 },
	{ "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n",
		20000, "\r\n", 431 },
	/* The same for one trailer, and for one extension. */
	{ "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", "v",
		60 * 1024, "\r\n\r\n", 0 },
	{ "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", "v", 65536,
		"", 431 },
	{ "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;", "e", 60 * 1024,
		"\r\na\r\n0\r\n\r\n", 0 },
	{ "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;", "e", 65536, "",
		413 },
};

/* The longest request line and the longest fields together. The parser must accept them, too. */
static void write_longest_head(struct buf *out)
{
	append_times(out, "GET /", 1);
	append_times(out, "a", 8192 - 5 - 11);
	append_times(out, " HTTP/1.1\r\nHost: x\r\nX: ", 1);
	append_times(out, "v", 65536 - 9 - 5 - 2);
	append_times(out, "\r\n\r\n", 1);
}

static enum http_state read_long(struct http_reader *reader, struct str bytes, size_t step)
{
	enum http_state state = HTTP_NEED_MORE;
	struct http_request request;
	size_t room;

	for (size_t at = 0; at < bytes.len && state == HTTP_NEED_MORE; at += step) {
		size_t n = bytes.len - at < step ? bytes.len - at : step;
		char *space = http_reader_space(reader, n, &room);
		if (!space) /* ck_assert would take longer than the reader */
			ck_abort_msg("no space at byte %zu", at);
		memcpy(space, bytes.ptr + at, n);
		http_reader_added(reader, n);
		state = http_reader_step(reader, &request);
		if (state == HTTP_HEAD_READY)
			state = http_reader_step(reader, &request);
	}
	return state;
}

/* Reading byte by byte takes linear time: otherwise the test would time out. */
START_TEST(long_messages_have_limits)
{
	static const size_t steps[] = { 1, 7, 4096, 65536 };
	struct buf bytes;

	buf_init(&bytes, SIZE_MAX);
	buf_printf(&bytes, "%s", longs[_i].prefix);
	append_times(&bytes, longs[_i].text, longs[_i].times);
	buf_printf(&bytes, "%s", longs[_i].suffix);
	for (size_t i = 0; i < NITEMS(steps); i++) {
		struct http_reader reader;
		http_reader_init(&reader, &real);
		enum http_state state = read_long(&reader, buf_view(&bytes), steps[i]);
		ck_assert_int_eq(state, longs[_i].status == 0 ? HTTP_DONE : HTTP_BAD);
		ck_assert_int_eq(reader.status, longs[_i].status);
		http_reader_done(&reader);
	}
	buf_done(&bytes);
}
END_TEST

START_TEST(the_longest_head_is_read)
{
	struct buf bytes;
	struct http_reader reader;
	struct http_request request;

	buf_init(&bytes, SIZE_MAX);
	write_longest_head(&bytes);
	http_reader_init(&reader, &real);
	ck_assert_int_eq(read_long(&reader, buf_view(&bytes), 4096), HTTP_DONE);
	ck_assert_int_eq(http_reader_step(&reader, &request), HTTP_DONE);
	ck_assert_uint_eq(request.fields.head.len, 8192 + 65536);
	ck_assert_slice_eq(request.host, STR("x"));
	http_reader_done(&reader);
	buf_done(&bytes);
}
END_TEST

/* Dropped content and the framing of chunks. */
START_TEST(dropped_bytes_use_no_memory)
{
	const struct str head =
		STR("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	const struct str chunk = STR("00010\r\n0123456789abcdef\r\n");
	struct http_reader reader;
	struct http_request request;

	http_reader_init(&reader, &real);
	ck_assert_int_eq(read_long(&reader, head, head.len), HTTP_NEED_MORE);
	http_reader_want_body(&reader, false);
	for (int i = 0; i < 5000; i++)
		ck_assert_int_eq(read_long(&reader, chunk, chunk.len), HTTP_NEED_MORE);
	ck_assert_uint_le(reader.input.size, 1024);
	ck_assert_int_eq(read_long(&reader, STR("0\r\n\r\n"), 5), HTTP_DONE);
	ck_assert_int_eq(http_reader_step(&reader, &request), HTTP_DONE);
	ck_assert_uint_eq(request.body.len, 0);
	ck_assert_slice_eq(request.host, STR("x"));
	http_reader_done(&reader);
}
END_TEST

START_TEST(idle_readers_own_no_buffer)
{
	struct http_reader reader;

	http_reader_init(&reader, &real);
	ck_assert(http_reader_idle(&reader));
	ck_assert_ptr_null(reader.input.data);
	ck_assert_int_eq(read_long(&reader, STR("\r\n\r"), 3), HTTP_NEED_MORE);
	ck_assert(http_reader_idle(&reader));
	ck_assert_int_eq(read_long(&reader, STR("\nG"), 2), HTTP_NEED_MORE);
	ck_assert(!http_reader_idle(&reader));
	ck_assert_int_eq(
		read_long(&reader, STR("ET / HTTP/1.1\r\nHost: x\r\n\r\n"), 100), HTTP_DONE);
	ck_assert(!http_reader_idle(&reader));
	http_reader_next(&reader);
	ck_assert(http_reader_idle(&reader));
	http_reader_trim(&reader);
	ck_assert_ptr_null(reader.input.data);

	struct buf head;
	buf_init(&head, SIZE_MAX);
	append_times(&head, "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Negotiate ", 1);
	append_times(&head, "0123456789", 6000);
	append_times(&head, "\r\n\r\n", 1);
	ck_assert_int_eq(read_long(&reader, buf_view(&head), 1000), HTTP_DONE);
	http_reader_next(&reader);
	http_reader_trim(&reader);
	ck_assert_ptr_null(reader.input.data);
	buf_done(&head);

	struct buf body;
	buf_init(&body, SIZE_MAX);
	append_times(&body, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", 1);
	append_times(&body, "0123456789", 10000);
	ck_assert_int_eq(read_long(&reader, buf_view(&body), 1000), HTTP_DONE);
	http_reader_next(&reader);
	ck_assert_ptr_null(reader.input.data);
	buf_done(&body);
	http_reader_done(&reader);
}
END_TEST

START_TEST(nothing_is_read_after_a_refusal)
{
	struct http_reader reader;
	struct http_request request;

	http_reader_init(&reader, &real);
	ck_assert_int_eq(read_long(&reader, STR("hello\r\n"), 7), HTTP_BAD);
	ck_assert_int_eq(reader.status, 400);
	size_t held = buf_len(&reader.input);
	for (int i = 0; i < 10; i++) {
		size_t room;
		char *space = http_reader_space(&reader, 4096, &room);
		ck_assert_ptr_nonnull(space);
		memset(space, 'x', room);
		http_reader_added(&reader, room);
		ck_assert_int_eq(http_reader_step(&reader, &request), HTTP_BAD);
		ck_assert_int_eq(reader.status, 400);
	}
	ck_assert_uint_eq(buf_len(&reader.input), held);
	ck_assert(!http_reader_idle(&reader));
	http_reader_done(&reader);
}
END_TEST

/* HTTP_DONE is returned until http_reader_next. */
START_TEST(a_request_is_returned_until_next)
{
	struct http_reader reader;
	struct http_request request;
	struct str bytes =
		STR("POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\naGET /2 HTTP/1.1\r\n");

	http_reader_init(&reader, &real);
	ck_assert_int_eq(read_long(&reader, bytes, bytes.len), HTTP_DONE);
	for (int i = 0; i < 3; i++) {
		size_t room;
		/* The buffer moves; the request stays the same. */
		ck_assert_ptr_nonnull(http_reader_space(&reader, 4096u << i, &room));
		ck_assert_int_eq(http_reader_step(&reader, &request), HTTP_DONE);
		ck_assert_slice_eq(request.target, STR("/1"));
		ck_assert_slice_eq(request.body, STR("a"));
	}
	http_reader_next(&reader);
	ck_assert_int_eq(http_reader_step(&reader, &request), HTTP_NEED_MORE);
	ck_assert(!http_reader_idle(&reader));
	http_reader_done(&reader);
}
END_TEST

/* The same fields after other request lines, read in pieces of all sizes. */
START_TEST(known_fields_have_the_same_meaning)
{
	static struct http_readers readers = {
		.limits = { .line = 200, .header_bytes = 1000, .headers = 10, .body = 64 },
	};
	static const struct str bytes = STR_INIT(
		"POST /1 HTTP/1.1\r\nHost: a\r\nContent-Type: t\r\nContent-Length: 2\r\n\r\nab"
		"PATCH /long HTTP/1.1\r\nHost: a\r\nContent-Type: t\r\nContent-Length: 2\r\n\r\ncd"
		"PATCH /2 HTTP/1.0\r\nHost: a\r\nContent-Type: t\r\nContent-Length: 2\r\n\r\nef"
		"GET /3 HTTP/1.1\r\nHost: a\r\n\r\n"
		"GET /4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
		"GET /5 HTTP/1.1\r\nHost: a\r\n\r\n"
		"GET /5 HTTP/1.1\r\nHost: a\r\n\r\n"
		"GET /5 HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n"
		"POST /1 HTTP/1.1\r\nHost: a\r\nContent-Type: t\r\nContent-Length: 2\r\n\r\ngh"
		"POST /1 HTTP/1.1\r\nHost: a\r\nContent-Type: t\r\nContent-Length: 2\r\n\r\nij"
		"GET /[ HTTP/1.1\r\nHost: a\r\n\r\n");
	struct buf first;

	buf_init(&first, 1 << 20);
	converse(&first, &readers, bytes, bytes.len, 1);
	for (size_t cut = 0; cut <= bytes.len; cut++)
		check_pieces(&readers, bytes, buf_view(&first), cut, bytes.len);
	buf_done(&first);
	buffer_pool_done(&readers.pool);
}
END_TEST

static bool arrives_with_its_body(struct str bytes)
{
	struct http_reader reader;
	struct http_request request;
	size_t room;

	http_reader_init(&reader, &real);
	memcpy(http_reader_space(&reader, bytes.len, &room), bytes.ptr, bytes.len);
	http_reader_added(&reader, bytes.len);
	ck_assert_int_eq(http_reader_step(&reader, &request), HTTP_HEAD_READY);
	bool comes = http_reader_has_body(&reader);
	http_reader_done(&reader);
	return comes;
}

/* True from the last byte of the body on; false for a chunked body. */
START_TEST(a_body_may_arrive_with_its_head)
{
	const struct str bytes =
		STR("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\n");
	const size_t whole = (size_t)(strstr(bytes.ptr, "GET") - bytes.ptr);

	for (size_t n = whole - 3; n <= bytes.len; n++)
		ck_assert(arrives_with_its_body((struct str){ bytes.ptr, n }) == (n >= whole));
	ck_assert(arrives_with_its_body(STR("GET / HTTP/1.0\r\n\r\n")));
	ck_assert(!arrives_with_its_body(STR("POST / HTTP/1.1\r\nHost: x\r\n"
					     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")));
}
END_TEST

static struct http_request read_whole(struct http_reader *reader, struct str bytes)
{
	struct http_request request;

	ck_assert_int_eq(read_long(reader, bytes, bytes.len), HTTP_DONE);
	ck_assert_int_eq(http_reader_step(reader, &request), HTTP_DONE);
	return request;
}

/* Changes a known head: its values are used, so the bytes were not parsed again. */
START_TEST(known_heads_are_not_parsed_again)
{
	static struct http_readers readers = {
		.limits = { .line = 200, .header_bytes = 1000, .headers = 10, .body = 64 },
	};
	const struct str heads[] = { STR("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"),
		STR("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n") };
	struct http_reader reader;

	http_reader_init(&reader, &readers);
	struct http_request request = read_whole(&reader, heads[0]);
	ck_assert(!request.expect_continue);
	http_reader_next(&reader);
	readers.known[0].meaning.expect_continue = true;
	readers.known[0].head.method = METHOD_HEAD;
	for (int i = 0; i < 4; i++) {
		request = read_whole(&reader, heads[i / 2]);
		ck_assert(request.expect_continue);
		/* The second line is parsed, and then cached instead of the first one. */
		ck_assert_int_eq(request.method, i < 2 ? METHOD_HEAD : METHOD_GET);
		ck_assert_slice_eq(request.target, i < 2 ? STR("/1") : STR("/2"));
		ck_assert_slice_eq(request.host, STR("x"));
		ck_assert_uint_eq(request.fields.head.len, heads[0].len);
		http_reader_next(&reader);
	}
	ck_assert_int_eq(readers.known[0].head.method, METHOD_GET);
	http_reader_done(&reader);
	buffer_pool_done(&readers.pool);
}
END_TEST

/* Repeats lines of the longest cached length, of one byte less and of one byte more. */
START_TEST(known_lines_have_a_limit)
{
	static struct http_readers readers = {
		.limits = { .line = 2000, .header_bytes = 1000, .headers = 10, .body = 64 },
	};
	struct buf bytes, first;

	buf_init(&bytes, 1 << 20);
	buf_init(&first, 1 << 20);
	for (size_t len = HTTP_KNOWN_LINE_MOST - 1; len <= HTTP_KNOWN_LINE_MOST + 1; len++)
		for (int i = 0; i < 4; i++) {
			append_times(&bytes, "GET /", 1);
			append_times(&bytes, i < 3 ? "a" : "b", len - strlen("GET / HTTP/1.1\r\n"));
			append_times(&bytes, " HTTP/1.1\r\nHost: x\r\n\r\n", 1);
		}
	converse(&first, &readers, buf_view(&bytes), buf_len(&bytes), 1);
	for (size_t step = 200; step < 300; step++)
		check_pieces(&readers, buf_view(&bytes), buf_view(&first), step, step);
	ck_assert_uint_eq(readers.known[0].line, HTTP_KNOWN_LINE_MOST);
	buf_done(&bytes);
	buf_done(&first);
	buffer_pool_done(&readers.pool);
}
END_TEST

static const struct {
	const char *lines;
	unsigned seen;
	const char *none_match;
} noted[] = {
	{ "", 0, "" },
	{ "If-Match: *\r\n", HTTP_IF_MATCH, "" },
	{ "If-None-Match:\t\"a\" \r\n", HTTP_IF_NONE_MATCH, "\"a\"" },
	{ "If-None-Match:\r\n", HTTP_IF_NONE_MATCH, "" },
	{ "X-If-None-Match: 1\r\nIf-None-Matchx: 1\r\nX: If-None-Match: 1\r\n", 0, "" },
	{ "if-none-match: \"a\"\r\nIf-Match: *\r\nIF-NONE-MATCH: W/\"b\",\"c\"\r\n"
	  "If-None-Match:\r\nIf-None-Match: \"d\"\r\n",
		HTTP_IF_MATCH | HTTP_IF_NONE_MATCH, "\"a\", W/\"b\",\"c\", , \"d\"" },
	{ "Cookie: a=b\r\nauthorization: x\r\nCookies: c\r\n", HTTP_COOKIE | HTTP_AUTHORIZATION,
		"" },
	{ "Access-Control-Request-Private-Network: true\r\n", HTTP_CORS_PRIVATE_NETWORK, "" },
};

START_TEST(rare_fields_are_found)
{
	struct http_reader reader;
	struct http_request request;
	struct arena arena = { 0 };
	struct str bytes = arena_printf(&arena,
		"POST / HTTP/1.1\r\n%sHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
		"If-Match: in a trailer\r\n\r\n",
		noted[_i].lines);

	http_reader_init(&reader, &real);
	ck_assert_int_eq(read_long(&reader, bytes, 7), HTTP_DONE);
	ck_assert_int_eq(http_reader_step(&reader, &request), HTTP_DONE);
	ck_assert_uint_eq(request.fields.seen, noted[_i].seen);
	ck_assert_slice_eq(http_field(&request.fields, HTTP_IF_NONE_MATCH, &arena),
		str_from(noted[_i].none_match));
	http_reader_next(&reader);
	http_reader_done(&reader);
	arena_done(&arena);
}
END_TEST

static const struct {
	struct str bytes;
	int status; /* 0: the message is incomplete */
	bool has_fields;
} refused[] = {
	{ STR_INIT("GET / HTTP/1.1\r\nOrigin: a\r\nHost: x\r\n"), 0, false },
	{ STR_INIT("GET / HTTP/1.1\r\nOrigin: a\r\n\r\n"), 400, false },
	{ STR_INIT("GET / HTTP/1.1\r\nOrigin: a\r\nHost: x\r\nx\r\n\r\n"), 400, false },
	{ STR_INIT("PUT / HTTP/1.1\r\nOrigin: a\r\nHost: x\r\nContent-Length: 9\r\n\r\n"), 0,
		true },
	{ STR_INIT("PUT / HTTP/1.1\r\nOrigin: a\r\nHost: x\r\nContent-Length:\t99\r\n\r\n"), 413,
		true },
	{ STR_INIT("PUT / HTTP/1.1\r\nOrigin: a\r\nHost: x\r\n"
		   "Content-Length: 99999999999999999999\r\n\r\n"),
		413, false },
	{ STR_INIT("PUT / HTTP/1.1\r\nOrigin: a\r\nHost: x\r\n"
		   "Transfer-Encoding: chunked\r\n\r\n99\r\n"),
		413, true },
	{ STR_INIT("PUT / HTTP/1.1\r\nOrigin: a\r\nHost: x\r\n"
		   "Transfer-Encoding: chunked\r\n\r\n-\r\n"),
		400, true },
};

/* A request that is refused for its body has fields, on which the answer depends. */
START_TEST(a_refused_request_has_fields)
{
	static struct http_readers readers = {
		.limits = { .line = 2000, .header_bytes = 1000, .headers = 10, .body = 64 },
	};
	const unsigned seen = refused[_i].has_fields ? HTTP_ORIGIN : 0;
	struct http_reader reader;

	http_reader_init(&reader, &readers);
	ck_assert_uint_eq(http_reader_fields(&reader).seen, 0);
	/* The second round tests that the refused head was not cached. */
	for (unsigned round = 0; round < 2; round++) {
		enum http_state state = read_long(&reader, refused[_i].bytes, 1000);
		ck_assert_int_eq(state == HTTP_BAD ? reader.status : 0, refused[_i].status);
		struct http_fields fields = http_reader_fields(&reader);
		ck_assert_uint_eq(fields.seen, seen);
		ck_assert_slice_eq(
			http_field(&fields, HTTP_ORIGIN, NULL), seen ? STR("a") : STR(""));
		http_reader_done(&reader);
		http_reader_init(&reader, &readers);
	}
	buffer_pool_done(&readers.pool);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http");
	TCase *tests = tcase_create("http");

	tcase_add_loop_test(tests, streams_are_read, 0, (int)NITEMS(streams));
	tcase_add_loop_test(tests, long_messages_have_limits, 0, (int)NITEMS(longs));
	tcase_add_test(tests, the_longest_head_is_read);
	tcase_add_test(tests, dropped_bytes_use_no_memory);
	tcase_add_test(tests, idle_readers_own_no_buffer);
	tcase_add_test(tests, nothing_is_read_after_a_refusal);
	tcase_add_test(tests, a_request_is_returned_until_next);
	tcase_add_test(tests, known_fields_have_the_same_meaning);
	tcase_add_test(tests, a_body_may_arrive_with_its_head);
	tcase_add_test(tests, known_heads_are_not_parsed_again);
	tcase_add_test(tests, known_lines_have_a_limit);
	tcase_add_loop_test(tests, rare_fields_are_found, 0, (int)NITEMS(noted));
	tcase_add_loop_test(tests, a_refused_request_has_fields, 0, (int)NITEMS(refused));
	suite_add_tcase(suite, tests);
	return suite;
}

/*
 * Request smuggling (RFC 9112 11.2): an ambiguous message is refused with one answer, and nothing
 * after it on the connection is read as a request. Each case is sent to the whole server, followed
 * by a well-formed request. tests/unit/test_guard.c tests the rules one by one.
 */
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <stdio.h>

static struct postern server;

struct message {
	const char *what;
	struct str bytes;
	int status;
};

#define BEHIND "GET /nonexistent-marker HTTP/1.1\r\nHost: a\r\n\r\n"
#define GET    "GET / HTTP/1.1\r\nHost: a\r\n"
#define POST   "POST /users HTTP/1.1\r\nHost: a\r\n"
/* A body that one reader takes for five bytes, and another for an empty list of chunks. */
#define CHUNKS "0\r\n\r\n"
#define BOTH   "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"
#define CODED  "Transfer-Encoding: chunked\r\n"

static const struct message refused[] = {
	/* Both lengths: CL.TE, TE.CL. */
	{ "CL.TE", STR_INIT(POST BOTH "\r\n" CHUNKS), 400 },
	{ "TE.CL", STR_INIT(POST CODED "Content-Length: 5\r\n\r\n" CHUNKS), 400 },
	{ "CL.TE, lower case",
		STR_INIT(POST "content-length:5\r\ntransfer-encoding:chunked\r\n\r\n" CHUNKS),
		400 },
	{ "CL.TE, of 0", STR_INIT(POST "Content-Length: 0\r\n" CODED "\r\n" CHUNKS), 400 },
	{ "CL.TE, of a GET", STR_INIT(GET BOTH "\r\n" CHUNKS), 400 },
	{ "CL.TE, of 1.0", STR_INIT("POST /users HTTP/1.0\r\nHost: a\r\n" BOTH "\r\n" CHUNKS),
		400 },

	/* TE.TE: codings that one reader takes for chunked and another ignores. */
	{ "TE space colon", STR_INIT(POST "Transfer-Encoding : chunked\r\n\r\n" CHUNKS), 400 },
	{ "TE tab colon", STR_INIT(POST "Transfer-Encoding\t: chunked\r\n\r\n" CHUNKS), 400 },
	{ "TE space before", STR_INIT(POST " Transfer-Encoding: chunked\r\n\r\n" CHUNKS), 400 },
	{ "TE, tab before", STR_INIT(POST "\tTransfer-Encoding: chunked\r\n\r\n" CHUNKS), 400 },
	{ "TE vertical tab",
		STR_INIT(POST "Transfer-Encoding:\x0b"
			      "chunked\r\n\r\n" CHUNKS),
		400 },
	{ "TE form feed", STR_INIT(POST "Transfer-Encoding: chunked\x0c\r\n\r\n" CHUNKS), 400 },
	{ "TE NUL", STR_INIT(POST "Transfer-Encoding: chunked\x00\r\n\r\n" CHUNKS), 400 },
	{ "TE NUL in its name",
		STR_INIT(POST "Transfer-\x00"
			      "Encoding: chunked\r\n\r\n" CHUNKS),
		400 },
	{ "TE CR", STR_INIT(POST "Transfer-Encoding: chunked\r \r\n\r\n" CHUNKS), 400 },
	{ "TE folded", STR_INIT(POST "Transfer-Encoding:\r\n chunked\r\n\r\n" CHUNKS), 400 },
	{ "TE folded behind", STR_INIT(POST "X: x\r\n\tTransfer-Encoding: chunked\r\n\r\n" CHUNKS),
		400 },
	{ "TE behind a bare LF", STR_INIT(POST "X: x\nTransfer-Encoding: chunked\r\n\r\n" CHUNKS),
		400 },
	{ "TE behind a bare CR", STR_INIT(POST "X: x\rTransfer-Encoding: chunked\r\n\r\n" CHUNKS),
		400 },
	{ "TE twice", STR_INIT(POST CODED CODED "\r\n" CHUNKS), 400 },
	{ "TE twice, other first", STR_INIT(POST "Transfer-Encoding: x\r\n" CODED "\r\n" CHUNKS),
		501 },
	{ "TE twice, other last", STR_INIT(POST CODED "Transfer-Encoding: x\r\n\r\n" CHUNKS), 400 },
	{ "TE list twice", STR_INIT(POST "Transfer-Encoding: chunked, chunked\r\n\r\n" CHUNKS),
		400 },
	{ "TE identity behind",
		STR_INIT(POST "Transfer-Encoding: chunked, identity\r\n\r\n" CHUNKS), 501 },
	{ "TE identity before",
		STR_INIT(POST "Transfer-Encoding: identity, chunked\r\n\r\n" CHUNKS), 501 },
	{ "TE identity", STR_INIT(POST "Transfer-Encoding: identity\r\n\r\n" CHUNKS), 501 },
	{ "TE gzip", STR_INIT(POST "Transfer-Encoding: gzip, chunked\r\n\r\n" CHUNKS), 501 },
	{ "TE xchunked", STR_INIT(POST "Transfer-Encoding: xchunked\r\n\r\n" CHUNKS), 501 },
	{ "TE chunkedx", STR_INIT(POST "Transfer-Encoding: chunkedx\r\n\r\n" CHUNKS), 501 },
	{ "TE quoted", STR_INIT(POST "Transfer-Encoding: \"chunked\"\r\n\r\n" CHUNKS), 400 },
	{ "TE comma", STR_INIT(POST "Transfer-Encoding: chunked,\r\n\r\n" CHUNKS), 400 },
	{ "TE comma before", STR_INIT(POST "Transfer-Encoding: ,chunked\r\n\r\n" CHUNKS), 400 },
	{ "TE parameter", STR_INIT(POST "Transfer-Encoding: chunked;q=1\r\n\r\n" CHUNKS), 400 },
	{ "TE empty", STR_INIT(POST "Transfer-Encoding:\r\n\r\n" CHUNKS), 400 },
	{ "TE of 1.0", STR_INIT("POST /users HTTP/1.0\r\nHost: a\r\n" CODED "\r\n" CHUNKS), 400 },

	/* Content-Length. */
	{ "CL twice", STR_INIT(POST "Content-Length: 5\r\nContent-Length: 0\r\n\r\n" CHUNKS), 400 },
	{ "CL twice the same",
		STR_INIT(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n" CHUNKS), 400 },
	{ "CL list", STR_INIT(POST "Content-Length: 5, 5\r\n\r\n" CHUNKS), 400 },
	{ "CL list of two", STR_INIT(POST "Content-Length: 5,0\r\n\r\n" CHUNKS), 400 },
	{ "CL comma", STR_INIT(POST "Content-Length: 5,\r\n\r\n" CHUNKS), 400 },
	{ "CL plus", STR_INIT(POST "Content-Length: +5\r\n\r\n" CHUNKS), 400 },
	{ "CL minus", STR_INIT(POST "Content-Length: -5\r\n\r\n" CHUNKS), 400 },
	{ "CL minus 0", STR_INIT(POST "Content-Length: -0\r\n\r\n"), 400 },
	{ "CL hex", STR_INIT(POST "Content-Length: 0x5\r\n\r\n" CHUNKS), 400 },
	{ "CL point", STR_INIT(POST "Content-Length: 5.0\r\n\r\n" CHUNKS), 400 },
	{ "CL exponent", STR_INIT(POST "Content-Length: 5e0\r\n\r\n" CHUNKS), 400 },
	{ "CL underscore", STR_INIT(POST "Content-Length: 0_5\r\n\r\n" CHUNKS), 400 },
	{ "CL blank inside", STR_INIT(POST "Content-Length: 5 5\r\n\r\n" CHUNKS), 400 },
	{ "CL quoted", STR_INIT(POST "Content-Length: \"5\"\r\n\r\n" CHUNKS), 400 },
	{ "CL empty", STR_INIT(POST "Content-Length:\r\n\r\n" CHUNKS), 400 },
	{ "CL NUL", STR_INIT(POST "Content-Length: 5\x00\r\n\r\n" CHUNKS), 400 },
	{ "CL vertical tab",
		STR_INIT(POST "Content-Length:\x0b"
			      "5\r\n\r\n" CHUNKS),
		400 },
	{ "CL no-break space",
		STR_INIT(POST "Content-Length:\xc2\xa0"
			      "5\r\n\r\n" CHUNKS),
		400 },
	{ "CL other digits", STR_INIT(POST "Content-Length: \xd9\xa5\r\n\r\n" CHUNKS), 400 },
	{ "CL space colon", STR_INIT(POST "Content-Length : 5\r\n\r\n" CHUNKS), 400 },
	{ "CL folded", STR_INIT(POST "Content-Length:\r\n 5\r\n\r\n" CHUNKS), 400 },
	{ "CL of 2^64", STR_INIT(POST "Content-Length: 18446744073709551616\r\n\r\n"), 413 },
	{ "CL of 2^64 + 5", STR_INIT(POST "Content-Length: 18446744073709551621\r\n\r\n" CHUNKS),
		413 },
	{ "CL of 2^32 + 5", STR_INIT(POST "Content-Length: 4294967301\r\n\r\n" CHUNKS), 413 },
	{ "CL of 30 digits",
		STR_INIT(POST "Content-Length: 999999999999999999999999999999\r\n\r\n"), 413 },

	/* Lines and fields. */
	{ "folded field", STR_INIT(GET "X: a\r\n b\r\n\r\n"), 400 },
	{ "folded, blank only", STR_INIT(GET "X: a\r\n \r\n\r\n"), 400 },
	{ "first field folded", STR_INIT("GET / HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n"), 400 },
	{ "bare LFs", STR_INIT("GET / HTTP/1.1\nHost: a\n\n"), 400 },
	{ "bare LF at the end", STR_INIT(GET "\n"), 400 },
	{ "bare CRs", STR_INIT("GET / HTTP/1.1\rHost: a\r\r"), 400 },
	{ "CR CR LF", STR_INIT(GET "X: a\r\r\n\r\n"), 400 },
	{ "NUL in a value",
		STR_INIT(GET "X: a\x00"
			     "b\r\n\r\n"),
		400 },
	{ "NUL in a name", STR_INIT(GET "X\x00: a\r\n\r\n"), 400 },
	{ "space before colon", STR_INIT(GET "X : a\r\n\r\n"), 400 },
	{ "space in a name", STR_INIT(GET "X Y: a\r\n\r\n"), 400 },
	{ "no name", STR_INIT(GET ": a\r\n\r\n"), 400 },
	{ "no colon", STR_INIT(GET "X\r\n\r\n"), 400 },
	{ "request for a name", STR_INIT(GET "GET /users HTTP/1.1\r\n\r\n"), 400 },

	/* Chunks. */
	{ "size 0x", STR_INIT(POST CODED "\r\n0x0\r\n\r\n"), 400 },
	{ "size plus", STR_INIT(POST CODED "\r\n+0\r\n\r\n"), 400 },
	{ "size minus", STR_INIT(POST CODED "\r\n-1\r\n\r\n"), 400 },
	{ "size space before", STR_INIT(POST CODED "\r\n 0\r\n\r\n"), 400 },
	{ "size space behind", STR_INIT(POST CODED "\r\n0 \r\n\r\n"), 400 },
	{ "size tab", STR_INIT(POST CODED "\r\n0\t\r\n\r\n"), 400 },
	{ "size underscore", STR_INIT(POST CODED "\r\n0_0\r\n\r\n"), 400 },
	{ "size empty", STR_INIT(POST CODED "\r\n\r\n" CHUNKS), 400 },
	{ "size extension only", STR_INIT(POST CODED "\r\n;a\r\n" CHUNKS), 400 },
	{ "size of 2^64", STR_INIT(POST CODED "\r\n10000000000000000\r\n\r\n"), 413 },
	{ "size of 2^64 + 1", STR_INIT(POST CODED "\r\n10000000000000001\r\nx\r\n" CHUNKS), 413 },
	{ "size of 2^32", STR_INIT(POST CODED "\r\n100000000\r\n\r\n"), 413 },
	{ "size NUL", STR_INIT(POST CODED "\r\n0\x00\r\n\r\n"), 400 },
	{ "size LF", STR_INIT(POST CODED "\r\n0\n\r\n"), 400 },
	{ "size CR", STR_INIT(POST CODED "\r\n0\r\r\n"), 400 },
	{ "extension LF", STR_INIT(POST CODED "\r\n1;a\nx\r\n" CHUNKS), 400 },
	{ "extension LF, two chunks", STR_INIT(POST CODED "\r\n2;\nxx\r\n4c\r\n" CHUNKS), 400 },
	{ "extension CR", STR_INIT(POST CODED "\r\n1;a\rb\r\nx\r\n" CHUNKS), 400 },
	{ "extension NUL", STR_INIT(POST CODED "\r\n1;a\x00\r\nx\r\n" CHUNKS), 400 },
	{ "data without CRLF", STR_INIT(POST CODED "\r\n1\r\nx" CHUNKS), 400 },
	{ "data with LF", STR_INIT(POST CODED "\r\n1\r\nx\n" CHUNKS), 400 },
	{ "data too long", STR_INIT(POST CODED "\r\n1\r\nxy\r\n" CHUNKS), 400 },
	{ "end LF", STR_INIT(POST CODED "\r\n0\r\n\n"), 400 },
	{ "trailer without colon", STR_INIT(POST CODED "\r\n0\r\nX\r\n\r\n"), 400 },
	{ "trailer folded", STR_INIT(POST CODED "\r\n0\r\nX: a\r\n b\r\n\r\n"), 400 },
	{ "trailer LF", STR_INIT(POST CODED "\r\n0\r\nX: a\n\r\n"), 400 },
	{ "trailer space colon", STR_INIT(POST CODED "\r\n0\r\nX : a\r\n\r\n"), 400 },
	{ "trailer a request", STR_INIT(POST CODED "\r\n0\r\nGET / HTTP/1.1\r\n\r\n"), 400 },

	/* Targets and Host. */
	{ "authority for a target", STR_INIT("GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "CONNECT", STR_INIT("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"), 405 },
	{ "no slash", STR_INIT("GET users HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "absolute without host", STR_INIT("GET http:///users HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "absolute with a user", STR_INIT("GET http://u@a HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "absolute, no Host", STR_INIT("GET http://a HTTP/1.1\r\n\r\n"), 400 },
	{ "asterisk form of GET", STR_INIT("GET * HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "asterisk form of POST",
		STR_INIT("POST * HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n" CHUNKS), 400 },
	{ "NUL in a target", STR_INIT("GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "LF in a target", STR_INIT("GET /\nX HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "no Host", STR_INIT("GET / HTTP/1.1\r\n\r\n"), 400 },
	{ "two Hosts", STR_INIT(GET "Host: b\r\n\r\n"), 400 },
	{ "two equal Hosts", STR_INIT(GET "Host: a\r\n\r\n"), 400 },
	{ "list of Hosts", STR_INIT("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"), 400 },
	{ "Host with a path", STR_INIT("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400 },
	{ "Host with a user", STR_INIT("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"), 400 },
	{ "Host with a bad port", STR_INIT("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"), 400 },
	{ "Host with a blank", STR_INIT("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400 },
	{ "Host folded", STR_INIT("GET / HTTP/1.1\r\nHost:\r\n a\r\n\r\n"), 400 },

	/* The request line. */
	{ "two spaces", STR_INIT("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "two spaces behind", STR_INIT("GET /  HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "space at the end", STR_INIT("GET / HTTP/1.1 \r\nHost: a\r\n\r\n"), 400 },
	{ "space at the start", STR_INIT(" GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "tabs", STR_INIT("GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "vertical tab", STR_INIT("GET\x0b/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "space in the target", STR_INIT("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "lower case", STR_INIT("get / HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "unknown method", STR_INIT("GETT / HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "HTTP/0.9", STR_INIT("GET /\r\n"), 505 },
	{ "HTTP/0.9 with fields", STR_INIT("GET /\r\nHost: a\r\n\r\n"), 505 },
	{ "HTTP/1.2", STR_INIT("GET / HTTP/1.2\r\nHost: a\r\n\r\n"), 505 },
	{ "HTTP/11", STR_INIT("GET / HTTP/11\r\nHost: a\r\n\r\n"), 400 },
	{ "HTTP/1.10", STR_INIT("GET / HTTP/1.10\r\nHost: a\r\n\r\n"), 400 },
	{ "HTTP/1.1 in lower case", STR_INIT("GET / http/1.1\r\nHost: a\r\n\r\n"), 400 },
	{ "HTTP/2's preface", STR_INIT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 400 },
	{ "TLS", STR_INIT("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n"), 400 },
	{ "an answer", STR_INIT("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), 400 },
};

/* Valid messages: they are answered, and the request after them is answered, too. */
static const struct message accepted[] = {
	{ "plain", STR_INIT(GET "\r\n"), 200 },
	{ "empty lines before", STR_INIT("\r\n\r\n" GET "\r\n"), 200 },
	{ "unwanted content", STR_INIT(GET "Content-Length: 5\r\n\r\nGET /"), 200 },
	{ "unwanted chunks", STR_INIT(GET CODED "\r\n5\r\nGET /\r\n" CHUNKS), 200 },
	{ "leading zeros", STR_INIT(POST "Content-Length: 005\r\n\r\n" CHUNKS), 422 },
	{ "blanks around", STR_INIT(POST "Content-Length: \t5 \t\r\n\r\n" CHUNKS), 422 },
	{ "chunked in upper case", STR_INIT(POST "TRANSFER-ENCODING: CHUNKED\r\n\r\n" CHUNKS),
		422 },
	{ "extensions", STR_INIT(POST CODED "\r\n2;a=b;c=\"d\"\r\n[]\r\n000;x\r\n\r\n"), 422 },
	{ "space before extension", STR_INIT(POST CODED "\r\n2 ;a\r\n[]\r\n" CHUNKS), 422 },
	{ "trailers", STR_INIT(POST CODED "\r\n0\r\nContent-Length: 9\r\nHost: b\r\n\r\n"), 422 },
	{ "underscores", STR_INIT(POST "Content_Length: 9\r\nTransfer_Encoding: chunked\r\n\r\n"),
		422 },
	{ "other names", STR_INIT(POST "X-Content-Length: 9\r\nX-Transfer-Encoding: x\r\n\r\n"),
		422 },
	{ "absolute form", STR_INIT("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"), 200 },
	{ "absolute form, no path", STR_INIT("GET http://b HTTP/1.1\r\nHost: a\r\n\r\n"), 200 },
	{ "absolute form, query only", STR_INIT("GET http://b?q=1 HTTP/1.1\r\nHost: a\r\n\r\n"),
		200 },
	{ "asterisk form", STR_INIT("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), 204 },
	{ "asterisk form, content",
		STR_INIT("OPTIONS * HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n" CHUNKS),
		204 },
	{ "asterisk form through a proxy",
		STR_INIT("OPTIONS http://a:81 HTTP/1.1\r\nHost: a:81\r\n\r\n"), 204 },
	{ "empty Host", STR_INIT("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 200 },
	{ "Upgrade", STR_INIT(GET "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), 200 },
	{ "Upgrade with content",
		STR_INIT(POST "Connection: Upgrade\r\nUpgrade: websocket\r\n" CODED "\r\n" CHUNKS),
		422 },
};

/* Names of refused messages that are also sent cut in two at every byte. */
static const char *const cut[] = { "CL.TE", "TE.CL", "TE vertical tab", "CL twice",
	"bare LF at the end", "extension LF", "trailer a request", "HTTP/2's preface" };

static void setup(void)
{
	postern_start(&server, &(struct postern_plan){ .args = { "--workers", "1" } });
}

static void teardown(void)
{
	postern_stop(&server);
	postern_done(&server);
}

static void expect_refusal(struct http_client *client, const struct message *m)
{
	struct answer a = http_client_receive(client);

	ck_assert_msg(a.status == m->status, "%s: %d", m->what, a.status);
	ck_assert_msg(str_equal(answer_field(&a, "connection"), STR("close")), "%s", m->what);
	http_client_expect_end(client);
	http_client_close(client);
}

START_TEST(test_an_ambiguous_request_is_refused_and_the_last)
{
	const struct message *m = &refused[_i];
	struct http_client client;

	http_client_open(&client, server.port);
	ck_assert(http_client_send(&client, m->bytes));
	/* The server may have refused it already. */
	(void)http_client_send(&client, STR(BEHIND));
	expect_refusal(&client, m);
}
END_TEST

START_TEST(test_a_valid_request_and_the_next_are_answered)
{
	const struct message *m = &accepted[_i];
	struct http_client client;

	http_client_open(&client, server.port);
	ck_assert(http_client_send(&client, m->bytes));
	ck_assert(http_client_send(&client, STR(BEHIND)));
	struct answer a = http_client_receive(&client);
	ck_assert_msg(a.status == m->status, "%s: %d", m->what, a.status);
	a = http_client_receive(&client);
	http_client_expect(&a, m->what, 404, "{\"detail\":\"Not Found\"}");
	http_client_finish(&client);
	http_client_expect_end(&client);
	http_client_close(&client);
}
END_TEST

static const struct message *find_refused(const char *what)
{
	for (size_t i = 0; i < NITEMS(refused); i++)
		if (strcmp(refused[i].what, what) == 0)
			return &refused[i];
	ck_abort_msg("no case \"%s\"", what);
	return NULL;
}

/* Waits until the one worker has read the first part: it answers a later request of another client.
 */
START_TEST(test_the_outcome_does_not_depend_on_the_cut)
{
	const struct message *m = find_refused(cut[_i]);
	struct http_client client, other;

	http_client_open(&other, server.port);
	for (size_t at = 1; at < m->bytes.len; at++) {
		http_client_open(&client, server.port);
		ck_assert(http_client_send(&client, (struct str){ m->bytes.ptr, at }));
		ck_assert_int_eq(http_client_ask(&other, "GET", "/", NULL).status, 200);
		(void)http_client_send(&client, str_from_index(m->bytes, at));
		(void)http_client_send(&client, STR(BEHIND));
		expect_refusal(&client, m);
	}
	http_client_close(&other);
}
END_TEST

/* One server for all cases: they must not influence each other. */
Suite *test_suite(void)
{
	Suite *s = suite_create("http/smuggling");
	TCase *tests = tcase_create("smuggling");

	tcase_set_timeout(tests, 60);
	tcase_add_unchecked_fixture(tests, setup, teardown);
	tcase_add_loop_test(
		tests, test_an_ambiguous_request_is_refused_and_the_last, 0, (int)NITEMS(refused));
	tcase_add_loop_test(
		tests, test_a_valid_request_and_the_next_are_answered, 0, (int)NITEMS(accepted));
	tcase_add_loop_test(
		tests, test_the_outcome_does_not_depend_on_the_cut, 0, (int)NITEMS(cut));
	suite_add_tcase(s, tests);
	return s;
}

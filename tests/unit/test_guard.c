/*
 * Messages that the guard must refuse, although http-parser accepts them, and messages that it must
 * accept. Each row names the section of an RFC (9110, 9112) or "limit" for a limit of this server.
 * Each row is read whole, cut in two at every byte, and byte by byte, with the same outcome.
 */
#include "arena.h"
#include "guard.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

static const struct http_limits limits = {
	.line = 100, .header_bytes = 300, .headers = 5, .body = 1000
};

struct row {
	const char *section;
	struct str bytes;
	int status;   /* 0: accepted, or incomplete */
	bool partial; /* with status 0: the message is incomplete */
};

/* A request with these fields before its Host; a request with this request line. */
#define FIELDS(fields) STR_INIT("GET / HTTP/1.1\r\n" fields "\r\nHost: a\r\n\r\n")
#define LINE(line)     STR_INIT(line "\r\nHost: a\r\n\r\n")
#define HOST(value)    STR_INIT("GET / HTTP/1.1\r\nHost:" value "\r\n\r\n")
#define FIFTY          "12345678901234567890123456789012345678901234567890"

static const struct row heads[] = {
	/* Space in a name. */
	{ "9112 5.1", STR_INIT("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), 400, false },
	{ "9112 5.1", STR_INIT("GET / HTTP/1.1\r\nHost\t: a\r\n\r\n"), 400, false },
	{ "9112 5.1", FIELDS("Content Length: 1"), 400, false },
	{ "9112 5.1", FIELDS("X-A : b"), 400, false },
	{ "9110 5.6.2", FIELDS("X(A: b"), 400, false },
	{ "9110 5.6.2",
		FIELDS("X\x00"
		       "A: b"),
		400, false },
	{ "9110 5.6.2", FIELDS("X\xe9: b"), 400, false },
	{ "9110 5.6.2", FIELDS("X\x7f: b"), 400, false },
	{ "9110 5.1", FIELDS(": b"), 400, false },
	{ "9112 5", FIELDS("Host x"), 400, false },
	{ "9112 5", FIELDS("X"), 400, false },
	{ "9110 5.6.2", FIELDS("!#$%&'*+-.^_`|~09azAZ: b"), 0, false },
	{ "9110 5.5", FIELDS("X:"), 0, false },
	{ "9110 5.5", FIELDS("X: \t "), 0, false },
	{ "9110 5.5", FIELDS("X: \xe9\xff \t~"), 0, false },
	/* Controls in a value. */
	{ "9110 5.5",
		FIELDS("X: a\x00"
		       "b"),
		400, false },
	{ "9110 5.5", FIELDS("X: a\x01"), 400, false },
	{ "9110 5.5", FIELDS("X: a\x0b"), 400, false },
	{ "9110 5.5", FIELDS("X: a\x7f"), 400, false },
	{ "9110 5.5", FIELDS("X: a\rb"), 400, false },
	{ "9110 5.5", FIELDS("X: a\r"), 400, false },
	{ "9110 5.5", FIELDS("X: a\nb"), 400, false },

	/* Folded lines. */
	{ "9112 5.2", FIELDS("X: a\r\n b"), 400, false },
	{ "9112 5.2", FIELDS("X: a\r\n\tb"), 400, false },
	{ "9112 5.2", FIELDS("Transfer-Encoding:\r\n chunked"), 400, false },
	{ "9112 5.2", FIELDS("X: a\r\n \r\nY: b"), 400, false },
	{ "9112 2.2", FIELDS(" X: a"), 400, false },

	/* Lines end in CRLF. */
	{ "9112 2.2", STR_INIT("GET / HTTP/1.1\nHost: a\n\n"), 400, false },
	{ "9112 2.2", STR_INIT("GET / HTTP/1.1\r\nHost: a\n\r\n"), 400, false },
	{ "9112 2.2", STR_INIT("GET / HTTP/1.1\r\nHost: a\r\n\n"), 400, false },
	{ "9112 2.2", STR_INIT("GET / HTTP/1.1\rHost: a\r\r"), 400, false },
	{ "9112 2.2", STR_INIT("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"), 400, false },
	{ "9112 2.2", STR_INIT("GET / HTTP/1.1\r\nHost: a\r\n\rX"), 400, false },
	{ "9112 2.2", STR_INIT("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400, false },

	/* The request line. */
	{ "9112 3", LINE("GET / HTTP/1.1"), 0, false },
	{ "9112 3", LINE("GET / HTTP/1.0"), 0, false },
	{ "9112 3", STR_INIT("GET / HTTP/1.1\r\nHost: a\r\n"), 0, true },
	{ "9112 3", STR_INIT("GET / HTTP/1.1\r\nHost: a\r\n\r"), 0, true },
	{ "9112 3", STR_INIT("G"), 0, true },
	{ "9112 3", LINE("GET  / HTTP/1.1"), 400, false },
	{ "9112 3", LINE("GET /  HTTP/1.1"), 400, false },
	{ "9112 3", LINE("GET / HTTP/1.1 "), 400, false },
	{ "9112 3", LINE(" GET / HTTP/1.1"), 400, false },
	{ "9112 3", LINE("GET\t/ HTTP/1.1"), 400, false },
	{ "9112 3", LINE("GET /\tHTTP/1.1"), 400, false },
	{ "9112 3", LINE("GET\x0b/ HTTP/1.1"), 400, false },
	{ "9112 3", LINE("GET / x HTTP/1.1"), 400, false },
	{ "9112 3", LINE(" / HTTP/1.1"), 400, false },
	{ "9112 3", LINE("hello"), 400, false },
	{ "9112 3", LINE("GET"), 400, false },
	{ "9112 3", LINE("GET "), 400, false },
	{ "9112 3", LINE("GET  HTTP/1.1"), 400, false },

	/* Methods. */
	{ "9110 9.1", LINE("QUERY / HTTP/1.1"), 0, false },
	{ "9110 9.1", LINE("M-SEARCH / HTTP/1.1"), 0, false },
	{ "9110 9.1", LINE("UNSUBSCRIBE / HTTP/1.1"), 0, false },
	{ "9110 9.1", LINE("FOO / HTTP/1.1"), 400, false },
	{ "9110 9.1", LINE("get / HTTP/1.1"), 400, false },
	{ "9110 9.1", LINE("GETS / HTTP/1.1"), 400, false },
	{ "9110 9.1", LINE("GE / HTTP/1.1"), 400, false },
	{ "9110 9.1", LINE("PRI * HTTP/2.0"), 400, false },
	{ "9110 9.3.6", LINE("CONNECT a:443 HTTP/1.1"), 405, false },

	/* Versions. A request line without a version is answered before its fields. */
	{ "1945 4.1", STR_INIT("GET /\r\n"), 505, false },
	{ "1945 4.1", STR_INIT("GET /users\r\nHost: a\r\n\r\n"), 505, false },
	{ "9110 15.6.6", LINE("GET / HTTP/0.9"), 505, false },
	{ "9110 15.6.6", LINE("GET / HTTP/1.2"), 505, false },
	{ "9110 15.6.6", LINE("GET / HTTP/1.9"), 505, false },
	{ "9110 15.6.6", LINE("GET / HTTP/2.0"), 505, false },
	{ "9110 15.6.6", LINE("GET / HTTP/3.7"), 505, false },
	{ "9112 2.3", LINE("GET / http/1.1"), 400, false },
	{ "9112 2.3", LINE("GET / HTTP/1"), 400, false },
	{ "9112 2.3", LINE("GET / HTTP/1."), 400, false },
	{ "9112 2.3", LINE("GET / HTTP/1.10"), 400, false },
	{ "9112 2.3", LINE("GET / HTTP/01.1"), 400, false },
	{ "9112 2.3", LINE("GET / HTTP/1,1"), 400, false },
	{ "9112 2.3", LINE("GET / HTTP/x.1"), 400, false },
	{ "9112 2.3", LINE("GET / HTTPS/1.1"), 400, false },
	{ "9112 2.3", LINE("GET / ICE/1.1"), 400, false },

	/* Targets. */
	{ "9112 3.2", LINE("GET /us\ters HTTP/1.1"), 400, false },
	{ "9112 3.2", LINE("GET /us\xe9rs HTTP/1.1"), 400, false },
	{ "9112 3.2", LINE("GET /us\x80rs HTTP/1.1"), 400, false },
	{ "9112 3.2", LINE("GET /us\x01rs HTTP/1.1"), 400, false },
	{ "9112 3.2", LINE("GET /us\x0crs HTTP/1.1"), 400, false },
	{ "9112 3.2", LINE("GET /us\x7frs HTTP/1.1"), 400, false },
	{ "9112 3.2", LINE("GET /us\x00rs HTTP/1.1"), 400, false },
	{ "9112 3.2.1", LINE("GET ?x=1 HTTP/1.1"), 400, false },
	{ "9112 3.2.1", LINE("GET #x HTTP/1.1"), 400, false },
	{ "9112 3.2.1", LINE("GET users HTTP/1.1"), 400, false },
	{ "9112 3.2.1", LINE("GET /?a=\"<>{}|\\^`#?# HTTP/1.1"), 0, false },
	{ "9112 3.2.1", LINE("GET //a%zz? HTTP/1.1"), 0, false },
	{ "9112 3.2.2", LINE("GET http://a/users HTTP/1.1"), 0, false },
	{ "9112 3.2.2", LINE("GET http://a:81/?a=b HTTP/1.1"), 0, false },
	{ "9112 3.2.2", LINE("GET http://a HTTP/1.1"), 0, false },
	{ "9112 3.2.2", LINE("GET https://a:8443 HTTP/1.1"), 0, false },
	{ "9112 3.2.2", LINE("GET http://a?q=1 HTTP/1.1"), 0, false },
	{ "9112 3.2.2", LINE("GET http://a#x HTTP/1.1"), 400, false },
	{ "9112 3.2.2", LINE("GET http:// HTTP/1.1"), 400, false },
	{ "9112 3.2.2", LINE("GET http://?q=1 HTTP/1.1"), 400, false },
	{ "9112 3.2.2", LINE("GET http://a:b HTTP/1.1"), 400, false },
	{ "9112 3.2.2", LINE("GET http://[::1 HTTP/1.1"), 400, false },
	{ "9112 3.2.2", LINE("GET http:///users HTTP/1.1"), 400, false },
	{ "9110 4.2.4", LINE("GET http://u@a/ HTTP/1.1"), 400, false },
	{ "9110 4.2.4", LINE("GET http://u@a HTTP/1.1"), 400, false },
	/* Host is ignored, but must be present. */
	{ "9112 3.2", STR_INIT("GET http://a HTTP/1.1\r\n\r\n"), 400, false },
	{ "9112 3.2", STR_INIT("GET http://a HTTP/1.1\r\nHost: a b\r\n\r\n"), 400, false },
	{ "9112 3.2.3", LINE("GET a:443 HTTP/1.1"), 400, false },
	{ "9112 3.2.4", LINE("OPTIONS * HTTP/1.1"), 0, false },
	{ "9112 3.2.4", LINE("OPTIONS http://a HTTP/1.1"), 0, false },
	{ "9112 3.2.4", LINE("OPTIONS ** HTTP/1.1"), 400, false },
	{ "9112 3.2.4", LINE("OPTIONS *? HTTP/1.1"), 400, false },
	{ "9112 3.2.4", LINE("GET * HTTP/1.1"), 400, false },
	{ "9112 3.2.4", LINE("HEAD * HTTP/1.0"), 400, false },
	{ "9112 3.2.4", LINE("POST * HTTP/1.1"), 400, false },
	{ "9112 3.2.4", LINE("M-SEARCH * HTTP/1.1"), 400, false },
	{ "9112 3.2.4", LINE("PURGE * HTTP/1.1"), 400, false },

	/* Host. */
	{ "9112 3.2", STR_INIT("GET / HTTP/1.1\r\n\r\n"), 400, false },
	{ "9112 3.2", STR_INIT("GET / HTTP/1.0\r\n\r\n"), 0, false },
	{ "9112 3.2", FIELDS("Host: a"), 400, false },
	{ "9112 3.2", FIELDS("host: b"), 400, false },
	{ "9112 3.2", STR_INIT("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"), 400, false },
	{ "9112 3.2", STR_INIT("GET / HTTP/1.0\r\nHost: /\r\n\r\n"), 400, false },
	{ "9112 3.2", HOST(""), 0, false },
	{ "9112 3.2", HOST("  a:80\t"), 0, false },
	{ "9112 3.2", HOST("a b"), 400, false },
	{ "9112 3.2", HOST("a/x"), 400, false },
	{ "9112 3.2", HOST("a, b"), 400, false },
	{ "9112 3.2", HOST("u@a"), 400, false },
	{ "9112 3.2", HOST("a:8x"), 400, false },
	{ "9112 3.2", HOST("a\xc3\xa9"), 400, false },

	/* Content-Length. */
	{ "9110 8.6", FIELDS("Content-Length: 0"), 0, false },
	{ "9110 8.6", FIELDS("content-length:\t1000 "), 0, false },
	{ "9110 8.6", FIELDS("Content-Length: 0001000"), 0, false },
	{ "9110 8.6", FIELDS("Content-Length:"), 400, false },
	{ "9110 8.6", FIELDS("Content-Length: +1"), 400, false },
	{ "9110 8.6", FIELDS("Content-Length: -1"), 400, false },
	{ "9110 8.6", FIELDS("Content-Length: 1, 1"), 400, false },
	{ "9110 8.6", FIELDS("Content-Length: 1 1"), 400, false },
	{ "9110 8.6", FIELDS("Content-Length: 0x1"), 400, false },
	{ "9110 8.6", FIELDS("Content-Length: 1.0"), 400, false },
	{ "9110 8.6", FIELDS("Content-Length: 1\x0b"), 400, false },
	{ "9110 8.6", FIELDS("Content-Length: 1\r\nContent-Length: 1"), 400, false },
	{ "9110 8.6", FIELDS("Content-Length: 1\r\nContent-Length: 2"), 400, false },
	{ "9110 8.6", FIELDS("Content-Length: 1001"), 413, false },
	{ "9110 8.6", FIELDS("Content-Length: 18446744073709551615"), 413, false },
	{ "9110 8.6", FIELDS("Content-Length: 18446744073709551616"), 413, false },
	{ "9110 8.6", FIELDS("Content-Length: 18446744073709551617"), 413, false },
	{ "9110 8.6", FIELDS("Content-Length: 99999999999999999999999"), 413, false },
	{ "9110 5.1", FIELDS("Content_Length: +1"), 0, false },
	{ "9110 5.1", FIELDS("Content_Length: 1\r\nContent-Length: 2"), 0, false },

	/* Transfer-Encoding. */
	{ "9112 6.1", FIELDS("Transfer-Encoding: chunked"), 0, false },
	{ "9112 6.1", FIELDS("TRANSFER-encoding:\tChunKED\t"), 0, false },
	{ "9110 5.1", FIELDS("Transfer_Encoding: gzip"), 0, false },
	{ "9112 6.1", FIELDS("Transfer-Encoding: gzip"), 501, false },
	{ "9112 6.1", FIELDS("Transfer-Encoding: gzip, chunked"), 501, false },
	{ "9112 6.1", FIELDS("Transfer-Encoding: chunked, gzip"), 501, false },
	{ "9112 6.1", FIELDS("Transfer-Encoding: identity"), 501, false },
	{ "9112 6.1", FIELDS("Transfer-Encoding: xchunked"), 501, false },
	{ "9112 6.1", FIELDS("Transfer-Encoding: chunkedx"), 501, false },
	{ "9112 6.1",
		FIELDS("Transfer-Encoding: \x0b"
		       "chunked"),
		400, false },
	{ "9112 6.1", FIELDS("Transfer-Encoding: \"chunked\""), 400, false },
	{ "9112 6.1", FIELDS("Transfer-Encoding: \xe9"), 400, false },
	{ "9112 6.1", FIELDS("Transfer-Encoding:"), 400, false },
	{ "9112 6.1", FIELDS("Transfer-Encoding: ,chunked"), 400, false },
	{ "9112 6.1", FIELDS("Transfer-Encoding: chunked,"), 400, false },
	{ "9112 7.1", FIELDS("Transfer-Encoding: chunked;a=b"), 400, false },
	{ "9112 6.1", FIELDS("Transfer-Encoding: chunked, chunked"), 400, false },
	{ "9112 6.1", FIELDS("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400,
		false },
	{ "9112 6.1", FIELDS("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip"), 400, false },
	{ "9112 6.1", STR_INIT("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400,
		false },
	{ "9112 6.3", FIELDS("Transfer-Encoding: chunked\r\nContent-Length: 1"), 400, false },
	{ "9112 6.3", FIELDS("Content-Length: 1\r\nTransfer-Encoding: chunked"), 400, false },
	{ "9112 6.3", FIELDS("Content-Length: 0\r\nTransfer-Encoding: chunked"), 400, false },

	/* Limits, also of incomplete lines. */
	{ "9112 3", STR_INIT("GET /" FIFTY "1234567890123456789012345678901234 HTTP/1.1\r\n"), 0,
		true },
	{ "9112 3", STR_INIT("GET /" FIFTY "12345678901234567890123456789012345 HTTP/1.1\r\n"), 414,
		false },
	{ "9112 3", STR_INIT("GET /" FIFTY FIFTY), 414, false },
	{ "9112 3",
		STR_INIT("GET /" FIFTY "1234567890123456789012345678901234567890123"
			 " "),
		0, true },
	/* One field may use the whole limit: 300 bytes with Host and the empty line. */
	{ "6585 5",
		FIELDS("X: " FIFTY FIFTY FIFTY FIFTY FIFTY "1234567890123456789012345678901234"), 0,
		false },
	{ "6585 5",
		FIELDS("X: " FIFTY FIFTY FIFTY FIFTY FIFTY "12345678901234567890123456789012345"),
		431, false },
	{ "6585 5", STR_INIT("GET / HTTP/1.1\r\n" FIFTY FIFTY FIFTY FIFTY FIFTY), 0, true },
	{ "6585 5",
		STR_INIT("GET / HTTP/1.1\r\n" FIFTY FIFTY FIFTY FIFTY FIFTY
			 "1234567890123456789012345678901234567890123456789"),
		0, true },
	{ "6585 5", STR_INIT("GET / HTTP/1.1\r\n" FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY), 431,
		false },
	{ "6585 5", FIELDS("A: b\r\nA: b\r\nA: b\r\nA: b"), 0, false },
	{ "6585 5", FIELDS("A: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b"), 431, false },
	{ "6585 5", FIELDS("X: " FIFTY FIFTY "\r\nA: b"), 0, false },
	/* Three lines of 95 bytes; the remaining 15 of 300 include 2 of the empty line. */
	{ "6585 5",
		STR_INIT(
			"GET / HTTP/1.1\r\nX:" FIFTY "12345678901234567890123456789012345678901\r\n"
			"X:" FIFTY "12345678901234567890123456789012345678901\r\n"
			"X:" FIFTY "12345678901234567890123456789012345678901\r\n"
			"Host:123456\r\n\r\n"),
		0, false },
	{ "6585 5",
		STR_INIT(
			"GET / HTTP/1.1\r\nX:" FIFTY "12345678901234567890123456789012345678901\r\n"
			"X:" FIFTY "12345678901234567890123456789012345678901\r\n"
			"X:" FIFTY "12345678901234567890123456789012345678901\r\n"
			"Host:1234567\r\n\r\n"),
		431, false },
	{ "6585 5",
		STR_INIT(
			"GET / HTTP/1.1\r\nX:" FIFTY "12345678901234567890123456789012345678901\r\n"
			"X:" FIFTY "12345678901234567890123456789012345678901\r\n"
			"X:" FIFTY "12345678901234567890123456789012345678901\r\n"
			"Host:12345678\r\n\r\n"),
		431, false },
};

/* Prefixes that cannot become a valid request. Each is refused at its last byte; without it the
 * guard waits for more. */
static const struct row hopeless[] = {
	/* No method: TLS (RFC 8446 5.1), NULs, SOCKS, SSH, the PROXY protocol, a response. */
	{ "9112 3", STR_INIT("\x16"), 400, false },
	{ "9112 3", STR_INIT("\x80"), 400, false },
	{ "9112 3", STR_INIT("\x00"), 400, false },
	{ "9112 3", STR_INIT("\x05"), 400, false },
	{ "9112 3", STR_INIT(" "), 400, false },
	{ "9112 3", STR_INIT("\t"), 400, false },
	{ "9112 2.2", STR_INIT("\n"), 400, false },
	{ "9112 2.2", STR_INIT("\r"), 400, false },
	{ "9112 3", STR_INIT("SS"), 400, false },
	{ "9112 3", STR_INIT("PROX"), 400, false },
	{ "9112 3", STR_INIT("HT"), 400, false },
	{ "9110 9.1", STR_INIT("g"), 400, false },
	{ "9110 9.1", STR_INIT("GETS"), 400, false },
	{ "9110 9.1", STR_INIT("GE "), 400, false },
	{ "9110 9.1", STR_INIT("UNSUBSCRIBED"), 400, false },
	{ "9110 9.1", STR_INIT("PRI"), 400, false },
	{ "9110 9.1", STR_INIT("GET\t"), 400, false },
	{ "9110 9.1", STR_INIT("GET\r"), 400, false },
	{ "9110 9.3.6", STR_INIT("CONNECT "), 405, false },
	{ "9110 9.3.6", STR_INIT("CONNECTS"), 400, false },
	/* Targets. */
	{ "9112 3", STR_INIT("GET  "), 400, false },
	{ "9112 3.2.1", STR_INIT("GET ?"), 400, false },
	{ "9112 3.2.1", STR_INIT("GET 1"), 400, false },
	{ "9112 3.2.1", STR_INIT("GET users "), 400, false },
	{ "9112 3.2.1", STR_INIT("GET /\t"), 400, false },
	{ "9112 3.2.1", STR_INIT("GET /\x7f"), 400, false },
	{ "9112 3.2.1", STR_INIT("GET /a\xc3"), 400, false },
	{ "9112 3.2.1", STR_INIT("GET /?a#b\x00"), 400, false },
	{ "9112 3.2.2", STR_INIT("GET http:a"), 400, false },
	{ "9112 3.2.2", STR_INIT("GET http:/a"), 400, false },
	{ "9112 3.2.2", STR_INIT("GET http:///"), 400, false },
	{ "9112 3.2.2", STR_INIT("GET http://?"), 400, false },
	{ "9112 3.2.2", STR_INIT("GET http:// "), 400, false },
	{ "9110 4.2.4", STR_INIT("GET http://u@"), 400, false },
	{ "9112 3.2.2", STR_INIT("GET http://a#"), 400, false },
	{ "9112 3.2.2", STR_INIT("GET http://a:b/"), 400, false },
	{ "9112 3.2.2", STR_INIT("GET http://[::1 "), 400, false },
	{ "9112 3.2.2", STR_INIT("GET http://a:b\r"), 400, false },
	{ "9112 3.2.3", STR_INIT("GET a:4"), 400, false },
	{ "9112 3.2.4", STR_INIT("GET *"), 400, false },
	{ "9112 3.2.4", STR_INIT("OPTIONS **"), 400, false },
	/* Versions. */
	{ "9112 2.3", STR_INIT("GET / HTTX"), 400, false },
	{ "9112 2.3", STR_INIT("GET / h"), 400, false },
	{ "9112 2.3", STR_INIT("GET /  "), 400, false },
	{ "9112 2.3", STR_INIT("GET / x"), 400, false },
	{ "9112 2.3", STR_INIT("GET / HTTP/x"), 400, false },
	{ "9112 2.3", STR_INIT("GET / HTTP/1,"), 400, false },
	{ "9112 2.3", STR_INIT("GET / HTTP/1.x"), 400, false },
	{ "9112 2.3", STR_INIT("GET / HTTP/1.1 "), 400, false },
	{ "9112 2.3", STR_INIT("GET / HTTP/1.10"), 400, false },
	{ "9112 2.3", STR_INIT("OPTIONS * HTTP/1.1\n"), 400, false },
	{ "9112 2.3", STR_INIT("GET http://a HTTP/1.1\r\r"), 400, false },
	{ "9110 15.6.6", STR_INIT("GET / HTTP/1.2"), 505, false },
	{ "9110 15.6.6", STR_INIT("GET http://a:1?b HTTP/2.0"), 505, false },
	{ "9110 15.6.6", STR_INIT("GET / HTTP/0.9"), 505, false },
	{ "1945 4.1", STR_INIT("GET /\r\n"), 505, false },
	{ "1945 4.1", STR_INIT("GET http://a\r\n"), 505, false },
	{ "9112 2.2", STR_INIT("GET /\rx"), 400, false },
	{ "9112 2.2", STR_INIT("GET /\n"), 400, false },
	/* Fields. */
	{ "9112 5.2", STR_INIT("GET / HTTP/1.1\r\n "), 400, false },
	{ "9112 5", STR_INIT("GET / HTTP/1.1\r\n:"), 400, false },
	{ "9112 5.1", STR_INIT("GET / HTTP/1.1\r\nHost "), 400, false },
	{ "9112 5", STR_INIT("GET / HTTP/1.1\r\nHost\r"), 400, false },
	{ "9110 5.6.2", STR_INIT("GET / HTTP/1.1\r\nX\x00"), 400, false },
	{ "9110 5.6.2", STR_INIT("GET / HTTP/1.1\r\nA: b\r\nX("), 400, false },
	{ "9110 5.5", STR_INIT("GET / HTTP/1.1\r\nX: a\x00"), 400, false },
	{ "9110 5.5", STR_INIT("GET / HTTP/1.1\r\nX: a\x7f"), 400, false },
	{ "9112 2.2", STR_INIT("GET / HTTP/1.1\r\nX: a\n"), 400, false },
	{ "9112 2.2", STR_INIT("GET / HTTP/1.1\r\nX: a\rb"), 400, false },
	{ "9112 2.2", STR_INIT("GET / HTTP/1.1\r\nX: a\r\n\rb"), 400, false },
	{ "9112 2.2", STR_INIT("GET / HTTP/1.1\r\n\n"), 400, false },
	/* Lengths, at the end of the line with the second length. */
	{ "9112 6.3",
		STR_INIT("GET / HTTP/1.1\r\nContent-Length: 1\r\n"
			 "Transfer-Encoding: chunked\r\n"),
		400, false },
	{ "9112 6.3",
		STR_INIT("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
			 "Content-Length: 1001\r\n"),
		400, false },
	/* Limits: one field too many, one byte too many, no room for the empty line. */
	{ "6585 5", STR_INIT("GET / HTTP/1.1\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA"), 431, false },
	{ "6585 5", STR_INIT("GET / HTTP/1.1\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\n\x00"), 431, false },
	{ "6585 5", STR_INIT("GET / HTTP/1.1\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\n\rA"), 400, false },
	{ "6585 5", STR_INIT("GET / HTTP/1.1\r\nA:\r\nA:\r\nA:\r\nA:\r\nA("), 400, false },
	{ "6585 5",
		STR_INIT("GET / HTTP/1.1\r\nA:" FIFTY FIFTY FIFTY FIFTY FIFTY
			 "123456789012345678901234567890123456789012345\r\n"),
		431, false },
	{ "9112 3", STR_INIT("GET /" FIFTY "123456789012345678901234567890123456789012345"), 414,
		false },
};

/* The limit of 300 bytes is for extensions and trailers together, and the 0 of the last chunk. */
static const struct row chunks[] = {
	{ "9112 7.1", STR_INIT("0\r\n\r\n"), 0, false },
	{ "9112 7.1", STR_INIT("3\r\nabc\r\n0\r\n\r\n"), 0, false },
	{ "9112 7.1", STR_INIT("A\r\n0123456789\r\na\r\n0123456789\r\n000\r\n\r\n"), 0, false },
	{ "9112 7.1", STR_INIT("003\r\n\r\n\r\r\n0\r\n\r\n"), 0, false },
	/* A last chunk that is cut off, or lacks the empty line, does not end the body. */
	{ "9112 8", STR_INIT("3\r\nabc\r\n0\r\n"), 0, true },
	{ "9112 8", STR_INIT("3\r\nabc\r\n0\r\n\r"), 0, true },
	{ "9112 8", STR_INIT("3\r\nabc\r\n0"), 0, true },
	{ "9112 8", STR_INIT("3\r\nab"), 0, true },
	/* Chunk data end with CRLF after the size that was announced. */
	{ "9112 7.1", STR_INIT("3\r\nabcXX0\r\n\r\n"), 400, false },
	{ "9112 7.1", STR_INIT("3\r\nabc\rX0\r\n\r\n"), 400, false },
	{ "9112 7.1", STR_INIT("3\r\nabc\n0\r\n\r\n"), 400, false },
	{ "9112 7.1", STR_INIT("2\r\n{}0\r\n\r\n"), 400, false },
	{ "9112 7.1", STR_INIT("2\r\nabc\r\n0\r\n\r\n"), 400, false },
	{ "9112 7.1", STR_INIT("4\r\nabc\r\n0\r\n\r\n"), 400, false },
	{ "9112 7.1", STR_INIT("3\r\nabc\r\n\r\n0\r\n\r\n"), 400, false },
	/* Sizes are hexadecimal digits. */
	{ "9112 7.1", STR_INIT("zz\r\nabc\r\n0\r\n\r\n"), 400, false },
	{ "9112 7.1", STR_INIT("\r\n\r\n"), 400, false },
	{ "9112 7.1", STR_INIT(";a\r\n\r\n"), 400, false },
	{ "9112 7.1", STR_INIT("-1\r\n"), 400, false },
	{ "9112 7.1", STR_INIT("+1\r\na\r\n0\r\n\r\n"), 400, false },
	{ "9112 7.1", STR_INIT("0x1\r\na\r\n0\r\n\r\n"), 400, false },
	{ "9112 7.1", STR_INIT("1_0\r\n"), 400, false },
	{ "9112 7.1", STR_INIT(" 1\r\na\r\n0\r\n\r\n"), 400, false },
	{ "9112 7.1", STR_INIT("1 \r\na\r\n0\r\n\r\n"), 400, false },
	{ "9112 7.1", STR_INIT("1\t\r\na\r\n0\r\n\r\n"), 400, false },
	{ "9112 7.1", STR_INIT("1 1\r\na\r\n0\r\n\r\n"), 400, false },
	/* Lines end in CRLF. */
	{ "9112 7.1", STR_INIT("1\na\r\n0\r\n\r\n"), 400, false },
	{ "9112 7.1", STR_INIT("1\ra\r\n0\r\n\r\n"), 400, false },
	{ "9112 7.1", STR_INIT("1\r\r\na\r\n0\r\n\r\n"), 400, false },
	{ "9112 7.1", STR_INIT("0\n\n"), 400, false },
	{ "9112 7.1", STR_INIT("0\r\n\n"), 400, false },
	{ "9112 7.1", STR_INIT("0\r\n\rX"), 400, false },
	/* Extensions. */
	{ "9112 7.1.1", STR_INIT("1;a\r\nx\r\n0;b=c\r\n\r\n"), 0, false },
	{ "9112 7.1.1", STR_INIT("1;a=\"b;\xe9 \t\"\r\nx\r\n0\r\n\r\n"), 0, false },
	{ "9112 7.1.1", STR_INIT("1  ; a = b\r\nx\r\n0\r\n\r\n"), 0, false },
	{ "9112 7.1.1", STR_INIT("1;a\nb\r\nx\r\n0\r\n\r\n"), 400, false },
	{ "9112 7.1.1", STR_INIT("1;a\rb\r\nx\r\n0\r\n\r\n"), 400, false },
	{ "9112 7.1.1", STR_INIT("1;\x00\r\nx\r\n0\r\n\r\n"), 400, false },
	{ "9112 7.1.1", STR_INIT("1;\x0b\r\nx\r\n0\r\n\r\n"), 400, false },
	{ "9112 7.1.1",
		STR_INIT("1;" FIFTY FIFTY FIFTY FIFTY FIFTY "12345678901234567890"
			 "12345678901234567890123456\r\nx\r\n0\r\n\r\n"),
		0, false },
	{ "9112 7.1.1",
		STR_INIT("1;" FIFTY FIFTY FIFTY FIFTY FIFTY "12345678901234567890"
			 "123456789012345678901234567\r\nx\r\n0\r\n\r\n"),
		431, false },
	{ "9112 7.1.1", STR_INIT("1;" FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY "\r\nx\r\n"), 413,
		false },
	{ "9112 7.1.1",
		STR_INIT("1;" FIFTY FIFTY FIFTY "\r\nx\r\n1;" FIFTY FIFTY FIFTY "\r\nx\r\n"), 413,
		false },
	{ "9112 7.1", STR_INIT("00000000000000000000000000000001\r\nx\r\n0\r\n\r\n"), 0, false },
	/* The limit of the content is checked while a size is read. */
	{ "9112 7.1", STR_INIT("3e8\r\n"), 0, true },
	{ "9112 7.1", STR_INIT("3E9"), 413, false },
	{ "9112 7.1", STR_INIT("1\r\na\r\n3e8"), 413, false },
	{ "9112 7.1", STR_INIT("10000000000000000"), 413, false },
	{ "9112 7.1", STR_INIT("ffffffffffffffff\r\n"), 413, false },
	{ "9112 7.1", STR_INIT("fffffffffffffffff\r\n"), 413, false },
	{ "9112 7.1", STR_INIT("10000000000000001\r\na\r\n"), 413, false },
	/* Trailers. */
	{ "9112 7.1.2", STR_INIT("0\r\nX-T: 1\r\n\r\n"), 0, false },
	{ "9112 7.1.2", STR_INIT("0\r\nX-T:\r\nContent-Length: abc\r\nHost:a\r\n\r\n"), 0, false },
	{ "9112 7.1.2", STR_INIT("0\r\nTransfer-Encoding: x\r\n\r\n"), 0, false },
	{ "9112 7.1.2", STR_INIT("0\r\nX-T: 1\r\n"), 0, true },
	{ "9112 5.1", STR_INIT("0\r\nX-T : 1\r\n\r\n"), 400, false },
	{ "9112 5", STR_INIT("0\r\nX-T\r\n\r\n"), 400, false },
	{ "9112 5", STR_INIT("0\r\n: 1\r\n\r\n"), 400, false },
	{ "9112 5.2", STR_INIT("0\r\nX-T: 1\r\n 2\r\n\r\n"), 400, false },
	{ "9112 2.2", STR_INIT("0\r\nX-T: 1\n\r\n"), 400, false },
	{ "9112 2.2", STR_INIT("0\r\nX-T: 1\r2\r\n\r\n"), 400, false },
	{ "9110 5.5", STR_INIT("0\r\nX-T: \x00\r\n\r\n"), 400, false },
	{ "9112 7.1.2", STR_INIT("0\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400, false },
	{ "6585 5", STR_INIT("0\r\nX: " FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY "\r\n\r\n"), 431,
		false },
};

struct outcome {
	int status;
	bool complete;
	size_t size; /* bytes of the message */
};

/* Checks bytes that arrive in pieces: first cut bytes, then step bytes at a time. */
static struct outcome check_head(struct str bytes, size_t cut, size_t step)
{
	struct guard_head head = { 0 };
	size_t have = cut < bytes.len ? cut : bytes.len;

	for (;;) {
		/* A copy of the exact size, so that AddressSanitizer detects reads past it. */
		char *came = malloc(have > 0 ? have : 1);
		if (!came)
			abort();
		memcpy(came, bytes.ptr, have);
		int status = guard_head_check(&head, &limits, (struct str){ came, have });
		free(came);
		if (status != 0 || head.complete || have == bytes.len)
			return (struct outcome){ status, head.complete, status ? 0 : head.size };
		have = bytes.len - have < step ? bytes.len : have + step;
	}
}

static struct outcome check_chunks(struct str bytes, size_t cut, size_t step)
{
	struct guard_chunks state = { 0 };
	size_t have = cut < bytes.len ? cut : bytes.len, done = 0;

	for (;;) {
		while (done < have && state.part != GUARD_PART_END) {
			size_t used;
			struct str piece = { bytes.ptr + done, have - done };
			int status = guard_chunks_check(&state, &limits, piece, &used);
			if (status != 0)
				return (struct outcome){ status, false, 0 };
			if (used == 0)
				ck_abort_msg("no progress");
			done += used;
		}
		if (state.part == GUARD_PART_END || have == bytes.len)
			return (struct outcome){ 0, state.part == GUARD_PART_END, done };
		have = bytes.len - have < step ? bytes.len : have + step;
	}
}

static bool same(const struct outcome *a, const struct outcome *b)
{
	return a->status == b->status && a->complete == b->complete && a->size == b->size;
}

typedef struct outcome check_function(struct str bytes, size_t cut, size_t step);

static void check_row(const struct row *row, check_function *check)
{
	struct outcome whole = check(row->bytes, row->bytes.len, 1);
	const char *text = row->bytes.ptr;

	ck_assert_msg(whole.status == row->status, "%s \"%s\": %d, not %d", row->section, text,
		whole.status, row->status);
	if (row->status == 0) {
		ck_assert_msg(whole.complete == !row->partial, "%s \"%s\": complete %d",
			row->section, text, whole.complete);
		ck_assert_msg(whole.size == row->bytes.len || row->partial, "%s \"%s\": %zu bytes",
			row->section, text, whole.size);
	}
	for (size_t cut = 0; cut < row->bytes.len; cut++) {
		struct outcome two = check(row->bytes, cut, row->bytes.len);
		struct outcome many = check(row->bytes, cut, 1);
		if (!same(&two, &whole))
			ck_abort_msg("%s \"%s\" cut at %zu: %d, not %d", row->section, text, cut,
				two.status, whole.status);
		if (!same(&many, &whole))
			ck_abort_msg("%s \"%s\", bytes from %zu on: %d, not %d", row->section, text,
				cut, many.status, whole.status);
	}
}

START_TEST(heads_are_checked)
{
	check_row(&heads[_i], check_head);
}
END_TEST

START_TEST(impossible_prefixes_are_refused_at_once)
{
	const struct row *row = &hopeless[_i];
	struct str before = { row->bytes.ptr, row->bytes.len - 1 };
	struct outcome outcome = check_head(before, before.len, 1);

	check_row(row, check_head);
	ck_assert_msg(outcome.status == 0 && !outcome.complete, "%s \"%s\": %d a byte before",
		row->section, row->bytes.ptr, outcome.status);
	/* Bytes that follow in the same piece make no difference. */
	struct arena arena = { 0 };
	char *more = arena_alloc(&arena, row->bytes.len + limits.header_bytes);
	memcpy(more, row->bytes.ptr, row->bytes.len);
	for (int c = 0; c < 256; c++) {
		memset(more + row->bytes.len, c, limits.header_bytes);
		outcome = check_head(
			(struct str){ more, row->bytes.len + limits.header_bytes }, SIZE_MAX, 1);
		ck_assert_msg(outcome.status == row->status, "%s \"%s\" with %d behind it: %d",
			row->section, row->bytes.ptr, c, outcome.status);
	}
	arena_done(&arena);
}
END_TEST

START_TEST(chunks_are_checked)
{
	check_row(&chunks[_i], check_chunks);
}
END_TEST

START_TEST(a_head_is_interpreted)
{
	struct guard_head head = { 0 };
	struct str bytes = STR("PATCH /x HTTP/1.0\r\nContent-Length: 0123\r\n\r\nGET / HT");

	ck_assert_int_eq(guard_head_check(&head, &limits, bytes), 0);
	ck_assert(head.complete);
	ck_assert_int_eq(head.method, METHOD_PATCH);
	ck_assert_int_eq(head.minor, 0);
	ck_assert(!head.chunked && head.has_length);
	ck_assert_uint_eq(head.length, 123);
	ck_assert_uint_eq(head.size, bytes.len - strlen("GET / HT"));
}
END_TEST

START_TEST(the_end_of_chunks_is_found)
{
	struct guard_chunks state = { 0 };
	struct str bytes = STR("2;x\r\nab\r\n11\r\n0123456789abcdefg\r\n0\r\nX: y\r\n\r\nGET /");
	const size_t trailer = strlen("X: y\r\n\r\n"), next = strlen("GET /");
	size_t used;

	ck_assert_int_eq(guard_chunks_check(&state, &limits, bytes, &used), 0);
	ck_assert_int_eq(state.part, GUARD_PART_TRAILER);
	ck_assert_uint_eq(used, bytes.len - trailer - next);
	ck_assert_uint_eq(state.total, 2 + 0x11);
	bytes = str_from_index(bytes, used);
	ck_assert_int_eq(guard_chunks_check(&state, &limits, bytes, &used), 0);
	ck_assert_int_eq(state.part, GUARD_PART_END);
	ck_assert_uint_eq(used, trailer);
}
END_TEST

/* The guard resumes where it stopped when a head arrives byte by byte. */
START_TEST(each_byte_is_searched_once)
{
	struct str bytes = LINE("GET /" FIFTY " HTTP/1.1");
	struct guard_head head = { 0 };

	for (size_t have = 2; have < strlen("GET /" FIFTY); have++) {
		ck_assert_int_eq(
			guard_head_check(&head, &limits, (struct str){ bytes.ptr, have }), 0);
		/* The last byte is searched again: it may be a CR before LF. */
		ck_assert_uint_eq(head.searched, have - 1);
		ck_assert_uint_eq(head.judged, have);
	}
}
END_TEST

START_TEST(every_method_is_accepted)
{
	char text[100];
	int n = snprintf(
		text, sizeof(text), "%s / HTTP/1.1\r\nHost:\r\n\r\n", method_names[_i].ptr);
	struct guard_head head = { 0 };

	ck_assert_int_eq(guard_head_check(&head, &limits, (struct str){ text, (size_t)n }), 0);
	ck_assert(head.complete);
	ck_assert_int_eq(head.method, _i);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("guard");
	TCase *tests = tcase_create("guard");

	tcase_add_loop_test(tests, heads_are_checked, 0, (int)NITEMS(heads));
	tcase_add_loop_test(
		tests, impossible_prefixes_are_refused_at_once, 0, (int)NITEMS(hopeless));
	tcase_add_loop_test(tests, chunks_are_checked, 0, (int)NITEMS(chunks));
	tcase_add_test(tests, a_head_is_interpreted);
	tcase_add_test(tests, the_end_of_chunks_is_found);
	tcase_add_test(tests, each_byte_is_searched_once);
	tcase_add_loop_test(tests, every_method_is_accepted, 0, METHOD__COUNT);
	suite_add_tcase(suite, tests);
	return suite;
}

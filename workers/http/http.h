/*
 * Reads one HTTP/1.1 request after another out of a connection's bytes. No I/O and no timers: the
 * caller brings bytes and asks what they mean. http-parser reads the messages; the guard (guard.h)
 * has refused what is not well-formed before the parser sees it, and the parser never sees a byte
 * that is not of the current message.
 *
 *	room = http_reader_space(&reader, n, &size);      read(2) into it
 *	http_reader_added(&reader, got);
 *	HTTP_HEAD_READY = http_reader_step(&reader, &request);  route it
 *	http_reader_want_body(&reader, true);
 *	HTTP_DONE = http_reader_step(&reader, &request);  answer it
 *	http_reader_next(&reader);                        step again: more may have come already
 */
#ifndef POSTERN_HTTP_H
#define POSTERN_HTTP_H

#include "arena.h"
#include "buf.h"
#include "buffer_pool.h"
#include "guard.h"
#include "method.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>

/* Fields that few need to know, as bits; http_field finds their values. */
enum http_field {
	HTTP_IF_MATCH = 1 << 0,
	HTTP_IF_NONE_MATCH = 1 << 1,
	HTTP_ACCEPT_ENCODING = 1 << 2,
	HTTP_ORIGIN = 1 << 3,
	HTTP_CORS_METHOD = 1 << 4,
	HTTP_CORS_HEADERS = 1 << 5,
	HTTP_USER_AGENT = 1 << 6,
	HTTP_REFERER = 1 << 7,
	HTTP_X_REQUEST_ID = 1 << 8,
	HTTP_X_FORWARDED_FOR = 1 << 9,
	HTTP_X_FORWARDED_PROTO = 1 << 10,
	HTTP_COOKIE = 1 << 11,
	HTTP_AUTHORIZATION = 1 << 12,
	HTTP_CORS_PRIVATE_NETWORK = 1 << 13,
};

struct http_fields {
	struct str head; /* all of it, from the request line on */
	unsigned seen;   /* which of the above are in it */
};

/* The slices point into the reader: valid until the next call that may move its bytes, which are
 * http_reader_space, _step, _next, _trim and _done. The step that says HTTP_DONE gives them anew.
 */
struct http_request {
	enum method method;
	int minor;         /* of HTTP/1.minor: 0 or 1 */
	struct str target; /* as sent; ASCII, no controls */
	struct str host;   /* Host's value, trimmed, valid; "" if absent, which only 1.0 may */
	struct str content_type; /* the first Content-Type's value, trimmed; "" if absent */
	struct http_fields fields;
	bool keep_alive;      /* RFC 9112 9.3; HTTP/1.0 is always answered and closed */
	bool has_body;        /* a body of at least one byte, or chunks, was announced */
	bool expect_continue; /* Expect: 100-continue, RFC 9110 10.1.1; never of HTTP/1.0 */
	struct str body;      /* the content, if wanted and HTTP_DONE; else "" */
};

enum http_state {
	HTTP_NEED_MORE,  /* bytes */
	HTTP_HEAD_READY, /* all but the body is there; said once for each request */
	HTTP_DONE,       /* the request is complete; said until http_reader_next */
	HTTP_BAD,        /* reader->status answers it, then close; said for ever */
};

/* A part of the current message, wherever the buffer has moved to. */
struct http_slice {
	size_t at; /* from the message's first byte */
	size_t len;
};

/* What the fields of a head say, and where the parser is behind them. */
struct http_meaning {
	struct http_slice host, content_type; /* counted from the end of the request line */
	uint16_t seen;                        /* enum http_field */
	bool keep_alive, expect_continue;
	bool ended;         /* the parser has seen the end of the message */
	uint64_t parser[4]; /* struct http_parser at rest: copied out and back, never aliased */
};

enum { HTTP_KNOWN = 4, HTTP_KNOWN_LINE_MOST = 256, HTTP_KNOWN_MOST = 1024 };

/* A head that was read before. Most clients send the same fields with each request, and what they
 * say follows from their bytes and the version alone; the request line is the last one that came
 * with them. */
struct http_known {
	struct guard_head head;      /* behind it */
	struct http_meaning meaning; /* of the fields */
	struct http_slice target;
	size_t line; /* bytes of the request line; 0: it is too long */
	size_t len;  /* of the fields; 0: no head */
	/* The fields begin, and the line before them ends, at HTTP_KNOWN_LINE_MOST. */
	char text[HTTP_KNOWN_LINE_MOST + HTTP_KNOWN_MOST];
};

/* What all readers of a worker share. All zero but for the limits at its start. */
struct http_readers {
	struct http_limits limits;
	struct buffer_pool pool; /* memory of those that have no bytes */

	/* private */
	struct http_known known[HTTP_KNOWN];
	unsigned next; /* of them is overwritten */
};

/* One for a connection, embedded in it. Without bytes it owns no memory. */
struct http_reader {
	int status; /* with HTTP_BAD: 400, 405, 413, 414, 431, 501 or 505 */

	/* private */
	struct http_readers *all;
	struct buf input; /* from the current message's first byte on */
	struct guard_head head;
	struct guard_chunks chunks;
	struct http_slice target, body;
	struct http_meaning meaning;
	size_t line;    /* bytes of the request line, once it is there */
	size_t used;    /* bytes of the message that have been dealt with */
	size_t blank;   /* bytes of empty lines skipped before it */
	uint64_t left;  /* bytes of a body of known length yet to come */
	uint8_t phase;  /* enum phase in http.c */
	uint8_t field;  /* enum field in http.c: whose value the parser comes to next */
	bool want_body; /* http_reader_want_body */
};

/* What they share is borrowed for the reader's life. No memory is taken yet. */
void http_reader_init(struct http_reader *reader, struct http_readers *all);

/* Gives the memory to the pool, which the caller ends. */
void http_reader_done(struct http_reader *reader);

/* Room for the next bytes of the connection: at least at_least (1 to HTTP_READ_MOST), *room has how
 * many. NULL: no memory, or too much was read ahead (call it only after HTTP_NEED_MORE). */
enum { HTTP_READ_MOST = 256 * 1024 };
char *http_reader_space(struct http_reader *reader, size_t at_least, size_t *room);

/* n bytes were read into that room. */
void http_reader_added(struct http_reader *reader, size_t n);

/* Goes on as far as the bytes reach; *request is set with HTTP_HEAD_READY and HTTP_DONE. */
enum http_state http_reader_step(struct http_reader *reader, struct http_request *request);

/* After HTTP_HEAD_READY: whether the body is kept (as it is if nobody says) or read and dropped.
 * Its limit holds either way, and the next request begins after it. */
void http_reader_want_body(struct http_reader *reader, bool keep);

/* After HTTP_HEAD_READY: all of the body has come, too. Nothing is gained by not keeping it. */
bool http_reader_has_body(const struct http_reader *reader);

/* After HTTP_DONE: forgets the request and is ready for the next one. */
void http_reader_next(struct http_reader *reader);

/* The fields of the message, also of one that is refused (HTTP_BAD) or late, if all of its head has
 * come and is well-formed; else none. Valid as those of a request are. */
struct http_fields http_reader_fields(const struct http_reader *reader);

/* No byte of a request has come (empty lines before one don't count): the connection may be closed
 * without an answer. */
bool http_reader_idle(const struct http_reader *reader);

/* The head of a request is there, its body is not yet. */
bool http_reader_in_body(const struct http_reader *reader);

/* The value of a field, trimmed; of one that is there more than once, all of them as one list (RFC
 * 9110 5.3), in the arena. "" if it is absent. */
struct str http_field(const struct http_fields *fields, enum http_field field, struct arena *arena);

/* After HTTP_BAD: what else is to be said of the message in a log; NULL: nothing. */
const char *http_reader_hint(const struct http_reader *reader);

/* Gives memory that holds nothing to the pool, before a long wait. */
void http_reader_trim(struct http_reader *reader);

#endif

/*
 * Reads the HTTP/1.1 requests of a connection (RFC 9112), without I/O or timers: the caller adds
 * bytes and asks for requests. The guard (guard.h) refuses malformed messages before http-parser
 * parses them. The parser only gets bytes of the current message.
 *
 *	room = http_reader_space(&reader, n, &size);      read(2) into it
 *	http_reader_added(&reader, got);
 *	HTTP_HEAD_READY = http_reader_step(&reader, &request);  route the request
 *	http_reader_want_body(&reader, true);
 *	HTTP_DONE = http_reader_step(&reader, &request);  answer the request
 *	http_reader_next(&reader);                        step again: more may have arrived
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

/* Fields that are needed rarely, as bits; http_field finds their values. */
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
	struct str head; /* the whole head, from the request line on */
	unsigned seen;   /* a set of enum http_field: the fields that are present */
};

/* The slices point into the reader. They are valid until the next call of http_reader_space, _step,
 * _next, _trim or _done, which may move the bytes. The step that returns HTTP_DONE sets them again.
 */
struct http_request {
	enum method method;
	int minor;               /* of HTTP/1.minor: 0 or 1 */
	struct str target;       /* as sent: visible ASCII characters */
	struct str host;         /* value of Host, trimmed and valid; "" if absent in HTTP/1.0 */
	struct str content_type; /* value of the first Content-Type, trimmed; "" if absent */
	struct http_fields fields;
	bool keep_alive;      /* RFC 9112 9.3; always false for HTTP/1.0 */
	bool has_body;        /* chunked, or Content-Length is not 0 */
	bool expect_continue; /* Expect: 100-continue, RFC 9110 10.1.1; false for HTTP/1.0 */
	struct str body;      /* the content, if wanted, after HTTP_DONE; else "" */
};

enum http_state {
	HTTP_NEED_MORE,  /* bytes are missing: read more */
	HTTP_HEAD_READY, /* the head is complete; returned once for each request */
	HTTP_DONE,       /* the request is complete; returned until http_reader_next */
	HTTP_BAD,        /* answer with reader->status and close; returned from then on */
};

/* A part of the current message, independent of where the buffer is. */
struct http_slice {
	size_t at; /* offset from the first byte of the message */
	size_t len;
};

/* What the fields of a head mean, and the state of the parser after them. */
struct http_meaning {
	struct http_slice host, content_type; /* offsets from the end of the request line */
	uint16_t seen;                        /* a set of enum http_field */
	bool keep_alive, expect_continue;
	bool ended;         /* the parser has seen the end of the message */
	uint64_t parser[4]; /* the bytes of a struct http_parser: copied, never aliased */
};

enum { HTTP_KNOWN = 4, HTTP_KNOWN_LINE_MOST = 256, HTTP_KNOWN_MOST = 1024 };

/* A cached head. Most clients send the same fields with each request, and their meaning depends
 * only on their bytes and the HTTP version. The cached request line is the last one that was sent
 * with these fields. */
struct http_known {
	struct guard_head head;      /* the state of the guard after the head */
	struct http_meaning meaning; /* of the fields */
	struct http_slice target;
	size_t line; /* bytes of the request line; 0 if it is too long to cache */
	size_t len;  /* bytes of the fields; 0 if this entry is empty */
	/* The request line ends at HTTP_KNOWN_LINE_MOST, where the fields begin. */
	char text[HTTP_KNOWN_LINE_MOST + HTTP_KNOWN_MOST];
};

/* What the readers of a worker share. Initialise all but the limits with zeros. */
struct http_readers {
	struct http_limits limits;
	struct buffer_pool pool; /* free buffers of readers without bytes */

	/* private */
	struct http_known known[HTTP_KNOWN];
	unsigned next; /* index of the entry to overwrite next */
};

/* The reader of one connection, which embeds it. It owns a buffer only while it has bytes. */
struct http_reader {
	int status; /* after HTTP_BAD: 400, 405, 413, 414, 431, 501 or 505 */

	/* private */
	struct http_readers *all;
	struct buf input; /* starts at the first byte of the current message */
	struct guard_head head;
	struct guard_chunks chunks;
	struct http_slice target, body;
	struct http_meaning meaning;
	size_t line;    /* bytes of the request line; 0 until it is complete */
	size_t used;    /* bytes of the message that were processed */
	size_t blank;   /* bytes of empty lines that were skipped before the message */
	uint64_t left;  /* missing bytes of a body of known length */
	uint8_t phase;  /* enum phase of http.c */
	uint8_t field;  /* enum field of http_parts.h: the field whose value is parsed next */
	bool want_body; /* see http_reader_want_body */
};

/* Initialises a reader without allocating memory. Borrows all until http_reader_done. */
void http_reader_init(struct http_reader *reader, struct http_readers *all);

/* Returns the buffer to the pool, which the caller frees. */
void http_reader_done(struct http_reader *reader);

/* Returns space for the next bytes of the connection and sets *room to its size, which is at least
 * at_least (1 to HTTP_READ_MOST) bytes. Call this only after HTTP_NEED_MORE. Returns NULL if memory
 * is exhausted or the input is full. */
enum { HTTP_READ_MOST = 256 * 1024 };
char *http_reader_space(struct http_reader *reader, size_t at_least, size_t *room);

/* Adds the first n bytes of that space to the input. */
void http_reader_added(struct http_reader *reader, size_t n);

/* Reads up to the next state. Sets *request if that is HTTP_HEAD_READY or HTTP_DONE. */
enum http_state http_reader_step(struct http_reader *reader, struct http_request *request);

/* After HTTP_HEAD_READY: keeps the content of the body (the default), or drops it while reading.
 * The limit of the body applies to both. */
void http_reader_want_body(struct http_reader *reader, bool keep);

/* After HTTP_HEAD_READY: true if all of a body of known length has arrived, so that dropping it
 * would save no memory. */
bool http_reader_has_body(const struct http_reader *reader);

/* After HTTP_DONE: removes the request from the input. */
void http_reader_next(struct http_reader *reader);

/* The fields of the current message, also after HTTP_BAD or a timeout. Empty unless its head is
 * complete and well-formed. Valid as long as those of a struct http_request. */
struct http_fields http_reader_fields(const struct http_reader *reader);

/* True if no byte of a request has arrived, ignoring empty lines before it: the connection may be
 * closed without an answer. */
bool http_reader_idle(const struct http_reader *reader);

/* True if the head of a request has been read and its body has not. */
bool http_reader_in_body(const struct http_reader *reader);

/* The trimmed value of a field, borrowed from the head; "" if the field is absent. Several fields
 * of that name are joined with ", " in the arena (RFC 9110 5.3). */
struct str http_field(const struct http_fields *fields, enum http_field field, struct arena *arena);

/* After HTTP_BAD: a static text for the log that explains the message; NULL if there is nothing to
 * add. */
const char *http_reader_hint(const struct http_reader *reader);

/* Returns the buffer to the pool if it is empty. Call this before a long wait. */
void http_reader_trim(struct http_reader *reader);

#endif

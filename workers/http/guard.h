/*
 * Stands before the HTTP parser and refuses what it lets pass: pure functions over a message's
 * bytes, strict as RFC 9112 and 9110 write it. What is doubtful is refused, not repaired: a reader
 * before us that saw a different message is how requests are smuggled (RFC 9112 11.2).
 *
 * Outcomes depend on the bytes alone, never on how they were cut into pieces on arrival. Every
 * function here returns 0, or the status that answers the message; then the connection is closed
 * and none of the bytes that follow is looked at.
 */
#ifndef POSTERN_GUARD_H
#define POSTERN_GUARD_H

#include "method.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one request may cost; sizes in bytes. */
struct http_limits {
	size_t line;         /* the request line with its CRLF: 414 */
	size_t header_bytes; /* all field lines and the empty one, of which one may take all: 431.
				Again as much for the trailers and chunk extensions of a body */
	size_t headers;      /* number of field lines: 431 */
	size_t body;         /* content, without the framing of chunks: 413 */
};

/* What is known of a head so far. All zero is the start of one. */
struct guard_head {
	enum method method; /* once the request line is there */
	int minor;          /* of HTTP/1.minor */
	bool complete;      /* the empty line was found; the rest is final */
	size_t size;        /* the head's bytes up to here; of the whole head once complete */
	bool chunked;       /* the body comes in chunks */
	bool has_length;
	uint64_t length; /* of the body; 0 if nothing says so. UINT64_MAX: that or more */

	bool has_line; /* the request line is there and fine */

	/* private */
	bool has_host;
	uint8_t place;      /* enum place in guard.c; among the fields enum syntax */
	size_t searched;    /* bytes of the current line that hold no end of it */
	size_t judged;      /* of these, bytes that may stand where they do */
	size_t part;        /* where in the line what place is about began */
	size_t header_size; /* bytes of complete field lines */
	size_t fields;
};

/* Both of these refuse a message with the first byte that cannot stand where it does, however much
 * of its line has come: what cannot become a request is not waited for. Only what the value of a
 * field must be is judged once its line is there, and Host's presence at the end. */

/* Goes on with the first line of a head, of which has_line then tells that it is there; head->size
 * is its size. The rest is guard_head_check's, which can do without this. The same arguments and
 * statuses. */
int guard_line_check(struct guard_head *head, const struct http_limits *limits, struct str bytes)
	__attribute__((warn_unused_result));

/* Goes on with a head. bytes is the message from its first byte on, as far as it has come; bytes
 * behind the head may follow. It looks at each byte once, however often it is called.
 *
 * 400, 413 (Content-Length over the limit), 414, 431, 501 (transfer coding other than chunked),
 * 505; 405 is CONNECT, which no target here allows. */
int guard_head_check(struct guard_head *head, const struct http_limits *limits, struct str bytes)
	__attribute__((warn_unused_result));

/* A chunked body is read in two parts, so that trailers can be kept away from the parser. */
enum guard_part {
	GUARD_PART_CHUNKS,  /* up to the CRLF of the last chunk's size line */
	GUARD_PART_TRAILER, /* trailer fields and the empty line */
	GUARD_PART_END,
};

/* Where in a chunked body we are. All zero is the start of one. */
struct guard_chunks {
	enum guard_part part;
	uint64_t total; /* content announced by the chunks so far */

	/* private */
	uint8_t state;   /* enum syntax in guard.c */
	uint64_t left;   /* the size read so far; then the chunk's bytes yet to come */
	uint64_t excess; /* bytes a peer needn't send: extensions, leading zeros, trailers */
};

/* Goes on with a chunked body (RFC 9112 7.1); bytes begin where the last call ended. *used is how
 * many of them belong to the part that it began in: when that part ends, it returns.
 *
 * 400, 413 (content or extensions over the limit), 431 (trailers over the limit). */
int guard_chunks_check(struct guard_chunks *chunks, const struct http_limits *limits,
	struct str bytes, size_t *used) __attribute__((warn_unused_result));

#endif

/*
 * Checks the bytes of a message before the HTTP parser, which is too lenient, as strictly as
 * RFC 9112 and RFC 9110 allow. Ambiguous input is refused, not repaired: request smuggling works
 * because a proxy and the server read the same bytes as different messages (RFC 9112 11.2).
 *
 * The functions are pure. The outcome depends only on the bytes, not on how they were split on
 * arrival. Each function returns 0, or the HTTP status that refuses the message. After a refusal
 * the caller closes the connection and ignores all further bytes.
 */
#ifndef POSTERN_GUARD_H
#define POSTERN_GUARD_H

#include "method.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Limits of one request, with the status of a request that exceeds them. Sizes are in bytes. */
struct http_limits {
	size_t line;         /* the request line with its CRLF: 414 */
	size_t header_bytes; /* all field lines and the empty line together: 431. The trailers and
				chunk extensions of a body together have the same limit */
	size_t headers;      /* number of field lines: 431 */
	size_t body;         /* the content, without the framing of chunks: 413 */
};

/* The head as far as it was read. Initialise it with zeros. */
struct guard_head {
	enum method method; /* valid if has_line */
	int minor;          /* of HTTP/1.minor; valid if has_line */
	bool complete;      /* the empty line was read: all members are final */
	size_t size;        /* bytes read so far; the size of the head if complete */
	bool chunked;       /* the body is sent in chunks */
	bool has_length;    /* there is a Content-Length */
	uint64_t length;    /* of the body; 0 without Content-Length, UINT64_MAX if it is larger */

	bool has_line; /* the request line was read and is valid */

	/* private */
	bool has_host;
	uint8_t place;      /* enum place of guard_prefix.c; in field lines enum syntax */
	size_t searched;    /* bytes of the current line that were searched for its end */
	size_t judged;      /* bytes of the current line that guard_prefix_check has accepted */
	size_t part;        /* offset in the line of the part that place is in */
	size_t header_size; /* bytes of complete field lines */
	size_t fields;
};

/* guard_line_check and guard_head_check refuse a message at the first byte that is not allowed,
 * even if its line is incomplete. Only the values of Host, Content-Length and Transfer-Encoding are
 * checked at the end of their line, and the presence of Host at the end of the head. */

/* Reads the request line. When it is complete, has_line is true and head->size is its size with the
 * CRLF. The arguments and statuses are those of guard_head_check, which reads the request line
 * itself if this was not called. */
int guard_line_check(struct guard_head *head, const struct http_limits *limits, struct str bytes)
	__attribute__((warn_unused_result));

/* Reads the head, until head->complete is true. bytes is all that has arrived of the message, from
 * its first byte on; bytes after the head are ignored. Call it again when more bytes have arrived:
 * each byte is read once.
 *
 * Returns 0, 400, 405 (CONNECT), 413 (Content-Length over the limit), 414, 431, 501 (transfer
 * coding other than chunked) or 505. */
int guard_head_check(struct guard_head *head, const struct http_limits *limits, struct str bytes)
	__attribute__((warn_unused_result));

/* A chunked body is read in two parts, so that the caller can hide the trailers from the parser. */
enum guard_part {
	GUARD_PART_CHUNKS,  /* up to the CRLF of the last chunk's size line */
	GUARD_PART_TRAILER, /* the trailer fields and the empty line */
	GUARD_PART_END,     /* the body is complete */
};

/* The position in a chunked body. Initialise it with zeros. */
struct guard_chunks {
	enum guard_part part;
	uint64_t total; /* the sum of the sizes of the chunks so far, in bytes */

	/* private */
	uint8_t state;   /* enum syntax of guard_parts.h */
	uint64_t left;   /* in a size line the size so far; then the bytes missing of the chunk */
	uint64_t excess; /* bytes of extensions, leading zeros and trailers */
};

/* Reads a chunked body (RFC 9112 7.1). bytes begin where the last call stopped. Stops at the end of
 * bytes or of the current part, and sets *used to the number of bytes read.
 *
 * Returns 0, 400, 413 (content or extensions over the limit) or 431 (trailers over the limit). */
int guard_chunks_check(struct guard_chunks *chunks, const struct http_limits *limits,
	struct str bytes, size_t *used) __attribute__((warn_unused_result));

#endif

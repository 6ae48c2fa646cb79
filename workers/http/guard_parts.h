/*
 * What the parts of the guard share: guard.c checks complete lines of a head, guard_prefix.c the
 * beginning of a line, guard_chunks.c the framing of a chunked body. The functions return 0 or a
 * status, as those of guard.h do.
 */
#ifndef POSTERN_GUARD_PARTS_H
#define POSTERN_GUARD_PARTS_H

#include "guard.h"

/* States of the machine that reads field lines and the framing of chunks byte by byte. The state is
 * named after the byte that was read last, or after the byte that must come next. */
enum syntax {
	SYNTAX_NONE, /* before the first byte; as the next state: the byte is refused */
	CHUNK_SIZE_FIRST,
	CHUNK_SIZE,
	CHUNK_BLANK, /* BWS before an extension */
	CHUNK_EXTENSION,
	CHUNK_SIZE_LF,
	CHUNK_DATA, /* guard_chunks_check skips the content itself */
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	FIELD_FIRST,
	FIELD_NAME,
	FIELD_VALUE,
	FIELD_LF,
	FIELDS_END_LF,
	CHUNKS_DONE,
	SYNTAX__COUNT,
};

/* The state after the byte c; SYNTAX_NONE if c is not allowed in this state. */
enum syntax guard_syntax_next(enum syntax state, char c);

/* Finds the method of a request line, and sets head->method. */
static inline int guard_method_check(struct guard_head *head, struct str word)
{
	/* RFC 9110 9.3.6: the target of CONNECT is an authority. This server makes no tunnels. */
	if (str_equal(word, STR("CONNECT")))
		return 405;
	head->method = method_find(word);
	return head->method == METHOD__COUNT ? 400 : 0;
}

/* Checks the beginning of the current line byte by byte. The first byte that is not allowed decides
 * the status, so the outcome depends neither on how the line was cut on arrival nor on the bytes
 * that follow. came is what has arrived of the line; it extends past the line's end only if the
 * line is invalid. Accepts every line that guard.c accepts. */
int guard_prefix_check(struct guard_head *head, const struct http_limits *limits, struct str came);

#endif

/*
 * The rows of a reply as JSON: one object, with its embedded children if it is read, or a list. The
 * JSON is appended to a buffer frame by frame, while the digest for the ETag is made.
 */
#ifndef POSTERN_ROWS_BODY_H
#define POSTERN_ROWS_BODY_H

#include "buf.h"
#include "command.h"
#include "digest.h"

struct rows_body {
	/* The object that is open, of a row with embedded children, and the child whose list is
	 * open in it. NULL: none yet. The lists and objects around it are open too. */
	const struct resource *parent, *child;
	bool begun;          /* a frame has been written */
	bool needs_comma;    /* before the next row */
	uint32_t page_limit; /* most rows that are written; 0: all */
	uint32_t page_rows;  /* rows written, if there is a limit */
	bool page_more;      /* there are further rows after the page */
	int64_t page_last;   /* the key of the last row of the page */
	int64_t total;       /* rows of the whole list, if requested; else -1 */
	uint64_t digest;     /* of the rows so far (digest.h) */
};

/* Prepares for the first frame. A page has at most so many rows; 0: no limit. */
static inline void rows_body_begin(struct rows_body *b, uint32_t page_limit)
{
	b->parent = b->child = NULL;
	b->begun = b->needs_comma = b->page_more = false;
	b->page_limit = page_limit;
	b->page_rows = 0;
	b->total = -1;
	b->digest = DIGEST_BEGIN;
}

/* Appends the rows of a frame of the reply to the command. If the frame ends the page, sets
 * reply->more to MORE_NO. Returns false if the rows do not answer the command or are malformed; out
 * is then useless. */
bool rows_body_take(struct rows_body *b, struct buf *out, const struct command *command,
	struct reply *reply) __attribute__((warn_unused_result));

#endif

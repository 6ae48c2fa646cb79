/*
 * The rows of a reply as JSON: one object or a list, with the rows that are embedded in each, as
 * the schema of the command's operation says. The JSON is appended to a buffer frame by frame,
 * while the digest for the ETag is made.
 */
#ifndef POSTERN_ROWS_BODY_H
#define POSTERN_ROWS_BODY_H

#include "buf.h"
#include "command.h"
#include "digest.h"

struct record_json;

/* An object with embeds whose end is not written yet. */
struct rows_body_object {
	const struct record_json *json;
	unsigned place; /* of json->embeds: those before it are complete */
	bool has_rows;  /* of that embed */
};

struct rows_body {
	unsigned depth;      /* open objects, each embedded in the one before */
	bool begun;          /* a frame has been written */
	bool has_rows;       /* of the command itself */
	uint32_t page_limit; /* most rows of the command that are written; 0: all */
	uint32_t page_rows;  /* such rows written, if there is a limit */
	bool page_more;      /* there are further rows after the page */
	bool page_waits;     /* of the page's one row so far, embedded rows are still to come */
	int64_t page_last;   /* the key of the last row of the page */
	int64_t total;       /* rows of the whole list, if requested; else -1 */
	uint64_t digest;     /* of the rows so far (digest.h) */
	/* The state before the last row of the page. */
	struct {
		size_t length; /* of out */
		int64_t page_last;
		uint64_t digest;
	} before;
	struct buf parts; /* of the open objects: what follows their embeds (record_json_push) */
	struct rows_body_object objects[RESOURCE_MAX_DEPTH]; /* those that are open */
};

/* Once, before all else. limit: most bytes of one row. */
void rows_body_init(struct rows_body *b, size_t limit);

void rows_body_done(struct rows_body *b);

/* Prepares for the first frame. A page has at most so many rows; 0: no limit. */
static inline void rows_body_begin(struct rows_body *b, uint32_t page_limit)
{
	b->depth = 0;
	b->begun = b->has_rows = b->page_more = b->page_waits = false;
	b->page_limit = page_limit;
	b->page_rows = 0;
	b->total = -1;
	b->digest = DIGEST_BEGIN;
	if (b->parts.size > 0 || b->parts.failed)
		buf_reset(&b->parts, 0);
}

/* Appends the rows of a frame of the reply to the command. If the frame ends the page, sets
 * reply->more to MORE_NO. Returns false if the rows do not answer the command or are malformed; out
 * is then useless. */
bool rows_body_take(struct rows_body *b, struct buf *out, const struct command *command,
	struct reply *reply) __attribute__((warn_unused_result));

#endif

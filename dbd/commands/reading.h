/*
 * The answer to a LIST, CHILDREN or READ, frame by frame: the rows of the command's resource, then,
 * for a READ, those of each embedded child. Each of these is followed by the rows that are embedded
 * in it. It may pause between two frames for as long as its transaction stays open, so all of it is
 * from one snapshot.
 *
 * Rows that cannot be read are left out (unreadable.h), except for the one row of a READ. A page
 * after a key has that many more of the others; a slice has not, as the database counts its rows.
 */
#ifndef POSTERN_READING_H
#define POSTERN_READING_H

#include "codec.h"
#include "engine.h"
#include "failure.h"

/* The rows of one resource that are embedded in one row. Those of the command's resource, at depth
 * 0, are in none. */
struct reading_level {
	struct cursor cursor;
	struct key parent;            /* the key of that row */
	const struct resource *child; /* the first one that is embedded in these rows; NULL: none */
};

struct reading {
	struct engine *engine;
	const struct command *command;   /* stays the caller's */
	const struct resource *resource; /* whose rows come next; NULL: all are in frames */
	struct reading_level *level;     /* of that resource: in levels, by its depth */
	int64_t total;                   /* of the command's page; -1: not requested */
	uint64_t wanted;                 /* rows of the command's page that are still to come */
	size_t left_out;                 /* rows so far */
	size_t left_out_most; /* with more it is FAULT_TOO_LARGE; the caller may lower it */
	bool has_row;         /* `row` is in no frame yet: the last one had no room for it */
	struct record row;    /* borrows from the cursor */
	struct reading_level levels[RESOURCE_MAX_DEPTH]; /* those up to level */
};

/* Opens the rows and reads none. False: *failure has the reason; only reading_end may follow. */
bool reading_begin(struct reading *reading, struct engine *engine, const struct command *command,
	struct failure *failure) __attribute__((warn_unused_result));

/* Appends the next frame: about 64 KiB, or one row if that is longer. The frame says `more` unless
 * it is the last one; then resource is NULL. False: *failure has the reason and out is unchanged.
 */
bool reading_frame(struct reading *reading, struct buf *out, enum more more,
	struct failure *failure) __attribute__((warn_unused_result));

/* Closes the rows. All zero: none. */
void reading_end(struct reading *reading);

#endif

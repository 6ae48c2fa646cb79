/*
 * What a LIST or a READ answers, one frame after the other: the rows of the command's resource,
 * then, where one row is read, those of each embedded child. It may rest between two frames for as
 * long as its transaction stays open, which keeps all of it from one snapshot.
 *
 * Rows that cannot be read are left out (unreadable.h), but for the one that a READ asks for. A
 * page has as many others.
 */
#ifndef POSTERN_READING_H
#define POSTERN_READING_H

#include "codec.h"
#include "failure.h"

struct reading {
	struct store *store;
	const struct command *command;   /* stays the caller's */
	const struct resource *resource; /* whose rows come next; NULL: all have come */
	sqlite3_stmt *statement;         /* … and where they come from */
	int64_t total;                   /* of the command's page; -1: nobody asks */
	uint64_t wanted;                 /* rows of the command's page that are still to come */
	bool on_row;     /* the statement stands on a row that the last frame had no room for */
	size_t left_out; /* rows so far */
	size_t left_out_most; /* beyond so many it is FAULT_TOO_LARGE; the caller may lower it */
};

/* Nothing is read yet. False: *failure says why; only reading_end may follow. */
bool reading_begin(struct reading *reading, struct store *store, const struct command *command,
	struct failure *failure) __attribute__((warn_unused_result));

/* Appends the next frame: about 64 KiB, or one row if that is longer. It says more unless it is the
 * last one (resource is NULL then). False: *failure says why and out is as it was. */
bool reading_frame(struct reading *reading, struct buf *out, enum more more,
	struct failure *failure) __attribute__((warn_unused_result));

/* Lets go of the statement. */
void reading_end(struct reading *reading);

#endif

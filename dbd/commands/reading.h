/*
 * The rows that an answer shows, frame by frame: those of the command's resource, each followed by
 * the rows that are embedded in it, as the schema of the command's operation says, to any depth. It
 * may pause between two frames for as long as its transaction stays open, so all of it is from one
 * snapshot.
 *
 * Rows that cannot be read are left out (unreadable.h), except for one row that is asked for by its
 * key. A page after a key has that many more of the others; a slice has not, as the database counts
 * its rows.
 */
#ifndef POSTERN_READING_H
#define POSTERN_READING_H

#include "codec.h"
#include "engine.h"
#include "failure.h"

/* The rows of one member of a schema that are embedded in one row; at the first level, the
 * command's own rows. Resources, schemas and members are those of the worker's declaration. */
struct reading_level {
	struct cursor cursor;
	const struct resource *resource; /* of the rows */
	const struct member *embed;      /* whose rows they are; NULL: the command's own */
	const struct member *first;      /* the first embed in each row; NULL: none */
	const struct member *next;       /* the one in the last row that comes next; NULL: none */
	const struct member *end;        /* of the members of their schema */
	uint64_t wanted;                 /* rows that are still to come, if there are as many */
	struct record row;               /* the last one; borrows from the cursor */
};

struct reading {
	struct engine *engine;
	const struct command *command; /* stays the caller's */
	struct reading_level *level;   /* whose rows come next, in levels */
	bool goes_on;                  /* not all is in frames yet */
	bool of_one_row;               /* asked for by its key */
	bool has_row;         /* that of the level is in no frame yet: the last one had no room */
	int64_t total;        /* of the command's page; -1: not requested */
	size_t left_out;      /* rows so far */
	size_t left_out_most; /* with more it is FAULT_TOO_LARGE; the caller may lower it */
	struct reading_level levels[RESOURCE_MAX_DEPTH]; /* those up to level */
};

/* The rows that a member of a schema embeds in the row of this resource with this key, if that
 * decides it. False: it does not. */
bool reading_query_below(const struct member *embed, const struct resource *resource,
	struct key key, struct query *query);

/* Begins the answer to a command that reads: opens the rows and reads none. False: *failure has the
 * reason; only reading_end may follow. */
bool reading_begin(struct reading *reading, struct engine *engine, const struct command *command,
	struct failure *failure) __attribute__((warn_unused_result));

/* The same for one row of the command's resource, whatever the command is; NULL: the schema has no
 * embeds. */
bool reading_begin_row(struct reading *reading, struct engine *engine,
	const struct command *command, struct key key, const struct schema *shown,
	struct failure *failure) __attribute__((warn_unused_result));

/* Appends the next frame: about 64 KiB, or one row if that is longer. The frame says `more` unless
 * it is the last one; then goes_on is false. False: *failure has the reason and out is unchanged.
 */
bool reading_frame(struct reading *reading, struct buf *out, enum more more,
	struct failure *failure) __attribute__((warn_unused_result));

/* Closes the rows. All zero: none. */
void reading_end(struct reading *reading);

#endif

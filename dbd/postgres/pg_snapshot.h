/*
 * PostgreSQL's pg_snapshot: which transactions had finished when it was taken. Its text is
 * "xmin:xmax:xip": all ids below xmin had finished, none from xmax on, and in between all but those
 * of the list xip. Subtransactions are not in the list.
 */
#ifndef POSTERN_PG_SNAPSHOT_H
#define POSTERN_PG_SNAPSHOT_H

#include "str.h"

#include <stdint.h>

/* All zero is a snapshot in which nothing has finished. */
struct pg_snapshot {
	uint64_t xmin, xmax;
	uint64_t *running; /* xip, ascending */
	size_t count, room;
};

/* Reads the text into a snapshot, whose memory is used again. False: it is not one; the snapshot is
 * not to be used then. */
bool pg_snapshot_read(struct pg_snapshot *s, struct str text) __attribute__((warn_unused_result));

void pg_snapshot_done(struct pg_snapshot *s);

bool pg_snapshot_has_finished(const struct pg_snapshot *s, uint64_t xid);

/* How many transactions have finished from one snapshot to a later one. */
uint64_t pg_snapshot_finished_since(const struct pg_snapshot *before, const struct pg_snapshot *s);

/* Reads a number of 64 bits from the beginning of *text, and moves that behind it. */
bool pg_snapshot_number(struct str *text, uint64_t *number) __attribute__((warn_unused_result));

#endif

/* What a copy does to the tables of its target before and after their rows, in one transaction.
 * Functions return false after appending one line to *error. */
#ifndef POSTERN_PG_COPY_TARGET_H
#define POSTERN_PG_COPY_TARGET_H

#include "arena.h"
#include "buf.h"

#include <libpq-fe.h>
#include <stdbool.h>

/* Foreign keys and indexes that were dropped. */
struct pg_copy_parts {
	struct arena arena; /* of the statements */
	const char **made;  /* statements that make them again */
	unsigned count;
};

/* Locks all tables against other writers, and refuses unless they have no rows. */
bool pg_copy_lock(PGconn *conn, struct buf *error);

bool pg_copy_drop_parts(PGconn *conn, struct pg_copy_parts *parts, struct buf *error);

/* If a row refers to one that is absent, the line names it. */
bool pg_copy_make_parts(PGconn *conn, const struct pg_copy_parts *parts, struct buf *error);

void pg_copy_free_parts(struct pg_copy_parts *parts);

/* Sets the sequence of each table that counts its keys to its greatest key. A rollback does not
 * undo that. */
bool pg_copy_set_sequences(PGconn *conn, struct buf *error);

/* Has the server note what its plans need to know of the tables. */
bool pg_copy_analyze(PGconn *conn, struct buf *error);

#endif

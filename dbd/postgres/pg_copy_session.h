/* Statements of a copy, one after the other. */
#ifndef POSTERN_PG_COPY_SESSION_H
#define POSTERN_PG_COPY_SESSION_H

#include "buf.h"
#include "resource.h"

#include <libpq-fe.h>
#include <stdbool.h>

/* Runs a statement without parameters. NULL, after appending the reason to *error, if it fails or
 * does not return what is wanted. */
PGresult *pg_copy_ask(
	PGconn *conn, const char *statement, ExecStatusType wanted, struct buf *error);

/* The same for the statement in sql, which is freed. */
PGresult *pg_copy_ask_buf(PGconn *conn, struct buf *sql, ExecStatusType wanted, struct buf *error);

/* Runs a statement that returns no rows. */
bool pg_copy_do(PGconn *conn, const char *statement, struct buf *error);

/* The last result of a COPY, which has ended. False: *error has the reason. */
bool pg_copy_finish(PGconn *conn, struct buf *error);

/* Appends the server's message with its detail, and where in a COPY it was. */
void pg_copy_explain(const PGconn *conn, const PGresult *result, struct buf *error);

#endif

/* What an error of PostgreSQL means, by its SQLSTATE (PostgreSQL's documentation, appendix A). */
#ifndef POSTERN_PG_FAILURE_H
#define POSTERN_PG_FAILURE_H

#include "buf.h"
#include "command.h"

#include <libpq-fe.h>

/* What can be done about it. */
enum pg_remedy {
	PG_REMEDY_NONE,      /* the command fails */
	PG_REMEDY_AGAIN,     /* the transaction may succeed if it is run again */
	PG_REMEDY_LATER,     /* another transaction holds a lock: the command runs again, alone */
	PG_REMEDY_UNNAMED,   /* again, without prepared statements: a pooler does not know them */
	PG_REMEDY_RECONNECT, /* this server, or this connection, will not do it */
};

struct pg_meaning {
	enum pg_remedy remedy;
	enum fault fault; /* of the command, if nothing helps */
};

/* Of five characters; NULL: the server has not said. */
struct pg_meaning pg_meaning_of(const char *state);

/* True if the connection cannot be made, for a reason that another attempt does not change by
 * itself: a wrong password, no such database. */
bool pg_is_refusal(const char *state);

/* True if a table is not there, or the role may not use it: undefined_table,
 * insufficient_privilege. NULL is allowed. */
bool pg_is_missing(const char *state);

/* Appends the first line of an error's text, without the severity. */
void pg_explain(const PGresult *result, struct buf *out);

/* Appends a connection's error as one line. */
void pg_explain_connection(const PGconn *conn, struct buf *out);

#endif

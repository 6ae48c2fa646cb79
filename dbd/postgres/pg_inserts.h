/*
 * Inserts of one table that the commands of a group want side by side become one statement
 * (pg_sql_inserts), which costs the server about two thirds of as many statements. It is sent when
 * every fiber waits.
 */
#ifndef POSTERN_PG_INSERTS_H
#define POSTERN_PG_INSERTS_H

#include "pg_session.h"

struct pg_insert;

/* A lane's. */
struct pg_inserts {
	struct pg_link *link;
	/* A statement of several rows has failed, which says of none that it is the cause: the rows
	 * are to be inserted one by one. Set to false by the caller. */
	bool failed;
	enum pg_remedy remedy; /* why */

	/* private */
	struct pg_insert *unsent;
};

/* A row. */
struct pg_new_row {
	const struct record *record;
	const char *const *values; /* the parameters of PG_INSERT */
	unsigned nvalues;
	bool is_inserted; /* with this key; if not, for a reason that PG_INSERT names */
	struct key key;

	/* private */
	struct pg_session *session;
	struct pg_new_row *next;
};

/* Inserts the row with others, and waits in the fiber until that is done. False: the session has
 * failed. */
bool pg_inserts_add(struct pg_inserts *inserts, struct pg_session *s, struct pg_new_row *row)
	__attribute__((warn_unused_result));

/* Sends what is wanted. Without a connection the sessions fail. */
void pg_inserts_send(struct pg_inserts *inserts);

#endif

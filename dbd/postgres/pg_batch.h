/*
 * The reads of one turn, of which those of one kind become one statement: `WHERE id = ANY($1)`.
 * Each round of a turn has a batch of its own; what is wanted is sent when every fiber waits.
 */
#ifndef POSTERN_PG_BATCH_H
#define POSTERN_PG_BATCH_H

#include "pg_session.h"

struct pg_shared;

struct pg_batch {
	struct pg_link *link;
	struct pg_shared *unsent; /* what the fibers want in this round */
};

/* Rows that several reads want by their keys; counted references. */
struct pg_shared {
	struct pg_shared *next;
	struct pg_batch *batch; /* NULL: sent */
	unsigned references;
	struct pg_key which;     /* the statement */
	const struct field *key; /* the type of the keys */
	int column;              /* of the result that has them */
	struct key *wanted;      /* the keys */
	size_t nwanted, wanted_room;
	struct pg_session **waiting; /* sessions */
	size_t nwaiting, waiting_room;

	struct pg_request request;
	bool is_done;
	PGresult *result;  /* NULL: failed */
	PGresult *failure; /* why; NULL: the connection is lost */
	struct pg_place {
		struct key key;
		int row;
	} * places;  /* by key, then as the database has sent them */
	int nplaces; /* rows */
	bool is_cut; /* there may be more rows of the last key and of greater ones */
};

/* Joins the read to those of its kind. The caller has a reference, which pg_batch_leave ends. */
struct pg_shared *pg_batch_join(struct pg_batch *batch, const struct pg_key *which,
	const struct field *key_field, int column, struct key key);
void pg_batch_leave(struct pg_shared *shared);

/* True if a read of this kind is among those that are answered. */
bool pg_batch_is(const struct pg_shared *shared, const struct pg_key *which);

/* Waits in the fiber until the rows are there. False: the session has failed. */
bool pg_batch_wait(struct pg_shared *shared, struct pg_session *s);

/* The places of the rows with this key: the first, and *ret_end after the last. False: there may be
 * more rows than were read. */
bool pg_batch_find(const struct pg_shared *shared, struct key key, int *ret_first, int *ret_end);

/* Sends what is wanted. */
void pg_batch_send(struct pg_batch *batch);

#endif

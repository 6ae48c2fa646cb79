/*
 * A connection to PostgreSQL in pipeline mode, driven by the event loop: statements are sent
 * without waiting for earlier ones, and each gets its result, in order. It makes no connection
 * itself: see pg_connect.h.
 */
#ifndef POSTERN_PG_LINK_H
#define POSTERN_PG_LINK_H

#include "loop.h"
#include "pg_statements.h"

#include <libpq-fe.h>
#include <stdatomic.h>

/* A statement that waits for its result. Embedded by the caller; in use until on_result. */
struct pg_request {
	/* Owns the result: PGRES_TUPLES_OK, PGRES_COMMAND_OK, an error, PGRES_PIPELINE_ABORTED (an
	 * earlier statement has failed), PGRES_PIPELINE_SYNC. NULL: the connection is lost. May
	 * send further statements. */
	void (*on_result)(struct pg_request *request, PGresult *result);
};

struct pg_pending;

enum { PG_REASON_SIZE = 512 };

struct pg_link {
	struct loop *loop;
	PGconn *conn; /* NULL: not connected */

	/* After all results that have arrived were handed out, and before anything is sent. */
	void (*on_turn)(struct pg_link *link);
	/* The connection is lost, and every request has got its NULL. SQLSTATE and reason are what
	 * is known. */
	void (*on_lost)(struct pg_link *link, const char *state, const char *reason);

	/* private */
	struct watch watch;
	uint32_t events;
	bool is_utc;                /* the session's TimeZone is UTC */
	struct pg_pending *pending; /* a ring of requests, in the order of their results */
	size_t first, npending, room;
	bool delivered; /* the first of them has its result */
	bool unflushed; /* sent since the last flush request or sync */
	bool in_turn;
	bool may_be_pooled; /* a pooler stands before the server, or it is not known yet */
	unsigned syncs;     /* among the requests */
	struct pg_request identity;
	bool is_unusable;            /* is closed at the end of the turn */
	uint64_t heard;              /* loop_now, when bytes last arrived or the link became busy */
	uint64_t *prepared;          /* bits by the number of the statement */
	char reason[PG_REASON_SIZE]; /* text of the same */
	char state[6];               /* SQLSTATE of a result that ends the connection; "": none */
};

/* Statements are sent without names from now on, as a pooler does not keep prepared ones. */
extern atomic_bool pg_link_unnamed;

/* Takes over a connection, which is in blocking mode and idle. */
void pg_link_open(struct pg_link *link, PGconn *conn);

/* Closes the connection; requests get their NULL. Does nothing if there is none. */
void pg_link_close(struct pg_link *link);

/* True if requests wait for results. */
static inline bool pg_link_is_busy(const struct pg_link *link)
{
	return link->npending > 0;
}

/* True if something may be sent that belongs to no open transaction. A pooler gives the connection
 * to the server away at the end of a transaction; what has been sent behind that end is lost. So
 * behind a pooler the end's own result is waited for; on_turn follows it. */
static inline bool pg_link_accepts(const struct pg_link *link)
{
	return link->conn && !(link->may_be_pooled && link->syncs > 0);
}

/* Sends a statement with texts as parameters (NULL: null), copied at once. */
void pg_link_send(struct pg_link *link, const struct pg_statement *statement,
	const char *const *values, unsigned nvalues, struct pg_request *request);

/* Sends a statement without parameters, as BEGIN: a literal, or a text that is not kept. */
void pg_link_send_literal(struct pg_link *link, const char *literal, struct pg_request *request);
void pg_link_send_text(struct pg_link *link, const char *text, struct pg_request *request);

/* Sends a Sync: the end of what an error skips. */
void pg_link_sync(struct pg_link *link, struct pg_request *request);

/* Makes the server send its results, and writes what is unsent. To be called at the end of a turn
 * in which something was sent outside of on_turn. */
void pg_link_flush(struct pg_link *link);

#endif

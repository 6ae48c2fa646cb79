/*
 * Makes connections to PostgreSQL. libpq resolves names and reads certificates meanwhile, which may
 * block, so the loop has a thread do it.
 */
#ifndef POSTERN_PG_CONNECT_H
#define POSTERN_PG_CONNECT_H

#include "buf.h"
#include "database_url.h"
#include "loop.h"

#include <libpq-fe.h>
#include <pthread.h>

enum { PG_STATE_SIZE = 6 /* a SQLSTATE with its NUL */ };

/* Connects, and waits for that. NULL: *error has one line without a password, and state the
 * SQLSTATE, or "" if the server has sent none. */
PGconn *pg_connect(const struct database_url *url, struct buf *error, char state[PG_STATE_SIZE]);

struct pg_attempt;

/* A connection that a thread makes. Embedded by the caller. */
struct pg_connecting {
	struct loop *loop;
	const struct database_url *url;
	/* In the loop's thread; conn NULL: state and reason as of pg_connect. */
	void (*on_connected)(struct pg_connecting *connecting, PGconn *conn, const char *state,
		const char *reason);

	/* private */
	pthread_t thread;
	struct watch watch;         /* an eventfd */
	struct pg_attempt *attempt; /* NULL: no thread runs */
};

/* Starts the thread, unless it runs. */
void pg_connecting_start(struct pg_connecting *connecting);

/* Leaves the thread, if it runs, to itself: it closes what it makes. The URL must outlive it. */
void pg_connecting_stop(struct pg_connecting *connecting);

/* True if a thread was left to itself, and may still run. */
bool pg_connecting_has_left_threads(void);

#endif

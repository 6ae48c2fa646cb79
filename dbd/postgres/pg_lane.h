/*
 * A lane: one connection to PostgreSQL with a purpose, made again by itself when it is lost. After
 * a loss it connects at once, then after pauses that grow to half a second. The log says once that
 * PostgreSQL cannot be reached, and why, again if the reason changes, and once that it is back.
 */
#ifndef POSTERN_PG_LANE_H
#define POSTERN_PG_LANE_H

#include "pg_connect.h"
#include "pg_link.h"

struct pg_lane {
	struct pg_link link; /* first; link.conn NULL: down */
	struct loop *loop;
	const struct database_url *url;
	uint64_t patience; /* milliseconds that a busy link may be silent */

	void (*on_up)(struct pg_lane *lane);   /* connected */
	void (*on_down)(struct pg_lane *lane); /* lost; its requests have got their NULL */
	void (*on_turn)(struct pg_lane *lane); /* see pg_link.h */

	/* private */
	struct pg_connecting connecting;
	struct timer retry, silence;
	uint64_t pause, opened;
	bool is_down, wanted;
};

/* Prepares the lane; the members above are the caller's to set first. */
void pg_lane_init(struct pg_lane *lane);

/* Connects, and stays connected from now on. With a connection: takes that over. */
void pg_lane_start(struct pg_lane *lane, PGconn *conn);

/* Closes the connection and connects again, because the server does not do what is asked. */
void pg_lane_renew(struct pg_lane *lane, const char *state, const char *reason);

/* Closes the connection for good, or the one that is being made; on_down is not called. */
void pg_lane_stop(struct pg_lane *lane);

#endif

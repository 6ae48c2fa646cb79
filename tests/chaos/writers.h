/*
 * Writers: each posts users and posts to them, one after the other, and sometimes reads back what
 * it wrote, over a connection that it opens again whenever it is lost. All of them live in one
 * poll(2), with the server's log and whatever else is waited for, so the test waits for events
 * only, and the writers never rest meanwhile.
 */
#ifndef POSTERN_CHAOS_CREW_H
#define POSTERN_CHAOS_CREW_H

#include "write_history.h"

enum { CREW_WRITERS = 64, CREW_PATIENCE_MS = 20 * 1000 };

struct writer {
	struct async_client client;
	size_t number;    /* in the history: the write that is under way, or was the last */
	bool reads;       /* it is read back */
	unsigned asked;   /* in this period, the write or the reading back */
	unsigned nwrites; /* acknowledged */
	uint32_t user;    /* whom it posts to; 0: a user must come first */
	unsigned nposts;  /* of that user */
};

struct writers {
	struct postern *server;
	struct write_history history;
	struct writer writers[CREW_WRITERS];
	bool away;             /* the server takes no connections: writers do not try */
	bool finishing;        /* what is under way is the last */
	bool log_ended;        /* the server and all its children are gone */
	unsigned period;       /* writers_begin_period */
	unsigned errors;       /* may be the answers to what was asked up to this period */
	unsigned acknowledged; /* of what was asked in this period */
	size_t lost;           /* connections, with a request under way */
};

/* The server runs; it stays the caller's. */
void writers_init(struct writers *c, struct postern *server);
void writers_done(struct writers *c);

/* From now on only what is asked later counts as acknowledged. */
void writers_begin_period(struct writers *c);

/* Whatever is under way, or asked in what is left of this period, may be answered with an error. */
void writers_expect_errors(struct writers *c);

/* Waits for some event, at most until the deadline (clock_ms), and lets the writers go on. True: fd
 * (-1: none) is readable. */
bool writers_turn(struct writers *c, int fd, uint64_t deadline);

/* Turns until …; each fails the test when that takes CREW_PATIENCE_MS. */
void writers_await_acknowledged(struct writers *c, unsigned n); /* so many, of this period */
void writers_await_readable(struct writers *c, int fd);
void writers_await_log(struct writers *c, size_t from, const char *text);

/* Lets what is under way end, and closes all connections. */
void writers_finish(struct writers *c);

#endif

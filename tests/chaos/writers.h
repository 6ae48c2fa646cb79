/*
 * Writers: each creates users and posts of them, one after the other, and sometimes reads back what
 * it wrote. It reopens its connection when it is lost. One poll(2) waits for all writers, the log
 * of the server and further descriptors, so the test waits only for events, while the writers work.
 */
#ifndef POSTERN_CHAOS_WRITERS_H
#define POSTERN_CHAOS_WRITERS_H

#include "write_history.h"

enum { WRITERS_COUNT = 64, WRITERS_TIMEOUT_MS = 20 * 1000 };

struct writer {
	struct async_client client;
	size_t number;    /* of the pending or last write in the history */
	bool reads;       /* reads the write back */
	unsigned asked;   /* period of the pending request */
	unsigned nwrites; /* number of acknowledged writes */
	uint32_t user;    /* id of the user of its posts; 0: create a user first */
	unsigned nposts;  /* number of posts of that user */
};

struct writers {
	struct postern *server;
	struct write_history history;
	struct writer writers[WRITERS_COUNT];
	bool away;             /* the server accepts no connections: do not connect */
	bool finishing;        /* send no further requests */
	bool log_ended;        /* the server and all its children have ended */
	unsigned period;       /* see writers_begin_period */
	unsigned errors;       /* requests up to this period may be answered with errors */
	unsigned acknowledged; /* writes that were sent and acknowledged in this period */
	size_t lost;           /* number of connections lost with a pending request */
};

/* Starts the writers. Borrows the server, which must be running. */
void writers_init(struct writers *c, struct postern *server);
void writers_done(struct writers *c);

/* Begins a period: only writes that are sent after this count as acknowledged. */
void writers_begin_period(struct writers *c);

/* Allows errors as answers to pending requests and to those that are sent in the rest of this
 * period. */
void writers_expect_errors(struct writers *c);

/* Waits for an event, at most until the deadline (clock_ms), and lets the writers continue. Returns
 * true if fd (-1: none) is readable. */
bool writers_turn(struct writers *c, int fd, uint64_t deadline);

/* Let the writers continue until an event. Each fails the test after WRITERS_TIMEOUT_MS. */
void writers_await_acknowledged(struct writers *c, unsigned n); /* n writes of this period */
void writers_await_readable(struct writers *c, int fd);
void writers_await_log(struct writers *c, size_t from, const char *text);

/* Waits for the pending requests and closes all connections. */
void writers_finish(struct writers *c);

#endif

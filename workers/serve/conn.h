/*
 * One client: reads requests, answers them in their order, keeps the connection alive, and ends it
 * by deadline, by the client's wish or by the worker's stop. What is needed only while a request is
 * answered belongs to the worker and is lent to the connection meanwhile.
 */
#ifndef POSTERN_CONN_H
#define POSTERN_CONN_H

#include "addresses.h"
#include "exchange.h"

#include <netinet/in.h>

enum {
	CONN_WRITE_MS = 15 * 1000,     /* write_ms of a worker */
	CONN_WRITE_BYTES = 15 * 1000,  /* 1 kB/s is slower than anybody who still waits for it; a
					  receiver may open its window by 64 KiB at a time only */
	CONN_LINGER_MS = 2 * 1000,     /* for a client to read why it is refused */
	CONN_LINGER_STOPPING_MS = 250, /* … while the worker stops */
	CONN_LAST_MS = 100,            /* last_ms of a worker */
	CONN_LATELY_MS = 1000          /* a client that has been idle for longer is not likely to
					  ask within CONN_LAST_MS */
};

struct turn;

/* An answer that is yet to be counted. */
struct conn_answer {
	unsigned key; /* metrics_key's */
	uint64_t began;
};

enum { CONN_ANSWERS = 16 /* are counted at a time */ };

struct conn_list {
	struct conn *first, *last;
};

/* What all connections of a worker share. All zero but for what is set at its start. */
struct conns {
	struct loop *loop;
	struct service *service;
	struct http_readers readers;
	uint64_t keep_alive_ms;      /* until the first byte of a request */
	uint64_t header_ms, body_ms; /* from there to the end of the head, from there to its last
					byte: else 408 */
	uint64_t write_ms; /* who has not taken CONN_WRITE_BYTES in such a period is dropped */
	uint64_t last_ms;  /* from the stop, or a last answer that did not say so, for one more
			      request; 0: none */
	unsigned limit;    /* at least 1 */
	unsigned limit_per_address, limit_concurrency; /* 503 beyond; 0: none */
	bool access_log;
	const struct networks *trusted; /* proxies, who may speak of a client; NULL: none */
	struct task log;                /* writes what was logged in a turn of the loop */
	bool parting;                   /* every answer ends its connection */
	bool stopping;                  /* … and idle ones are ended, after last_ms */
	unsigned count;
	unsigned lingering;    /* … of these are refused or answered, and wait to end */
	struct conn_list idle; /* may be closed for another's sake: those that linger, then the one
				  that has been idle longest */
	struct conn_list busy; /* the others */
	struct addresses addresses; /* counted where they are limited */
	struct buffer_pool pool;    /* memory for answers */
	struct conn_answer answers[CONN_ANSWERS];
	unsigned nanswers;
	struct turn *spare; /* not lent at the moment */
	unsigned spares;
	void (*on_closed)(struct conns *conns); /* count has gone down */
	void (*on_idle)(struct conns *conns);   /* one is idle that was not */
	long retire_after;                      /* answers more, on_retiring is called; 0: never */
	void (*on_retiring)(struct conns *conns);
};

/* There is room for no other connection, and none would be closed for it: accept none. */
bool conns_full(const struct conns *conns);

/* Takes over an accepted socket. At the limit it closes the connection that was idle longest and
 * has not asked for anything. */
void conn_open(struct conns *conns, int fd, const struct sockaddr_storage *peer);

/* Another process goes on: an idle client may ask once more, until its keep-alive time is over, and
 * is told with the answer that its connection ends. So no request meets a closing connection. */
void conns_part(struct conns *conns);

/* The worker ends: connections are closed after what is under way. An idle client may ask once more
 * within last_ms, if it was active in the last CONN_LATELY_MS, and is told with the answer that its
 * connection ends; other idle connections are closed now. */
void conns_stop(struct conns *conns);

/* Gives back what was shared, once all are closed. */
void conns_done(struct conns *conns);

#endif

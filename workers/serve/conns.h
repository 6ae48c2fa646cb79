/*
 * The HTTP connections of a worker: what they share, which of them may be closed to make room, and
 * how they end when the worker drains or stops.
 */
#ifndef POSTERN_CONNS_H
#define POSTERN_CONNS_H

#include "addresses.h"
#include "answer_stats.h"
#include "networks.h"
#include "pending.h"

enum {
	CONN_WRITE_MS = 15 * 1000,     /* write_ms of a worker */
	CONN_WRITE_BYTES = 15 * 1000,  /* per write_ms. 1 kB/s is slower than any client that still
					  waits for its answer; a receiver may open its window by
					  only 64 KiB at a time */
	CONN_LINGER_MS = 2 * 1000,     /* for a refused client to read the answer */
	CONN_LINGER_STOPPING_MS = 250, /* the same while the worker stops */
	CONN_LAST_MS = 100,            /* last_ms of a worker */
	CONN_LATELY_MS = 1000          /* a client that has been idle for longer is not likely to
					  send a request within CONN_LAST_MS */
};

struct conn_list {
	struct conn *first, *last;
};

/* The owner sets what is needed at the start, and zeroes the rest. */
struct conns {
	struct loop *loop;
	struct service *service;
	struct http_readers readers;

	/* Timeouts. A client that exceeds header_ms or body_ms is answered 408. */
	uint64_t keep_alive_ms; /* until the first byte of a request */
	uint64_t header_ms;     /* from there to the end of the head */
	uint64_t body_ms;       /* from there to the end of the body */
	uint64_t write_ms; /* a client that takes less than CONN_WRITE_BYTES in this is dropped */
	uint64_t last_ms;  /* after a stop, for an idle client to send one more request; 0: none */

	/* Limits; 0 for the last two: none. What exceeds those is answered 503. */
	unsigned limit; /* connections, at least 1 */
	unsigned limit_per_address, limit_concurrency;

	bool access_log;
	const struct networks *trusted; /* proxies whose X-Forwarded-* is trusted; NULL: none */
	bool draining;                  /* every answer ends its connection */
	bool stopping;                  /* draining, and idle connections are closed */

	void (*on_closed)(struct conns *conns); /* count has decreased */
	void (*on_idle)(struct conns *conns);   /* a connection has become idle */
	long retire_after; /* on_retiring is called after this many more answers; 0: never */
	void (*on_retiring)(struct conns *conns);

	/* private, but for reading */
	unsigned count;
	unsigned lingering;    /* of count: refused or answered for the last time, about to end */
	struct conn_list idle; /* in the order of eviction: lingering, then longest idle */
	struct conn_list busy; /* the others */
	struct addresses addresses; /* counted if limit_per_address is set */
	struct buffer_pool pool;    /* memory for answers */
	struct answer_stats stats;
	struct pending_pool pending;
	struct task flush_log; /* at the end of a turn in which an answer was logged */
};

/* True if the limit is reached and no connection can be closed to make room: accept none. */
bool conns_full(const struct conns *conns);

/* Takes over an accepted socket, which it closes. At the limit, closes the connection that has been
 * idle longest and has sent no request. */
void conns_open(struct conns *conns, int fd, const struct sockaddr_storage *peer);

/* Another process takes over. An idle client may send one more request within its keep-alive time;
 * the answer tells it that its connection ends. So no request meets a closing connection. */
void conns_drain(struct conns *conns);

/* The worker ends. Connections are closed after the requests that they have begun. An idle client
 * that was active in the last CONN_LATELY_MS may send one more request within last_ms; the answer
 * tells it that its connection ends. Other idle connections are closed now. */
void conns_stop(struct conns *conns);

/* Frees what the connections shared, once all of them are closed. */
void conns_done(struct conns *conns);

#endif

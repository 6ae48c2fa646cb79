/*
 * One client: reads requests, answers them in their order, keeps the connection alive, and ends it
 * by deadline, by the client's wish or by the worker's stop.
 */
#ifndef POSTERN_CONN_H
#define POSTERN_CONN_H

#include "exchange.h"

#include <netinet/in.h>

enum {
	CONN_REQUEST_MS = 30 * 1000,  /* from a request's first byte to its last: else 408 */
	CONN_WRITE_MS = 30 * 1000,    /* write_ms of a worker */
	CONN_LINGER_MS = 2 * 1000,    /* for a client to read why it is refused */
	CONN_LINGER_STOPPING_MS = 250 /* … while the worker stops */
};

/* What all connections of a worker share. */
struct conns {
	struct loop *loop;
	struct service *service;
	struct http_limits limits;
	uint64_t keep_alive_ms;
	uint64_t write_ms; /* a client that takes not one byte for so long is dropped */
	bool access_log;
	bool parting;  /* every answer ends its connection */
	bool stopping; /* … and idle ones are ended */
	unsigned count;
	struct conn *first;
	void (*on_closed)(struct conns *conns); /* count has gone down */
	long worn_after;                        /* answers more, on_worn is called; 0: never */
	void (*on_worn)(struct conns *conns);
};

/* Takes over an accepted socket. */
void conn_open(struct conns *conns, int fd, const struct sockaddr_storage *peer);

/* Another process goes on: an idle client may ask once more, until its keep-alive time is over, and
 * is told with the answer that its connection ends. So no request meets a closing connection. */
void conns_part(struct conns *conns);

/* Nothing new is begun: idle connections are closed now, the others after what is under way. */
void conns_stop(struct conns *conns);

#endif

/*
 * A request from its last byte to the end of its answer. Its memory belongs to the worker and is
 * lent to a connection, so that idle connections need none.
 */
#ifndef POSTERN_PENDING_H
#define POSTERN_PENDING_H

#include "exchange.h"

struct conn;

struct pending {
	struct exchange exchange;
	struct http_request request;
	enum framing framing; /* FRAMING_LENGTH until the first part of an answer in parts */
	uint64_t began;       /* loop_now_ns when the request was complete */
	struct conn *conn;
	struct pending *next; /* in the pool */
};

/* Those that are not lent. A zeroed struct is an empty pool. */
struct pending_pool {
	struct pending *first;
	unsigned count;
};

/* Allocates one, whose exchange calls on_answered. Aborts when out of memory. */
struct pending *pending_new(
	const struct service *service, void (*on_answered)(struct exchange *exchange));

/* Lends one from the pool, or a new one. */
static inline struct pending *pending_get(struct pending_pool *pool, struct conn *conn,
	const struct service *service, void (*on_answered)(struct exchange *exchange))
{
	struct pending *p = pool->first;

	if (p) {
		pool->first = p->next;
		pool->count--;
	} else {
		p = pending_new(service, on_answered);
	}
	p->conn = conn;
	p->framing = FRAMING_LENGTH;
	return p;
}

/* Takes it back, cancels what it waits for, and frees its memory but for a little. */
void pending_put(struct pending_pool *pool, struct pending *pending);

/* Frees the pool's memory. */
void pending_pool_done(struct pending_pool *pool);

#endif

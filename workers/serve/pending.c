#include "pending.h"

#include "log.h"

#include <stdlib.h>

enum { POOL_MAX = 64 /* some 10 KiB each */ };

struct pending *pending_new(
	const struct service *service, void (*on_answered)(struct exchange *exchange))
{
	struct pending *p = calloc(1, sizeof(*p));

	if (!p)
		log_die("out of memory for a request");
	exchange_init(&p->exchange, service, on_answered);
	return p;
}

static void destroy(struct pending *p)
{
	exchange_done(&p->exchange);
	free(p);
}

void pending_put(struct pending_pool *pool, struct pending *p)
{
	if (pool->count == POOL_MAX) {
		destroy(p);
		return;
	}
	exchange_reset(&p->exchange);
	p->next = pool->first;
	pool->first = p;
	pool->count++;
}

void pending_pool_done(struct pending_pool *pool)
{
	while (pool->first) {
		struct pending *p = pool->first;
		pool->first = p->next;
		destroy(p);
	}
	pool->count = 0;
}

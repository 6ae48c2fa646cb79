#include "conns.h"

#include "conn.h"
#include "linger.h"
#include "log.h"
#include "stats.h"

bool conns_full(const struct conns *conns)
{
	return conns->count >= conns->limit && !conns->idle.first;
}

/* Returns false if the peer's address has as many connections as it may have. */
static bool enter_address(struct conn *c, const struct sockaddr_storage *peer)
{
	struct conns *conns = c->conns;

	if (conns->limit_per_address == 0)
		return true;
	c->address = addresses_enter(&conns->addresses, peer);
	if (!c->address || c->address->connections <= conns->limit_per_address)
		return true;
	/* While it is being refused, it does not count against later ones. */
	addresses_leave(&conns->addresses, c->address);
	c->address = NULL;
	return false;
}

/* Ends idle connections, in the order of eviction, until there is room. Those whose request has
 * just arrived are answered instead; if all of them are, the limit is exceeded by one. */
static void make_room(struct conns *conns)
{
	while (conns->count >= conns->limit && conns->idle.first) {
		struct conn *c = conns->idle.first;
		if (c->phase == CONN_LINGERING)
			conn_close(c);
		else
			conn_expire(c);
	}
}

void conns_open(struct conns *conns, int fd, const struct sockaddr_storage *peer)
{
	make_room(conns);
	struct conn *c = conn_open(conns, fd, peer);
	if (!c)
		return;
	if (enter_address(c, peer)) {
		conn_start(c);
	} else {
		stats_add(STAT_CONNECTIONS_REFUSED, 1);
		conn_refuse(c);
	}
}

/* The timer of an idle connection is that of its keep-alive time. */
static bool was_active_lately(const struct conn *c)
{
	return loop_now(c->conns->loop) + c->conns->keep_alive_ms <= c->timer.at + CONN_LATELY_MS;
}

static void stop_idle(struct conn *c)
{
	if (c->phase == CONN_LINGERING)
		linger_hurry(c);
	else if (c->conns->last_ms > 0 && was_active_lately(c))
		conn_set_timer(c, c->conns->last_ms);
	else
		conn_expire(c);
}

void conns_drain(struct conns *conns)
{
	conns->draining = true;
}

void conns_stop(struct conns *conns)
{
	struct conn *next;

	conns->draining = conns->stopping = true;
	for (struct conn *c = conns->idle.first; c; c = next) {
		next = c->next;
		stop_idle(c);
	}
}

void conns_done(struct conns *conns)
{
	log_flush();
	addresses_done(&conns->addresses);
	buffer_pool_done(&conns->pool);
	buffer_pool_done(&conns->readers.pool);
	pending_pool_done(&conns->pending);
}

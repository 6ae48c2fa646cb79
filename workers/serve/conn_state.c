#include "conn_state.h"

#include "log.h"
#include "stats.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void unlink_conn(struct conn *c)
{
	*(c->previous ? &c->previous->next : &c->list->first) = c->next;
	*(c->next ? &c->next->previous : &c->list->last) = c->previous;
}

/* Links the connection after another one of the list, or at its start for NULL. */
static void link_conn(struct conn *c, struct conn_list *list, struct conn *previous)
{
	c->list = list;
	c->previous = previous;
	c->next = previous ? previous->next : list->first;
	*(c->previous ? &c->previous->next : &list->first) = c;
	*(c->next ? &c->next->previous : &list->last) = c;
}

void conn_set_busy(struct conn *c)
{
	struct conn_list *busy = &c->conns->busy;

	if (c->list == busy)
		return;
	unlink_conn(c);
	link_conn(c, busy, busy->last);
}

void conn_set_idle(struct conn *c)
{
	struct conn_list *idle = &c->conns->idle;

	unlink_conn(c);
	link_conn(c, idle, c->phase == CONN_LINGERING ? NULL : idle->last);
	c->conns->on_idle(c->conns);
}

/* Only trusted proxies may say who their client is. */
static uint16_t fields_of(const struct conns *conns, const struct sockaddr_storage *peer)
{
	if (conns->trusted && networks_hold_peer(conns->trusted, peer))
		return UINT16_MAX;
	return UINT16_MAX & ~(HTTP_X_FORWARDED_FOR | HTTP_X_FORWARDED_PROTO);
}

struct conn *conn_new(struct conns *conns, int fd, const struct sockaddr_storage *peer,
	void (*on_event)(struct watch *watch, uint32_t events),
	void (*on_timer)(struct timer *timer))
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c) {
		log_error("out of memory for a connection");
		close(fd);
		return NULL;
	}
	c->watch = (struct watch){ fd, on_event };
	c->conns = conns;
	c->timer.on_timer = on_timer;
	memcpy(&c->peer, peer, sizeof(c->peer));
	c->fields = fields_of(conns, peer);
	http_reader_init(&c->reader, &conns->readers);
	outbox_init(&c->outbox);
	c->events = EPOLLIN;
	if (loop_add(conns->loop, &c->watch, EPOLLIN) < 0) {
		log_error("epoll_ctl(ADD): %s", strerror(errno));
		http_reader_done(&c->reader);
		close(fd);
		free(c);
		return NULL;
	}
	link_conn(c, &conns->busy, conns->busy.last);
	stats_set(STAT_CONNECTIONS, ++conns->count);
	stats_add(STAT_CONNECTIONS_ACCEPTED, 1);
	return c;
}

void conn_close(struct conn *c)
{
	struct conns *conns = c->conns;

	unlink_conn(c);
	loop_timer_cancel(conns->loop, &c->timer);
	loop_close(conns->loop, &c->watch);
	if (c->pending) {
		stats_add(STAT_HTTP_BROKEN_OFF, 1);
		stats_add(STAT_HTTP_ACTIVE, (uint64_t)-1);
		pending_put(&conns->pending, c->pending);
	}
	addresses_leave(&conns->addresses, c->address);
	conns->lingering -= c->phase == CONN_LINGERING;
	http_reader_done(&c->reader);
	outbox_done(&c->outbox, &conns->pool);
	free(c);
	stats_set(STAT_CONNECTIONS, --conns->count);
	conns->on_closed(conns);
}

void conn_reset(struct conn *c)
{
	const struct linger reset = { .l_onoff = 1 };

	setsockopt(c->watch.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	conn_close(c);
}

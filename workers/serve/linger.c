#include "linger.h"

#include "conn_timeouts.h"

#include <errno.h>
#include <sys/socket.h>

enum { DROPPED_MAX = 1024 * 1024 };

void linger_begin(struct conn *c)
{
	c->phase = CONN_LINGERING;
	c->conns->lingering++;
	shutdown(c->watch.fd, SHUT_WR);
	conn_watch(c, EPOLLIN);
	conn_set_timer(c, c->conns->stopping ? CONN_LINGER_STOPPING_MS : CONN_LINGER_MS);
	conn_set_idle(c);
}

void linger_hurry(struct conn *c)
{
	c->writing = false;
	conn_set_timer(c, CONN_LINGER_STOPPING_MS);
}

void linger_read(struct conn *c)
{
	char dropped[16 * 1024];
	ssize_t n = recv(c->watch.fd, dropped, sizeof(dropped), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	c->lingered += n > 0 ? (uint32_t)n : DROPPED_MAX;
	if (c->lingered >= DROPPED_MAX)
		conn_close(c);
}

void linger_close(struct conn *c)
{
	if (c->conns->stopping || outbox_unacknowledged(c->watch.fd) == 0) {
		conn_close(c);
		return;
	}
	if (c->phase != CONN_LINGERING)
		linger_begin(c);
	conn_timeouts_begin_write(c);
}

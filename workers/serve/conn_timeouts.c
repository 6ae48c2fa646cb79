#include "conn_timeouts.h"

void conn_timeouts_begin_write(struct conn *c)
{
	c->writing = true;
	outbox_restart_count(&c->outbox, c->watch.fd);
	conn_set_timer(c, c->conns->write_ms);
}

void conn_timeouts_end_write(struct conn *c)
{
	uint64_t left = outbox_unacknowledged(c->watch.fd);

	if (c->outbox.sent >= left + CONN_WRITE_BYTES)
		conn_timeouts_begin_write(c);
	else if (left > 0)
		conn_reset(c);
	else
		conn_close(c);
}

void conn_timeouts_await_client(struct conn *c)
{
	if (buf_len(&c->outbox.buffer) == 0) {
		/* Memory for a slow reader of a tail is that of the connection alone. */
		outbox_trim(&c->outbox, &c->conns->pool);
		http_reader_trim(&c->reader);
	}
	conn_watch(c, EPOLLOUT);
	conn_set_busy(c);
	if (!c->writing)
		conn_timeouts_begin_write(c);
}

void conn_timeouts_await_dbd(struct conn *c)
{
	conn_watch(c, c->events & EPOLLIN);
	conn_set_busy(c);
	loop_timer_cancel(c->conns->loop, &c->timer);
}

static enum conn_awaited next_awaited(const struct conn *c)
{
	if (http_reader_idle(&c->reader))
		return AWAITED_REQUEST;
	return http_reader_in_body(&c->reader) ? AWAITED_BODY : AWAITED_HEAD;
}

static uint64_t time_for(const struct conns *conns, enum conn_awaited awaited)
{
	switch (awaited) {
	case AWAITED_HEAD:
		return conns->header_ms;
	case AWAITED_BODY:
		return conns->body_ms;
	default:
		return conns->stopping ? conns->last_ms : conns->keep_alive_ms;
	}
}

void conn_timeouts_await_request(struct conn *c)
{
	enum conn_awaited awaited = next_awaited(c);

	conn_watch(c, EPOLLIN);
	if (awaited == c->awaited)
		return;
	c->awaited = awaited;
	conn_set_timer(c, time_for(c->conns, awaited));
	if (awaited != AWAITED_REQUEST) {
		conn_set_busy(c);
		return;
	}
	http_reader_trim(&c->reader);
	conn_set_idle(c);
}

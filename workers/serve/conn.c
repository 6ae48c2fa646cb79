#include "conn.h"

#include "conn_timeouts.h"
#include "heartbeat.h"
#include "linger.h"
#include "log.h"
#include "refusal.h"
#include "respond.h"
#include "stats.h"

#include <errno.h>
#include <sys/socket.h>

enum { READ_AT_LEAST = 4 * 1024 };

static void advance(struct conn *c);

/* Answers. */

/* Ends a connection whose answer cannot be completed. Chunks lack the last one then; an answer that
 * ends with the connection needs a reset to look incomplete. */
static void break_off(struct conn *c)
{
	if (c->pending->framing == FRAMING_CLOSE)
		conn_reset(c);
	else
		conn_close(c);
}

static void on_answered(struct exchange *x)
{
	struct conn *c = CONTAINER_OF(x, struct pending, exchange)->conn;

	if (x->broken) {
		break_off(c);
		return;
	}
	if (x->parted)
		respond_part(c);
	else
		respond_whole(c);
	advance(c);
}

/* Requests. */

static struct pending *lend_pending(struct conn *c)
{
	struct conns *conns = c->conns;

	return pending_get(&conns->pending, c, conns->service, on_answered);
}

static bool wants_body(struct conn *c, const struct http_request *request)
{
	struct pending *p = lend_pending(c);
	bool wants = exchange_wants_body(&p->exchange, request);

	pending_put(&c->conns->pending, p);
	return wants;
}

static void begin_body(struct conn *c, const struct http_request *request)
{
	if (!http_reader_has_body(&c->reader))
		http_reader_want_body(&c->reader, wants_body(c, request));
	if (request->expect_continue)
		buf_str(&c->outbox.buffer, STR("HTTP/1.1 100 Continue\r\n\r\n"));
}

static void on_head(struct conn *c, const struct http_request *request)
{
	const struct conns *conns = c->conns;

	if (conns->limit_concurrency > 0 &&
		conns->count - conns->lingering > conns->limit_concurrency)
		refusal_write(c, request, 503);
	else if (request->has_body)
		begin_body(c, request);
}

static void on_request(struct conn *c, const struct http_request *request)
{
	struct pending *p = lend_pending(c);

	c->phase = CONN_WAITING;
	c->pending = p;
	p->request = *request;
	p->began = loop_now_ns(c->conns->loop);
	p->exchange.id = conn_request_id(c, &request->fields, &p->exchange.arena);
	stats_add(STAT_HTTP_ACTIVE, 1);
	if (exchange_start(&p->exchange, &p->request)) {
		heartbeat_note(HEARTBEAT_LOOP, ACTIVITY_ANSWERING);
		respond_whole(c);
	}
}

static void on_bad_message(struct conn *c)
{
	const char *hint = http_reader_hint(&c->reader);

	if (hint)
		log_debug("%s", hint);
	refusal_write(c, NULL, c->reader.status);
}

/* Reads requests and answers them until it needs more input or dbd. Returns true if it only paused,
 * because too much is unsent. */
static bool step(struct conn *c)
{
	struct http_request request;

	while (c->phase == CONN_READING && !c->closing) {
		if (outbox_is_full(&c->outbox))
			return true;
		heartbeat_note(HEARTBEAT_LOOP, ACTIVITY_READING_REQUEST);
		switch (http_reader_step(&c->reader, &request)) {
		case HTTP_NEED_MORE:
			return false;
		case HTTP_BAD:
			on_bad_message(c);
			return false;
		case HTTP_HEAD_READY:
			request.fields.seen &= c->fields;
			on_head(c, &request);
			break;
		case HTTP_DONE:
			request.fields.seen &= c->fields;
			on_request(c, &request);
			break;
		}
	}
	return false;
}

/* Returns false if the connection is gone. */
static bool flush(struct conn *c)
{
	switch (outbox_flush(&c->outbox, &c->conns->pool, c->watch.fd)) {
	case OUTBOX_EMPTY:
		c->writing = false;
		return true;
	case OUTBOX_WAITS:
		return true;
	case OUTBOX_FAILED:
		break;
	}
	conn_close(c);
	return false;
}

/* Decides what the connection waits for, or ends it. */
static void settle(struct conn *c)
{
	if (outbox_has_unsent(&c->outbox) || conn_has_next_part(c)) {
		conn_timeouts_await_client(c);
	} else if (c->phase == CONN_WAITING) {
		conn_timeouts_await_dbd(c);
	} else if (c->closing) {
		if (c->lingers && !c->input_ended)
			linger_begin(c);
		else
			conn_close(c);
	} else if (c->input_ended) {
		conn_close(c);
	} else if (c->expired && http_reader_idle(&c->reader)) {
		linger_close(c);
	} else {
		conn_timeouts_await_request(c);
	}
}

static void advance(struct conn *c)
{
	bool paused;

	do {
		paused = step(c);
		answer_stats_flush(&c->conns->stats);
		if (!flush(c))
			return;
	} while (paused && !outbox_has_unsent(&c->outbox));
	if (c->pending && c->pending->exchange.resting && !conn_has_next_part(c) &&
		!outbox_is_full(&c->outbox))
		exchange_next(&c->pending->exchange);
	settle(c);
}

/* Events. */

/* Reads once; the level-triggered loop calls again if there is more. Returns false if the
 * connection is gone. */
static bool read_some(struct conn *c)
{
	size_t room;
	char *space = http_reader_space(&c->reader, READ_AT_LEAST, &room);
	ssize_t n = space ? recv(c->watch.fd, space, room, 0) : -1;

	if (n > 0) {
		http_reader_added(&c->reader, (size_t)n);
		stats_add(STAT_HTTP_RECEIVED, (uint64_t)n);
	} else if (n == 0) {
		c->input_ended = true;
	} else if (!space || (errno != EAGAIN && errno != EINTR)) {
		conn_close(c);
		return false;
	}
	return true;
}

static void on_readable(struct conn *c)
{
	switch (c->phase) {
	case CONN_READING:
		if (read_some(c))
			advance(c);
		break;
	case CONN_WAITING:
		conn_watch(c, 0); /* until the answer is written */
		break;
	case CONN_LINGERING:
		linger_read(c);
		break;
	}
}

static void on_writable(struct conn *c)
{
	if (conn_has_next_part(c) && !outbox_is_full(&c->outbox))
		exchange_next(&c->pending->exchange);
	else
		advance(c);
}

static void on_event(struct watch *watch, uint32_t events)
{
	struct conn *c = CONTAINER_OF(watch, struct conn, watch);

	if (events & (EPOLLERR | EPOLLHUP))
		conn_close(c);
	else if (events & EPOLLOUT)
		on_writable(c);
	else
		on_readable(c);
}

static void on_timer(struct timer *timer)
{
	struct conn *c = CONTAINER_OF(timer, struct conn, timer);

	if (c->writing) {
		conn_timeouts_end_write(c);
	} else if (c->phase == CONN_READING && c->awaited != AWAITED_REQUEST) {
		refusal_write(c, NULL, 408);
		advance(c);
	} else if (c->phase == CONN_READING) {
		conn_expire(c);
	} else {
		linger_close(c);
	}
}

struct conn *conn_open(struct conns *conns, int fd, const struct sockaddr_storage *peer)
{
	return conn_new(conns, fd, peer, on_event, on_timer);
}

void conn_start(struct conn *c)
{
	if (read_some(c))
		advance(c);
}

void conn_refuse(struct conn *c)
{
	refusal_write(c, NULL, 503);
	advance(c);
}

void conn_expire(struct conn *c)
{
	c->expired = true;
	conn_start(c);
}

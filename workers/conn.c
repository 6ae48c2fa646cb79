#include "conn.h"

#include "access_log.h"
#include "heartbeat.h"
#include "log.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	READ_AT_LEAST = 4 * 1024,
	OUT_PAUSE =
		256 * 1024, /* no further request is begun while more than this waits to be sent */
	OUT_KEEP = 16 * 1024,
	PART_PAUSE = 32 * 1024,    /* … or the next part of an answer asked for */
	LINGER_BYTES = 1024 * 1024 /* read and dropped after a refusal, at most */
};

enum state {
	READING,  /* of a request, or idle between two */
	WAITING,  /* for dbd; nothing is read, so the request's bytes stay where they are */
	LINGERING /* all is said: what still comes is dropped, so that no reset eats the answer */
};

struct conn {
	struct watch watch;
	struct conns *conns;
	struct conn *next, *previous;
	struct timer timer;
	uint32_t events; /* watched for */
	enum state state;
	bool closing;         /* after what waits in out */
	bool lingers;         /* … and the client may not know yet that it is the end */
	bool finished;        /* the client sends no more */
	bool in_request;      /* the timer is that of a request that has begun to come */
	int queued;           /* bytes in the socket when the client's time began */
	enum framing framing; /* of the answer that comes in parts */
	size_t lingered;
	struct http_reader reader;
	struct http_request request;
	struct exchange exchange;
	struct buf out;
	struct sockaddr_storage peer;
};

static void advance(struct conn *c);

static void close_conn(struct conn *c)
{
	struct conns *conns = c->conns;

	*(c->previous ? &c->previous->next : &conns->first) = c->next;
	if (c->next)
		c->next->previous = c->previous;
	loop_timer_cancel(conns->loop, &c->timer);
	loop_remove(conns->loop, &c->watch);
	close(c->watch.fd);
	exchange_done(&c->exchange);
	http_reader_done(&c->reader);
	buf_done(&c->out);
	free(c);
	conns->count--;
	conns->on_closed(conns);
}

static void watch_for(struct conn *c, uint32_t events)
{
	if (events == c->events)
		return;
	c->events = events;
	loop_modify(c->conns->loop, &c->watch, events);
}

static void set_timer(struct conn *c, uint64_t ms)
{
	loop_timer_set(c->conns->loop, &c->timer, ms);
}

/* Answers. */

static void write_response(struct conn *c, struct response *r)
{
	r->head_only = c->request.method == METHOD_HEAD;
	r->framing = c->framing;
	c->closing = c->conns->parting || !c->request.keep_alive;
	c->lingers = c->request.keep_alive;
	r->close = c->closing;
	response_write(&c->out, r);
	if (c->conns->access_log)
		access_log_write(&c->peer, &c->request, r->status);
	if (c->conns->worn_after > 0 && --c->conns->worn_after == 0)
		c->conns->on_worn(c->conns);
}

/* A request that is not one, or not in time: nothing behind it is ever read as a request. */
static void refuse(struct conn *c, int status)
{
	struct response r = {
		.status = status,
		.type = STR("text/plain; charset=utf-8"),
		/* CONNECT: RFC 9110 15.5.6 wants the field even if no method is allowed. */
		.fields = status == 405 ? STR("allow: \r\n") : STR(""),
		.body = status == 400 ? STR("Invalid HTTP request received.")
				      : str_from(response_reason(status)),
		.close = true,
	};

	response_write(&c->out, &r);
	c->closing = c->lingers = true;
	if (c->conns->access_log)
		access_log_write(&c->peer, NULL, status);
}

static void end_exchange(struct conn *c)
{
	exchange_reset(&c->exchange);
	http_reader_next(&c->reader);
	c->state = READING;
	c->in_request = false;
	c->framing = FRAMING_LENGTH;
}

static void answered(struct conn *c)
{
	write_response(c, &c->exchange.response);
	end_exchange(c);
}

static void write_part(struct conn *c)
{
	struct exchange *x = &c->exchange;

	if (c->framing == FRAMING_LENGTH) {
		c->framing = c->request.minor > 0 ? FRAMING_CHUNKS : FRAMING_CLOSE;
		write_response(c, &x->response);
	} else {
		response_write_part(&c->out, c->framing, x->response.body);
	}
	if (x->answered)
		response_write_end(&c->out, c->framing);
	if (x->answered || x->response.head_only)
		end_exchange(c);
}

/* The rest of an answer is lost. Who waits for the last chunk sees that it is missing; who waits
 * for the end of the connection must see it reset. */
static void break_off(struct conn *c)
{
	const struct linger reset = { .l_onoff = 1 };

	if (c->framing == FRAMING_CLOSE)
		setsockopt(c->watch.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close_conn(c);
}

static void on_answered(struct exchange *x)
{
	struct conn *c = CONTAINER_OF(x, struct conn, exchange);

	if (x->broken) {
		break_off(c);
		return;
	}
	if (x->parted)
		write_part(c);
	else
		answered(c);
	advance(c);
}

/* Writing. */

/* The last answer is out: says so to the client, and drops what it still sends for a while, since
 * closing a socket with unread bytes would reset it under the answer (RFC 9112 9.6). */
static void linger(struct conn *c)
{
	c->state = LINGERING;
	shutdown(c->watch.fd, SHUT_WR);
	watch_for(c, EPOLLIN);
	set_timer(c, c->conns->stopping ? CONN_LINGER_STOPPING_MS : CONN_LINGER_MS);
}

/* False: the connection is gone. */
static bool flush(struct conn *c)
{
	/* What is in a failed buffer is not whole: sent, it would be taken for an answer. */
	if (c->out.failed) {
		close_conn(c);
		return false;
	}
	while (buf_len(&c->out) > 0) {
		struct str rest = buf_view(&c->out);
		ssize_t n = send(c->watch.fd, rest.ptr, rest.len, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			close_conn(c);
			return false;
		}
		buf_consume(&c->out, (size_t)n);
	}
	buf_reset(&c->out, OUT_KEEP);
	return true;
}

static void await_request(struct conn *c)
{
	if (!http_reader_idle(&c->reader)) {
		if (!c->in_request)
			set_timer(c, CONN_REQUEST_MS);
		c->in_request = true;
	} else {
		http_reader_trim(&c->reader);
		buf_done(&c->out);
		set_timer(c, c->conns->keep_alive_ms);
	}
	watch_for(c, EPOLLIN);
}

/* Bytes that the client has not taken out of the socket. The kernel may say that it is writable
 * only once much of it is, which a slow client does not bring about in its time. */
static int queued(const struct conn *c)
{
	int n = 0;

	return ioctl(c->watch.fd, SIOCOUTQ, &n) < 0 ? 0 : n;
}

/* What the connection waits for now, and how long. */
static void settle(struct conn *c)
{
	if (buf_len(&c->out) > 0) {
		watch_for(c, EPOLLOUT);
		c->queued = queued(c);
		set_timer(c, c->conns->write_ms);
	} else if (c->state == WAITING) {
		watch_for(c, c->events & EPOLLIN);
		loop_timer_cancel(c->conns->loop, &c->timer);
	} else if (c->closing) {
		if (c->lingers && !c->finished)
			linger(c);
		else
			close_conn(c);
	} else if (c->finished || (c->conns->stopping && http_reader_idle(&c->reader))) {
		close_conn(c);
	} else {
		await_request(c);
	}
}

/* Requests. */

static void begin_body(struct conn *c)
{
	http_reader_want_body(&c->reader, exchange_wants_body(&c->exchange, &c->request));
	if (c->request.expect_continue && c->request.has_body)
		buf_str(&c->out, STR("HTTP/1.1 100 Continue\r\n\r\n"));
}

/* Goes on until more bytes or dbd must be awaited. True: it only paused, until what waits in out is
 * sent. */
static bool step(struct conn *c)
{
	while (c->state == READING && !c->closing) {
		if (buf_len(&c->out) > OUT_PAUSE)
			return true;
		heartbeat_note(HEARTBEAT_LOOP, DOING_READING_REQUEST);
		switch (http_reader_step(&c->reader, &c->request)) {
		case HTTP_NEED_MORE:
			return false;
		case HTTP_BAD:
			refuse(c, c->reader.status);
			return false;
		case HTTP_HEAD_READY:
			if (c->request.has_body)
				begin_body(c);
			break;
		case HTTP_DONE:
			c->state = WAITING;
			if (exchange_start(&c->exchange, &c->request)) {
				heartbeat_note(HEARTBEAT_LOOP, DOING_ANSWERING);
				answered(c);
			}
			break;
		}
	}
	return false;
}

static void advance(struct conn *c)
{
	bool paused;

	do {
		paused = step(c);
		if (!flush(c))
			return;
	} while (paused && buf_len(&c->out) == 0);
	if (c->exchange.resting && buf_len(&c->out) <= PART_PAUSE)
		exchange_next(&c->exchange);
	settle(c);
}

/* Events. */

/* One read: a level-triggered loop calls again if there is more. False: the connection is gone. */
static bool read_some(struct conn *c)
{
	size_t room;
	char *space = http_reader_space(&c->reader, READ_AT_LEAST, &room);
	ssize_t n = space ? recv(c->watch.fd, space, room, 0) : -1;

	if (n > 0)
		http_reader_added(&c->reader, (size_t)n);
	else if (n == 0)
		c->finished = true;
	else if (!space || (errno != EAGAIN && errno != EINTR)) {
		close_conn(c);
		return false;
	}
	return true;
}

static void read_and_drop(struct conn *c)
{
	char dropped[16 * 1024];
	ssize_t n = recv(c->watch.fd, dropped, sizeof(dropped), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	c->lingered += n > 0 ? (size_t)n : LINGER_BYTES;
	if (c->lingered >= LINGER_BYTES)
		close_conn(c);
}

static void on_event(struct watch *watch, uint32_t events)
{
	struct conn *c = CONTAINER_OF(watch, struct conn, watch);

	if (events & (EPOLLERR | EPOLLHUP)) {
		close_conn(c);
		return;
	}
	if (events & EPOLLOUT) {
		advance(c);
		return;
	}
	switch (c->state) {
	case READING:
		if (read_some(c))
			advance(c);
		break;
	case WAITING:
		watch_for(c, 0); /* until the answer is out */
		break;
	case LINGERING:
		read_and_drop(c);
		break;
	}
}

static void on_timer(struct timer *timer)
{
	struct conn *c = CONTAINER_OF(timer, struct conn, timer);

	if (c->state == READING && buf_len(&c->out) == 0 && !http_reader_idle(&c->reader)) {
		refuse(c, 408);
		advance(c);
	} else if (buf_len(&c->out) > 0 && queued(c) < c->queued) {
		c->queued = queued(c);
		set_timer(c, c->conns->write_ms);
	} else {
		close_conn(c);
	}
}

void conn_open(struct conns *conns, int fd, const struct sockaddr_storage *peer)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c) {
		log_error("out of memory for a connection");
		close(fd);
		return;
	}
	c->watch = (struct watch){ fd, on_event };
	c->conns = conns;
	c->timer.on_timer = on_timer;
	c->peer = *peer;
	http_reader_init(&c->reader, &conns->limits);
	exchange_init(&c->exchange, conns->service, on_answered);
	buf_init(&c->out, SIZE_MAX / 2);
	c->events = EPOLLIN;
	if (loop_add(conns->loop, &c->watch, EPOLLIN) < 0) {
		log_error("epoll_ctl(ADD): %s", strerror(errno));
		http_reader_done(&c->reader);
		close(fd);
		free(c);
		return;
	}
	c->next = conns->first;
	if (c->next)
		c->next->previous = c;
	conns->first = c;
	conns->count++;
	/* The first request is often there already: it saves a turn of the loop. */
	if (read_some(c))
		advance(c);
}

/* A request may have come that the loop has not told of yet. */
static void stop_conn(struct conn *c)
{
	if (c->state == LINGERING) {
		set_timer(c, CONN_LINGER_STOPPING_MS);
		return;
	}
	if (c->state != READING || buf_len(&c->out) > 0 || !http_reader_idle(&c->reader))
		return;
	if (!read_some(c))
		return;
	if (http_reader_idle(&c->reader))
		close_conn(c);
	else
		advance(c);
}

void conns_part(struct conns *conns)
{
	conns->parting = true;
}

void conns_stop(struct conns *conns)
{
	struct conn *next;

	conns->parting = conns->stopping = true;
	for (struct conn *c = conns->first; c; c = next) {
		next = c->next;
		stop_conn(c);
	}
}

#include "conn.h"

#include "access_log.h"
#include "forwarded.h"
#include "heartbeat.h"
#include "log.h"
#include "metrics.h"
#include "stats.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	READ_AT_LEAST = 4 * 1024,
	OUT_PAUSE = 32 * 1024,     /* while more than this waits to be sent, or a tail, neither is a
				      further request begun nor the next part of an answer asked for */
	SPARE_TURNS = 64,          /* some 10 KiB each */
	LINGER_BYTES = 1024 * 1024 /* read and dropped after a refusal, at most */
};

enum state {
	READING,  /* of a request, or idle between two */
	WAITING,  /* for dbd; nothing is read, so the request's bytes stay where they are */
	LINGERING /* all is said: what still comes is dropped, so that no reset eats the answer */
};

/* What the client must send within the timer's time, which further bytes do not prolong. */
enum awaited { AWAITED_NOTHING, AWAITED_REQUEST, AWAITED_HEAD, AWAITED_BODY };

/* A request that has come, until it is answered. */
struct turn {
	struct exchange exchange;
	struct http_request request;
	enum framing framing; /* of an answer that comes in parts */
	uint64_t began;       /* loop_now_ns's */
	struct conn *conn;
	struct turn *next; /* spare */
};

/* There may be ten thousand idle ones: docs/architecture.md says what one costs. */
struct conn {
	struct watch watch;
	struct conns *conns;
	struct conn_list *list;
	struct conn *next, *previous;
	struct address *address;
	struct turn *turn; /* WAITING */
	struct timer timer;
	uint32_t events; /* watched for */
	enum state state;
	enum awaited awaited; /* READING */
	uint16_t heeded;      /* fields of its requests, enum http_field */
	bool closing;         /* after what waits to be sent */
	bool lingers;         /* … and the client may not know yet that it is the end */
	bool finished;        /* the client sends no more */
	bool writing;         /* the timer is that of a client that has to take what waits */
	bool expired;         /* its time for a request is over: closed unless one has begun */
	uint32_t lingered;    /* bytes */
	uint64_t handed; /* bytes that the socket held when that timer was set, and since then */
	struct http_reader reader;
	struct buf out;
	struct str tail;          /* what is to be sent after it: part of the text of … */
	struct cache_entry *kept; /* … which is held for so long; NULL if it is there for ever */
	struct sockaddr_in6 peer; /* or whatever of another family fits in */
};

static void advance(struct conn *c);

/* Lists. */

static void unlink_conn(struct conn *c)
{
	*(c->previous ? &c->previous->next : &c->list->first) = c->next;
	*(c->next ? &c->next->previous : &c->list->last) = c->previous;
}

/* Behind a connection of the list; at its start if that is NULL. */
static void link_conn(struct conn *c, struct conn_list *list, struct conn *previous)
{
	c->list = list;
	c->previous = previous;
	c->next = previous ? previous->next : list->first;
	*(c->previous ? &c->previous->next : &list->first) = c;
	*(c->next ? &c->next->previous : &list->last) = c;
}

static void set_busy(struct conn *c)
{
	struct conn_list *busy = &c->conns->busy;

	if (c->list == busy)
		return;
	unlink_conn(c);
	link_conn(c, busy, busy->last);
}

/* Those that are on their way out are the first to make room for others. */
static void set_idle(struct conn *c)
{
	struct conn_list *idle = &c->conns->idle;

	unlink_conn(c);
	link_conn(c, idle, c->state == LINGERING ? NULL : idle->last);
	c->conns->on_idle(c->conns);
}

/* Turns. */

static void on_answered(struct exchange *x);

static void begin_turn(struct conn *c)
{
	struct conns *conns = c->conns;
	struct turn *turn = conns->spare;

	if (turn) {
		conns->spare = turn->next;
		conns->spares--;
	} else {
		turn = calloc(1, sizeof(*turn));
		if (!turn)
			log_die("out of memory for a request");
		exchange_init(&turn->exchange, conns->service, on_answered);
	}
	turn->conn = c;
	turn->framing = FRAMING_LENGTH;
	c->turn = turn;
}

static void end_turn(struct conn *c)
{
	struct conns *conns = c->conns;
	struct turn *turn = c->turn;

	c->turn = NULL;
	if (conns->spares == SPARE_TURNS) {
		exchange_done(&turn->exchange);
		free(turn);
		return;
	}
	exchange_reset(&turn->exchange);
	turn->next = conns->spare;
	conns->spare = turn;
	conns->spares++;
}

/* What waits to be sent. */

static struct cache *cache_of(const struct conn *c)
{
	return c->conns->service->cache;
}

static bool has_unsent(const struct conn *c)
{
	return buf_len(&c->out) > 0 || c->tail.len > 0;
}

/* Nothing may come behind a tail before it is sent. */
static bool is_full(const struct conn *c)
{
	return buf_len(&c->out) > OUT_PAUSE || c->tail.len > 0;
}

/* The next part of an answer is to be had, in another turn of the loop. */
static bool has_next_part(const struct conn *c)
{
	return c->turn && exchange_has_next(&c->turn->exchange);
}

static void write_whole(struct conn *c, const struct response *r)
{
	buffer_pool_get(&c->conns->pool, &c->out);
	c->tail = response_write(&c->out, r);
	if (c->tail.len == 0)
		return;
	c->kept = r->kept;
	if (c->kept)
		cache_hold(cache_of(c), c->kept);
}

static void end_tail(struct conn *c)
{
	c->tail = STR("");
	if (c->kept)
		cache_release(cache_of(c), c->kept);
	c->kept = NULL;
}

/* The connection. */

static void close_conn(struct conn *c)
{
	struct conns *conns = c->conns;

	unlink_conn(c);
	loop_timer_cancel(conns->loop, &c->timer);
	loop_close(conns->loop, &c->watch);
	if (c->turn) {
		stats_add(STAT_HTTP_BROKEN_OFF, 1);
		stats_add(STAT_HTTP_ACTIVE, (uint64_t)-1);
		end_turn(c);
	}
	addresses_leave(&conns->addresses, c->address);
	conns->lingering -= c->state == LINGERING;
	http_reader_done(&c->reader);
	buffer_pool_put(&conns->pool, &c->out);
	end_tail(c);
	free(c);
	stats_set(STAT_CONNECTIONS, --conns->count);
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

static void on_turn_end(struct task *task)
{
	(void)task;
	log_flush();
}

/* Who is behind a trusted proxy; "" if there is none, or it does not say. */
static struct str client_of(
	const struct conn *c, const struct http_request *request, struct arena *arena)
{
	if (!request || !(request->fields.seen & HTTP_X_FORWARDED_FOR))
		return STR("");
	return forwarded_client(
		c->conns->trusted, http_field(&request->fields, HTTP_X_FORWARDED_FOR, arena));
}

/* request is NULL if there was none that could be read. */
static void log_answer(struct conn *c, const struct http_request *request, const struct response *r,
	uint64_t began, struct arena *arena)
{
	struct conns *conns = c->conns;

	if (!conns->access_log)
		return;
	access_log_write(
		&(struct access){
			.peer = (const void *)&c->peer,
			.client = client_of(c, request, arena),
			.request = request,
			.status = r->status,
			.ns = began > 0 ? clock_ns() - began : 0,
			.bytes = response_content_length(r),
			.id = r->request_id,
		},
		arena);
	conns->log.on_turn_end = on_turn_end;
	loop_defer(conns->loop, &conns->log);
}

static struct str id_of(const struct conn *c, const struct http_fields *fields, struct arena *arena)
{
	struct service *service = c->conns->service;

	return service->gives_ids ? request_id(&service->ids, fields, arena) : STR("");
}

static void write_response(struct conn *c, struct response *r)
{
	struct turn *turn = c->turn;
	const struct http_request *request = &turn->request;

	r->head_only = request->method == METHOD_HEAD;
	r->framing = turn->framing;
	r->cors = turn->exchange.cors;
	c->closing = c->conns->parting || !request->keep_alive;
	c->lingers = request->keep_alive;
	r->close = c->closing;
	r->request_id = turn->exchange.id;
	write_whole(c, r);
	log_answer(c, request, r, turn->began, &turn->exchange.arena);
	if (c->conns->retire_after > 0 && --c->conns->retire_after == 0)
		c->conns->on_retiring(c->conns);
}

static struct str refusal_fields(int status)
{
	switch (status) {
	case 405: /* CONNECT: RFC 9110 15.5.6 wants the field even if no method is allowed. */
		return STR("allow: \r\n");
	case 503:
		return STR("retry-after: 1\r\n");
	default:
		return STR("");
	}
}

/* A request that is not one, or not in time, or one too many (only then it is known): nothing
 * behind it is ever read as a request. */
static void refuse(struct conn *c, const struct http_request *request, int status)
{
	struct response r = {
		.status = status,
		.type = STR("text/plain; charset=utf-8"),
		.fields = refusal_fields(status),
		.body = status == 400 ? STR("Invalid HTTP request received.")
				      : str_from(response_reason(status)),
		.head_only = request && request->method == METHOD_HEAD,
		.close = true,
	};
	const struct http_fields fields =
		request ? request->fields : http_reader_fields(&c->reader);
	struct arena arena = { 0 };

	r.cors = cors_fields(&arena, &c->conns->service->cors, &fields);
	r.request_id = id_of(c, &fields, &arena);
	write_whole(c, &r);
	c->closing = c->lingers = true;
	stats_observe_key(
		metrics_key(NULL, NULL, request ? request->method : METHOD__COUNT, status), 0);
	if (status == 503)
		stats_add_at(STAT_HTTP_UNAVAILABLE,
			request ? STAT_CAUSE_CONCURRENCY : STAT_CAUSE_ADDRESS, 1);
	log_answer(c, request, &r, 0, &arena);
	arena_done(&arena);
}

/* Requests that came together are answered together: one look at the clock is enough. */
static void count_answers(struct conns *conns)
{
	uint64_t now = conns->nanswers > 0 ? clock_ns() : 0;

	for (unsigned i = 0; i < conns->nanswers; i++)
		stats_observe_key(conns->answers[i].key, now - conns->answers[i].began);
	conns->nanswers = 0;
}

static void count_request(const struct conn *c)
{
	struct conns *conns = c->conns;
	const struct turn *turn = c->turn;
	const struct exchange *x = &turn->exchange;

	if (conns->nanswers == CONN_ANSWERS)
		count_answers(conns);
	conns->answers[conns->nanswers++] = (struct conn_answer){
		metrics_key(&conns->service->routes, x->route.endpoint, turn->request.method,
			x->response.status),
		turn->began,
	};
	stats_add(STAT_HTTP_ACTIVE, (uint64_t)-1);
}

static void end_request(struct conn *c)
{
	count_request(c);
	end_turn(c);
	http_reader_next(&c->reader);
	c->state = READING;
	c->awaited = AWAITED_NOTHING;
	c->expired = false;
}

static void answered(struct conn *c)
{
	write_response(c, &c->turn->exchange.response);
	end_request(c);
}

static void write_part(struct conn *c)
{
	struct turn *turn = c->turn;
	struct exchange *x = &turn->exchange;

	if (turn->framing == FRAMING_LENGTH) {
		turn->framing = turn->request.minor > 0 ? FRAMING_CHUNKS : FRAMING_CLOSE;
		write_response(c, &x->response);
	} else {
		buffer_pool_get(&c->conns->pool, &c->out);
		response_write_part(&c->out, turn->framing, x->response.body);
	}
	if (x->answered)
		response_write_end(&c->out, turn->framing);
	if (x->answered || x->response.head_only)
		end_request(c);
}

/* What waits in the socket is lost, too. */
static void reset_conn(struct conn *c)
{
	const struct linger reset = { .l_onoff = 1 };

	setsockopt(c->watch.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close_conn(c);
}

/* The rest of an answer is lost. Who waits for the last chunk sees that it is missing; who waits
 * for the end of the connection must see it reset. */
static void break_off(struct conn *c)
{
	if (c->turn->framing == FRAMING_CLOSE)
		reset_conn(c);
	else
		close_conn(c);
}

static void on_answered(struct exchange *x)
{
	struct conn *c = CONTAINER_OF(x, struct turn, exchange)->conn;

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
	c->conns->lingering++;
	shutdown(c->watch.fd, SHUT_WR);
	watch_for(c, EPOLLIN);
	set_timer(c, c->conns->stopping ? CONN_LINGER_STOPPING_MS : CONN_LINGER_MS);
	set_idle(c);
}

static ssize_t send_some(const struct conn *c)
{
	struct str out = buf_view(&c->out);

	/* The kernel is quicker with one part: 0.2 us of 1.5. */
	if (c->tail.len == 0)
		return send(c->watch.fd, out.ptr, out.len, MSG_NOSIGNAL);
	struct iovec parts[] = {
		{ (void *)(uintptr_t)out.ptr, out.len },
		{ (void *)(uintptr_t)c->tail.ptr, c->tail.len },
	};
	const struct msghdr message = { .msg_iov = parts, .msg_iovlen = NITEMS(parts) };

	return sendmsg(c->watch.fd, &message, MSG_NOSIGNAL);
}

static void sent(struct conn *c, size_t n)
{
	size_t of_out = n < buf_len(&c->out) ? n : buf_len(&c->out);

	buf_consume(&c->out, of_out);
	c->tail = str_from_index(c->tail, n - of_out);
	c->handed += n;
	stats_add(STAT_HTTP_SENT, n);
}

/* False: the connection is gone. */
static bool flush(struct conn *c)
{
	/* What is in a failed buffer is not whole: sent, it would be taken for an answer. */
	if (c->out.failed) {
		close_conn(c);
		return false;
	}
	while (has_unsent(c)) {
		ssize_t n = send_some(c);
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			close_conn(c);
			return false;
		}
		sent(c, (size_t)n);
	}
	end_tail(c);
	buffer_pool_put(&c->conns->pool, &c->out);
	c->writing = false;
	return true;
}

/* Bytes that the client has not taken out of the socket. The kernel may say that it is writable
 * only once much of it is, which a slow client does not bring about in its time. */
static uint64_t queued(const struct conn *c)
{
	int n = 0;

	return ioctl(c->watch.fd, SIOCOUTQ, &n) < 0 || n < 0 ? 0 : (uint64_t)n;
}

/* Each of the client's periods is as long, whatever it takes, and must see its share taken. */
static void begin_writing(struct conn *c)
{
	c->writing = true;
	c->handed = queued(c);
	set_timer(c, c->conns->write_ms);
}

static void end_period(struct conn *c)
{
	uint64_t left = queued(c);

	if (c->handed >= left + CONN_WRITE_BYTES)
		begin_writing(c);
	else if (left > 0)
		reset_conn(c);
	else
		close_conn(c);
}

/* All is said, but not taken: closed now, the socket would stay for as long as its client wants. */
static void await_rest(struct conn *c)
{
	if (c->state != LINGERING)
		linger(c);
	begin_writing(c);
}

/* Who reads a tail needs no memory but that of the tail. */
static void await_client(struct conn *c)
{
	if (buf_len(&c->out) == 0) {
		buffer_pool_put(&c->conns->pool, &c->out);
		http_reader_trim(&c->reader);
	}
	watch_for(c, EPOLLOUT);
	set_busy(c);
	if (!c->writing)
		begin_writing(c);
}

static void await_dbd(struct conn *c)
{
	watch_for(c, c->events & EPOLLIN);
	set_busy(c);
	loop_timer_cancel(c->conns->loop, &c->timer);
}

static enum awaited next_awaited(const struct conn *c)
{
	if (http_reader_idle(&c->reader))
		return AWAITED_REQUEST;
	return http_reader_in_body(&c->reader) ? AWAITED_BODY : AWAITED_HEAD;
}

static void await_request(struct conn *c)
{
	const uint64_t times[] = {
		[AWAITED_REQUEST] =
			c->conns->stopping ? c->conns->last_ms : c->conns->keep_alive_ms,
		[AWAITED_HEAD] = c->conns->header_ms,
		[AWAITED_BODY] = c->conns->body_ms,
	};
	enum awaited awaited = next_awaited(c);

	watch_for(c, EPOLLIN);
	if (awaited == c->awaited)
		return;
	c->awaited = awaited;
	set_timer(c, times[awaited]);
	if (awaited != AWAITED_REQUEST) {
		set_busy(c);
		return;
	}
	http_reader_trim(&c->reader);
	set_idle(c);
}

static void close_idle(struct conn *c)
{
	if (queued(c) > 0 && !c->conns->stopping)
		await_rest(c);
	else
		close_conn(c);
}

/* What the connection waits for now, and how long. */
static void settle(struct conn *c)
{
	if (has_unsent(c) || has_next_part(c)) {
		await_client(c);
	} else if (c->state == WAITING) {
		await_dbd(c);
	} else if (c->closing) {
		if (c->lingers && !c->finished)
			linger(c);
		else
			close_conn(c);
	} else if (c->finished) {
		close_conn(c);
	} else if (c->expired && http_reader_idle(&c->reader)) {
		close_idle(c);
	} else {
		await_request(c);
	}
}

/* Requests. */

/* The turn is lent for the question only: a body may be long in coming. */
static void ask_for_body(struct conn *c, const struct http_request *request)
{
	begin_turn(c);
	http_reader_want_body(&c->reader, exchange_wants_body(&c->turn->exchange, request));
	end_turn(c);
}

static void begin_body(struct conn *c, const struct http_request *request)
{
	if (!http_reader_has_body(&c->reader))
		ask_for_body(c, request);
	if (request->expect_continue)
		buf_str(&c->out, STR("HTTP/1.1 100 Continue\r\n\r\n"));
}

static void on_head(struct conn *c, const struct http_request *request)
{
	const struct conns *conns = c->conns;

	if (conns->limit_concurrency > 0 &&
		conns->count - conns->lingering > conns->limit_concurrency)
		refuse(c, request, 503);
	else if (request->has_body)
		begin_body(c, request);
}

static void on_request(struct conn *c, const struct http_request *request)
{
	c->state = WAITING;
	begin_turn(c);
	c->turn->request = *request;
	c->turn->began = loop_now_ns(c->conns->loop);
	c->turn->exchange.id = id_of(c, &request->fields, &c->turn->exchange.arena);
	stats_add(STAT_HTTP_ACTIVE, 1);
	if (exchange_start(&c->turn->exchange, &c->turn->request)) {
		heartbeat_note(HEARTBEAT_LOOP, ACTIVITY_ANSWERING);
		answered(c);
	}
}

static void refuse_message(struct conn *c)
{
	const char *hint = http_reader_hint(&c->reader);

	if (hint)
		log_debug("%s", hint);
	refuse(c, NULL, c->reader.status);
}

/* Goes on until more bytes or dbd must be awaited. True: it only paused, until what waits to be
 * sent is. */
static bool step(struct conn *c)
{
	struct http_request request;

	while (c->state == READING && !c->closing) {
		if (is_full(c))
			return true;
		heartbeat_note(HEARTBEAT_LOOP, ACTIVITY_READING_REQUEST);
		switch (http_reader_step(&c->reader, &request)) {
		case HTTP_NEED_MORE:
			return false;
		case HTTP_BAD:
			refuse_message(c);
			return false;
		case HTTP_HEAD_READY:
			request.fields.seen &= c->heeded;
			on_head(c, &request);
			break;
		case HTTP_DONE:
			request.fields.seen &= c->heeded;
			on_request(c, &request);
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
		count_answers(c->conns);
		if (!flush(c))
			return;
	} while (paused && !has_unsent(c));
	if (c->turn && c->turn->exchange.resting && !has_next_part(c) && !is_full(c))
		exchange_next(&c->turn->exchange);
	settle(c);
}

/* Events. */

/* One read: a level-triggered loop calls again if there is more. False: the connection is gone. */
static bool read_some(struct conn *c)
{
	size_t room;
	char *space = http_reader_space(&c->reader, READ_AT_LEAST, &room);
	ssize_t n = space ? recv(c->watch.fd, space, room, 0) : -1;

	if (n > 0) {
		http_reader_added(&c->reader, (size_t)n);
		stats_add(STAT_HTTP_RECEIVED, (uint64_t)n);
	} else if (n == 0) {
		c->finished = true;
	} else if (!space || (errno != EAGAIN && errno != EINTR)) {
		close_conn(c);
		return false;
	}
	return true;
}

/* Closes an idle connection, unless a request has come of which the loop has not told yet: that is
 * answered. */
static void end_idle(struct conn *c)
{
	c->expired = true;
	if (read_some(c))
		advance(c);
}

static void read_and_drop(struct conn *c)
{
	char dropped[16 * 1024];
	ssize_t n = recv(c->watch.fd, dropped, sizeof(dropped), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	c->lingered += n > 0 ? (uint32_t)n : LINGER_BYTES;
	if (c->lingered >= LINGER_BYTES)
		close_conn(c);
}

static void on_writable(struct conn *c)
{
	if (has_next_part(c) && !is_full(c))
		exchange_next(&c->turn->exchange);
	else
		advance(c);
}

static void on_event(struct watch *watch, uint32_t events)
{
	struct conn *c = CONTAINER_OF(watch, struct conn, watch);

	if (events & (EPOLLERR | EPOLLHUP)) {
		close_conn(c);
		return;
	}
	if (events & EPOLLOUT) {
		on_writable(c);
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

	if (c->writing) {
		end_period(c);
	} else if (c->state == READING && c->awaited != AWAITED_REQUEST) {
		refuse(c, NULL, 408);
		advance(c);
	} else if (c->state == READING) {
		end_idle(c);
	} else {
		close_idle(c);
	}
}

bool conns_full(const struct conns *conns)
{
	return conns->count >= conns->limit && !conns->idle.first;
}

/* False: it has as many as it may have. */
static bool enter_address(struct conn *c, const struct sockaddr_storage *peer)
{
	struct conns *conns = c->conns;

	if (conns->limit_per_address == 0)
		return true;
	c->address = addresses_enter(&conns->addresses, peer);
	if (!c->address || c->address->connections <= conns->limit_per_address)
		return true;
	/* It is going to end, and must not stand in the way of those that come later. */
	addresses_leave(&conns->addresses, c->address);
	c->address = NULL;
	return false;
}

/* Anybody can say who they are; only of a proxy it is believed. */
static uint16_t heeded_of(const struct conns *conns, const struct sockaddr_storage *peer)
{
	if (conns->trusted && networks_hold_peer(conns->trusted, peer))
		return UINT16_MAX;
	return UINT16_MAX & ~(HTTP_X_FORWARDED_FOR | HTTP_X_FORWARDED_PROTO);
}

/* Ends the connections that are idle, in their order, until there is room. None is left idle whose
 * request has come; if all have, there is one connection more than the limit. */
static void make_room(struct conns *conns)
{
	while (conns->count >= conns->limit && conns->idle.first) {
		struct conn *c = conns->idle.first;
		if (c->state == LINGERING)
			close_conn(c);
		else
			end_idle(c);
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
	make_room(conns);
	c->watch = (struct watch){ fd, on_event };
	c->conns = conns;
	c->timer.on_timer = on_timer;
	memcpy(&c->peer, peer, sizeof(c->peer));
	c->heeded = heeded_of(conns, peer);
	http_reader_init(&c->reader, &conns->readers);
	buf_init(&c->out, SIZE_MAX / 2);
	c->tail = STR("");
	c->events = EPOLLIN;
	if (loop_add(conns->loop, &c->watch, EPOLLIN) < 0) {
		log_error("epoll_ctl(ADD): %s", strerror(errno));
		http_reader_done(&c->reader);
		close(fd);
		free(c);
		return;
	}
	link_conn(c, &conns->busy, conns->busy.last);
	stats_set(STAT_CONNECTIONS, ++conns->count);
	stats_add(STAT_CONNECTIONS_ACCEPTED, 1);
	if (!enter_address(c, peer)) {
		stats_add(STAT_CONNECTIONS_REFUSED, 1);
		refuse(c, NULL, 503);
		advance(c);
	} else if (read_some(c)) {
		/* The first request is often there already: it saves a turn of the loop. */
		advance(c);
	}
}

/* It may be about to ask. The timer is that of its keep-alive time. */
static bool was_active_lately(const struct conn *c)
{
	return loop_now(c->conns->loop) + c->conns->keep_alive_ms <= c->timer.at + CONN_LATELY_MS;
}

/* An idle one. */
static void stop_conn(struct conn *c)
{
	if (c->state == LINGERING) {
		c->writing = false;
		set_timer(c, CONN_LINGER_STOPPING_MS);
	} else if (c->conns->last_ms > 0 && was_active_lately(c)) {
		set_timer(c, c->conns->last_ms);
	} else {
		end_idle(c);
	}
}

void conns_part(struct conns *conns)
{
	conns->parting = true;
}

void conns_stop(struct conns *conns)
{
	struct conn *next;

	conns->parting = conns->stopping = true;
	for (struct conn *c = conns->idle.first; c; c = next) {
		next = c->next;
		stop_conn(c);
	}
}

void conns_done(struct conns *conns)
{
	log_flush();
	addresses_done(&conns->addresses);
	buffer_pool_done(&conns->pool);
	buffer_pool_done(&conns->readers.pool);
	while (conns->spare) {
		struct turn *turn = conns->spare;
		conns->spare = turn->next;
		exchange_done(&turn->exchange);
		free(turn);
	}
	conns->spares = 0;
}

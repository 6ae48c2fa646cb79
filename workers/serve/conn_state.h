/*
 * One connection as its parts see it (conn.h, respond.h, refusal.h, conn_timeouts.h, linger.h), and
 * what each of them may do to it.
 */
#ifndef POSTERN_CONN_STATE_H
#define POSTERN_CONN_STATE_H

#include "conns.h"
#include "outbox.h"

#include <netinet/in.h>

enum conn_phase {
	CONN_READING,  /* a request, or idle between two */
	CONN_WAITING,  /* for dbd; nothing is read, so the request's bytes stay where they are */
	CONN_LINGERING /* the last answer is written; input is dropped (linger.h) */
};

/* What the client must send before the timer fires. Further bytes do not prolong it. */
enum conn_awaited { AWAITED_NOTHING, AWAITED_REQUEST, AWAITED_HEAD, AWAITED_BODY };

/* There may be ten thousand idle ones: docs/architecture.md says what one costs. */
struct conn {
	struct watch watch;
	struct conns *conns;
	struct conn_list *list; /* idle or busy */
	struct conn *next, *previous;
	struct address *address; /* NULL: not counted */
	struct pending *pending; /* while CONN_WAITING, else NULL */
	struct timer timer;
	uint32_t events; /* under watch */
	enum conn_phase phase;
	enum conn_awaited awaited; /* while CONN_READING */
	uint16_t fields;           /* enum http_field: those that this client may send */
	bool closing;              /* after what is unsent */
	bool lingers;              /* the client may not know that its connection ends */
	bool input_ended;
	bool writing;      /* the timer is the client's to take what is unsent (conn_timeouts.h) */
	bool expired;      /* its time for a request is over: closes, unless one has begun */
	uint32_t lingered; /* bytes dropped */
	struct http_reader reader;
	struct outbox outbox;
	struct sockaddr_in6 peer; /* or of another family, as much as fits */
};

/* Makes a busy connection of an accepted socket. Returns NULL after closing the socket if memory or
 * epoll refuses. */
struct conn *conn_new(struct conns *conns, int fd, const struct sockaddr_storage *peer,
	void (*on_event)(struct watch *watch, uint32_t events),
	void (*on_timer)(struct timer *timer));

/* Ends the connection and frees it. */
void conn_close(struct conn *c);

/* The same, with a TCP reset: what the socket holds is dropped. */
void conn_reset(struct conn *c);

/* Moves the connection to the end of the list of idle ones, or to its start if it lingers, and
 * calls on_idle. */
void conn_set_idle(struct conn *c);

/* Moves the connection to the list of busy ones. */
void conn_set_busy(struct conn *c);

/* True if the next part of an answer can be made, in another turn of the loop. */
static inline bool conn_has_next_part(const struct conn *c)
{
	return c->pending && exchange_has_next(&c->pending->exchange);
}

/* Sets the events to watch for. */
static inline void conn_watch(struct conn *c, uint32_t events)
{
	if (events == c->events)
		return;
	c->events = events;
	loop_modify(c->conns->loop, &c->watch, events);
}

static inline void conn_set_timer(struct conn *c, uint64_t ms)
{
	loop_timer_set(c->conns->loop, &c->timer, ms);
}

/* The id of a request with these header fields; "" if ids are off. Borrowed from the arena or the
 * request. */
static inline struct str conn_request_id(
	const struct conn *c, const struct http_fields *fields, struct arena *arena)
{
	struct service *service = c->conns->service;

	return service->gives_ids ? request_id(&service->ids, fields, arena) : STR("");
}

#endif

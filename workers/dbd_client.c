#include "dbd_client.h"

#include "codec.h"
#include "frame.h"
#include "log.h"
#include "net.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	OUT_MAX = 256 * 1024 * 1024, /* bytes of commands that dbd has not read yet */
	RETRY_FIRST_MS = 1,
	RETRY_LAST_MS = 500
};

struct call_list {
	struct dbd_call *first, *last;
};

enum state { DOWN, GREETING, UP };

struct dbd_client {
	struct loop *loop;
	const char *socket_name;
	void (*on_ready)(void *context);
	void *context;

	enum state state;
	bool bye; /* said by dbd: what it has not answered it has not done */
	struct watch watch;
	struct link link;
	bool writable_wanted;
	struct codec *codec;
	struct task flush;
	struct timer retry;
	uint64_t retry_ms;

	struct call_list calls;   /* by deadline, as every call has the same time */
	struct call_list resting; /* between two frames of their replies */
	struct timer deadline;

	/* Calls by the low half of their id; the high half tells a slot's users apart. Slot 0 is
	 * unused. */
	struct dbd_call *slots[1 + DBD_CALLS_MAX];
	uint32_t free_slots[DBD_CALLS_MAX];
	uint32_t nfree;
	uint32_t generation;
};

static void connect_to_dbd(struct dbd_client *c);

/* The table of calls. */

static void append(struct call_list *list, struct dbd_call *call)
{
	call->next = NULL;
	call->previous = list->last;
	*(list->last ? &list->last->next : &list->first) = call;
	list->last = call;
}

static void take_out(struct dbd_client *c, struct dbd_call *call)
{
	struct call_list *list = call->resting ? &c->resting : &c->calls;

	*(call->previous ? &call->previous->next : &list->first) = call->next;
	*(call->next ? &call->next->previous : &list->last) = call->previous;
}

/* It has all its time, from now on. */
static void append_waiting(struct dbd_client *c, struct dbd_call *call)
{
	call->resting = false;
	call->deadline = loop_now(c->loop) + DBD_TIMEOUT_MS;
	append(&c->calls, call);
	if (!c->deadline.place)
		loop_timer_set(c->loop, &c->deadline, DBD_TIMEOUT_MS);
}

static void rest_call(struct dbd_client *c, struct dbd_call *call)
{
	take_out(c, call);
	call->resting = call->streaming = true;
	append(&c->resting, call);
}

static void wake_call(struct dbd_client *c, struct dbd_call *call)
{
	take_out(c, call);
	append_waiting(c, call);
}

static void add_call(struct dbd_client *c, struct dbd_call *call)
{
	call->slot = c->free_slots[--c->nfree];
	call->id = (uint64_t)++c->generation << 32 | call->slot;
	c->slots[call->slot] = call;
	call->sent = call->streaming = false;
	append_waiting(c, call);
}

static void remove_call(struct dbd_client *c, struct dbd_call *call)
{
	take_out(c, call);
	c->slots[call->slot] = NULL;
	c->free_slots[c->nfree++] = call->slot;
	call->slot = 0;
}

static struct dbd_call *find_call(const struct dbd_client *c, uint64_t id)
{
	uint32_t slot = (uint32_t)id;
	struct dbd_call *call = slot >= 1 && slot <= DBD_CALLS_MAX ? c->slots[slot] : NULL;

	return call && call->id == id ? call : NULL;
}

static void fail_call(struct dbd_client *c, struct dbd_call *call, enum fault fault)
{
	struct reply reply = {
		.status = STATUS_FAULT,
		.fault = fault,
		.resource = call->command->resource,
	};

	if (call->slot)
		remove_call(c, call);
	call->on_reply(call, &reply);
}

/* Was it sent, nobody knows whether a write was done; else it surely was not. */
static enum fault lost(const struct dbd_call *call)
{
	return call->sent && action_writes(call->command->action) ? FAULT_UNKNOWN
								  : FAULT_UNAVAILABLE;
}

static void send_demand(struct dbd_client *c, uint64_t id, enum demand demand)
{
	codec_encode_demand(&c->link.out, id, demand);
	loop_defer(c->loop, &c->flush);
}

/* dbd keeps a snapshot for it, and waits. */
static void stop_stream(struct dbd_client *c, const struct dbd_call *call)
{
	if (call->streaming && call->sent && c->state == UP)
		send_demand(c, call->id, DEMAND_CANCEL);
}

static void on_deadline(struct timer *timer)
{
	struct dbd_client *c = CONTAINER_OF(timer, struct dbd_client, deadline);
	struct dbd_call *call;

	while ((call = c->calls.first) && call->deadline <= loop_now(c->loop)) {
		stop_stream(c, call);
		fail_call(c, call, lost(call));
	}
	if (call)
		loop_timer_set(c->loop, timer, call->deadline - loop_now(c->loop));
}

/* Sending. */

static void send_call(struct dbd_client *c, struct dbd_call *call)
{
	struct command command = *call->command;

	command.id = call->id;
	command.deadline = call->deadline;
	codec_encode_command(&c->link.out, &command);
	call->sent = true;
	loop_defer(c->loop, &c->flush);
}

void dbd_client_call(struct dbd_client *c, struct dbd_call *call)
{
	if (c->nfree == 0) {
		fail_call(c, call, FAULT_BUSY);
		return;
	}
	add_call(c, call);
	if (c->state == UP)
		send_call(c, call);
}

void dbd_client_next(struct dbd_client *c, struct dbd_call *call)
{
	wake_call(c, call);
	send_demand(c, call->id, DEMAND_NEXT);
}

void dbd_client_cancel(struct dbd_client *c, struct dbd_call *call)
{
	if (!call->slot)
		return;
	stop_stream(c, call);
	remove_call(c, call);
}

/* Losing dbd. */

static void on_retry(struct timer *timer)
{
	connect_to_dbd(CONTAINER_OF(timer, struct dbd_client, retry));
}

/* Reads go back to waiting; writes that were sent have an unknown end, unless dbd said BYE. */
static void take_back_calls(struct dbd_client *c)
{
	struct dbd_call *next;

	while (c->resting.first)
		wake_call(c, c->resting.first);
	for (struct dbd_call *call = c->calls.first; call; call = next) {
		next = call->next;
		if (!call->sent)
			continue;
		if (!c->bye && action_writes(call->command->action)) {
			fail_call(c, call, FAULT_UNKNOWN);
		} else {
			call->sent = call->streaming = false;
			call->on_restart(call);
		}
	}
}

static void disconnect(struct dbd_client *c, const char *why)
{
	bool was_up = c->state == UP;

	if (!c->bye && (was_up || c->retry_ms >= RETRY_LAST_MS))
		log_warning("lost dbd: %s", why);
	loop_remove(c->loop, &c->watch);
	link_done(&c->link);
	c->state = DOWN;
	c->writable_wanted = false;
	take_back_calls(c);
	c->bye = false;
	if (was_up)
		c->retry_ms = RETRY_FIRST_MS;
	loop_timer_set(c->loop, &c->retry, c->retry_ms);
	c->retry_ms = c->retry_ms * 2 > RETRY_LAST_MS ? RETRY_LAST_MS : c->retry_ms * 2;
}

static void want_writable(struct dbd_client *c, bool wanted)
{
	if (wanted == c->writable_wanted)
		return;
	c->writable_wanted = wanted;
	loop_modify(c->loop, &c->watch, wanted ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void on_flush(struct task *task)
{
	struct dbd_client *c = CONTAINER_OF(task, struct dbd_client, flush);

	if (c->state == DOWN)
		return;
	switch (link_flush(&c->link)) {
	case LINK_OK:
		want_writable(c, false);
		break;
	case LINK_AGAIN:
		want_writable(c, true);
		break;
	case LINK_CLOSED:
		/* dbd has closed; what it said before that, and its end, are still to be read. */
		if (errno == EPIPE || errno == ECONNRESET)
			want_writable(c, false);
		else
			disconnect(c, strerror(errno));
		break;
	}
}

/* Receiving. */

static bool take_hello(struct dbd_client *c, struct str payload)
{
	const char *error;

	if (!codec_decode_hello(c->codec, payload, &error)) {
		disconnect(c, error);
		return false;
	}
	c->state = UP;
	c->retry_ms = RETRY_FIRST_MS;
	for (struct dbd_call *call = c->calls.first; call; call = call->next)
		send_call(c, call);
	c->on_ready(c->context);
	return true;
}

static bool take_reply(struct dbd_client *c, struct str payload)
{
	struct reply reply;
	const char *error;

	if (!codec_decode_reply(c->codec, payload, &reply, &error)) {
		disconnect(c, error);
		return false;
	}
	if (reply.status == STATUS_BYE) {
		c->bye = true;
		disconnect(c, "it made way for another");
		return false;
	}
	struct dbd_call *call = find_call(c, reply.id);
	if (!call && reply.more == MORE_WAITS)
		send_demand(c, reply.id, DEMAND_CANCEL);
	if (!call)
		return true;
	if (call->resting && reply.status == STATUS_ROWS) {
		disconnect(c, "it sent rows that were not asked for");
		return false;
	}
	if (reply.more == MORE_NO)
		remove_call(c, call);
	else if (reply.more == MORE_WAITS)
		rest_call(c, call);
	call->on_reply(call, &reply);
	return true;
}

/* False: the connection is gone, and its buffers. */
static bool take_frames(struct dbd_client *c)
{
	struct str payload;
	size_t size;
	enum frame_status status;

	while ((status = frame_parse(buf_view(&c->link.in), &payload, &size)) == FRAME_WHOLE) {
		bool taken = c->state == UP ? take_reply(c, payload) : take_hello(c, payload);
		if (!taken)
			return false;
		buf_consume(&c->link.in, size);
	}
	if (status == FRAME_BAD) {
		disconnect(c, "it sent a frame of a length that cannot be");
		return false;
	}
	return true;
}

static void on_event(struct watch *watch, uint32_t events)
{
	struct dbd_client *c = CONTAINER_OF(watch, struct dbd_client, watch);

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
		enum link_status status = link_read(&c->link);
		int error = errno;
		/* What came before the end counts. */
		if (!take_frames(c))
			return;
		if (status == LINK_CLOSED) {
			disconnect(c, error ? strerror(error) : "it closed the connection");
			return;
		}
	}
	if (events & EPOLLOUT)
		on_flush(&c->flush);
}

/* Connecting. The master holds dbd's listener, so this also succeeds while there is no dbd: the
 * greeting is what tells. */
static void connect_to_dbd(struct dbd_client *c)
{
	int fd = net_connect_abstract(c->socket_name);

	if (fd >= 0) {
		c->watch = (struct watch){ fd, on_event };
		link_init(&c->link, fd, OUT_MAX);
		if (loop_add(c->loop, &c->watch, EPOLLIN) == 0) {
			c->state = GREETING;
			codec_encode_hello(&c->link.out);
			loop_defer(c->loop, &c->flush);
			return;
		}
		link_done(&c->link);
	}
	if (c->retry_ms >= RETRY_LAST_MS)
		log_warning("cannot connect to dbd: %s", strerror(errno));
	loop_timer_set(c->loop, &c->retry, c->retry_ms);
	c->retry_ms = c->retry_ms * 2 > RETRY_LAST_MS ? RETRY_LAST_MS : c->retry_ms * 2;
}

struct dbd_client *dbd_client_new(
	struct loop *loop, const char *socket_name, void (*on_ready)(void *context), void *context)
{
	struct dbd_client *c = calloc(1, sizeof(*c));

	if (!c)
		log_die("out of memory for the connection to dbd");
	c->loop = loop;
	c->socket_name = socket_name;
	c->on_ready = on_ready;
	c->context = context;
	c->codec = codec_new();
	c->flush.on_turn_end = on_flush;
	c->retry.on_timer = on_retry;
	c->retry_ms = RETRY_FIRST_MS;
	c->deadline.on_timer = on_deadline;
	for (uint32_t i = 0; i < DBD_CALLS_MAX; i++)
		c->free_slots[i] = DBD_CALLS_MAX - i;
	c->nfree = DBD_CALLS_MAX;
	connect_to_dbd(c);
	return c;
}

void dbd_client_free(struct dbd_client *c)
{
	if (c->state != DOWN) {
		loop_remove(c->loop, &c->watch);
		link_done(&c->link);
	}
	loop_timer_cancel(c->loop, &c->retry);
	loop_timer_cancel(c->loop, &c->deadline);
	codec_free(c->codec);
	free(c);
}

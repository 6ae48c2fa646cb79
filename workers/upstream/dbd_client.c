#include "dbd_client.h"

#include "codec.h"
#include "dbd_link.h"
#include "log.h"
#include "stats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	LINKS = 1 + 2, /* to the serving dbd, and to two that have drained */
	RETRY_FIRST_MS = 1,
	RETRY_LAST_MS = 500,
	READING_ROWS_MOST = 500 /* of a page; a longer one is likely to be a stream */
};

/* Calls of one kind wait for the same resource: reads for dbd's main thread, writes for its writer
 * thread, lists for other lists, since dbd reads a bounded number of lists at a time. */
enum kind {
	KIND_READ,
	KIND_LIST,
	KIND_WRITE,
	KIND_COMMAND__COUNT, /* the others are no commands */
	KIND_CONFIRM = KIND_COMMAND__COUNT,
	KIND__COUNT
};

struct call_list {
	struct dbd_call *first, *last;
};

struct dbd_client {
	struct loop *loop;
	const char *socket_name;
	void (*on_ready)(void *context);
	void *context;
	uint64_t patience;

	struct dbd_link links[LINKS]; /* a ring: the oldest follows the current one */
	struct dbd_link *current;     /* to the serving dbd; down while the retry timer runs */
	struct dbd_link reading; /* to a thread of that dbd that only reads; down if it has none */
	uint32_t worker;         /* the number of this worker; 0: `reading` stays down */
	struct task tidy;        /* closes links of drained dbds without calls */
	struct timer retry;
	uint64_t retry_ms;

	struct call_list calls[KIND__COUNT]; /* in the order of deadlines: all have one timeout */
	struct call_list resting;            /* between two frames of their replies */
	struct timer deadline;

	/* A call that confirms has the number of the confirm that will serve it. Numbers are ids
	 * without a slot, so the reply to one serves all calls with it or with a lower one. */
	struct task confirm;     /* sends the next one */
	uint64_t next_confirm;   /* its number */
	uint64_t sent_confirm;   /* number of the last one on the current link; 0: none */
	uint64_t confirmed_from; /* when the last answered one was asked for, in ms; 0: none */

	/* Calls in flight. The low half of an id is the slot, the high half tells the calls of one
	 * slot apart. Slot 0 is unused. */
	struct dbd_call *slots[1 + DBD_CALLS_MAX];
	uint32_t free_slots[DBD_CALLS_MAX];
	uint32_t nfree;
	uint32_t generation;
};

/* The table of calls. */

static void append(struct call_list *list, struct dbd_call *call)
{
	call->next = NULL;
	call->previous = list->last;
	*(list->last ? &list->last->next : &list->first) = call;
	list->last = call;
}

static struct call_list *list_of(struct dbd_client *c, const struct dbd_call *call)
{
	enum action action = call->command->action;

	if (call->confirming)
		return &c->calls[KIND_CONFIRM];
	if (action == ACTION_LIST || action == ACTION_CHILDREN)
		return &c->calls[KIND_LIST];
	return &c->calls[action_writes(action) ? KIND_WRITE : KIND_READ];
}

static void take_out(struct dbd_client *c, struct dbd_call *call)
{
	struct call_list *list = call->resting ? &c->resting : list_of(c, call);

	*(call->previous ? &call->previous->next : &list->first) = call->next;
	*(call->next ? &call->next->previous : &list->last) = call->previous;
}

/* The call's timeout begins now. */
static void append_waiting(struct dbd_client *c, struct dbd_call *call)
{
	call->resting = false;
	call->deadline = loop_now(c->loop) + DBD_TIMEOUT_MS;
	append(list_of(c, call), call);
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

static void count_calls(const struct dbd_client *c)
{
	stats_set(STAT_CALLS_WAITING, DBD_CALLS_MAX - c->nfree);
}

static void add_call(struct dbd_client *c, struct dbd_call *call)
{
	call->slot = c->free_slots[--c->nfree];
	count_calls(c);
	call->id = (uint64_t)++c->generation << 32 | call->slot;
	c->slots[call->slot] = call;
	call->link = NULL;
	call->streaming = false;
	call->is_long = false;
	append_waiting(c, call);
}

static void leave_link(struct dbd_client *c, struct dbd_call *call)
{
	struct dbd_link *l = call->link;

	call->link = NULL;
	call->streaming = false;
	if (l && --l->calls == 0 && l->state == DBD_LINK_LEFT)
		loop_defer(c->loop, &c->tidy);
}

static void remove_call(struct dbd_client *c, struct dbd_call *call)
{
	take_out(c, call);
	leave_link(c, call);
	c->slots[call->slot] = NULL;
	c->free_slots[c->nfree++] = call->slot;
	count_calls(c);
	call->slot = 0;
}

/* The first of those behind it may be one that the next confirm is for. */
static void remove_confirming(struct dbd_client *c, struct dbd_call *call)
{
	take_out(c, call);
	call->confirming = false;
	loop_defer(c->loop, &c->confirm);
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
	else if (call->confirming)
		remove_confirming(c, call);
	call->on_reply(call, &reply);
}

/* The outcome of a write that was sent is unknown; a write that was not sent was not done. */
static enum fault fault_of_lost(const struct dbd_call *call)
{
	return call->link && action_writes(call->command->action) ? FAULT_UNKNOWN
								  : FAULT_UNAVAILABLE;
}

static void send_demand(struct dbd_link *l, uint64_t id, enum demand demand)
{
	codec_encode_demand(&l->link.out, id, demand);
	dbd_link_send(l);
}

/* Else dbd would hold a snapshot and wait for demands. */
static void stop_stream(const struct dbd_call *call)
{
	if (call->streaming)
		send_demand(call->link, call->id, DEMAND_CANCEL);
}

/* The waiting call with the next deadline; NULL if none waits. */
static struct dbd_call *find_first(const struct dbd_client *c)
{
	struct dbd_call *first = NULL;

	for (enum kind kind = 0; kind < KIND__COUNT; kind++) {
		struct dbd_call *call = c->calls[kind].first;
		if (call && (!first || call->deadline < first->deadline))
			first = call;
	}
	return first;
}

static void on_deadline(struct timer *timer)
{
	struct dbd_client *c = CONTAINER_OF(timer, struct dbd_client, deadline);
	struct dbd_call *call;

	while ((call = find_first(c)) && call->deadline <= loop_now(c->loop)) {
		stop_stream(call);
		fail_call(c, call, fault_of_lost(call));
	}
	if (call)
		loop_timer_set(c->loop, timer, call->deadline - loop_now(c->loop));
}

/* True if a call of the same kind has waited too long: a further one would wait in vain. Not for
 * lists, which wait for each other. */
static bool is_hopeless(struct dbd_client *c, const struct dbd_call *call)
{
	const struct call_list *list = list_of(c, call);
	uint64_t late = loop_now(c->loop) + DBD_TIMEOUT_MS - c->patience;

	return list != &c->calls[KIND_LIST] && list->first && list->first->deadline < late;
}

static void retry(struct dbd_client *c)
{
	loop_timer_set(c->loop, &c->retry, c->retry_ms);
	c->retry_ms = c->retry_ms * 2 > RETRY_LAST_MS ? RETRY_LAST_MS : c->retry_ms * 2;
}

/* Sending. */

/* True if dbd answers it with few rows, as far as the worker knows. */
static bool is_short_read(const struct command *command)
{
	switch (command->action) {
	case ACTION_READ:
		return true;
	case ACTION_LIST:
	case ACTION_CHILDREN:
		return command->page.kind != PAGE_WHOLE && command->page.limit <= READING_ROWS_MOST;
	default:
		return false;
	}
}

static struct dbd_link *link_for(struct dbd_client *c, const struct dbd_call *call)
{
	bool reads =
		c->reading.state == DBD_LINK_UP && !call->is_long && is_short_read(call->command);

	return reads ? &c->reading : c->current;
}

static void send_call(struct dbd_client *c, struct dbd_call *call)
{
	struct dbd_link *l = link_for(c, call);

	codec_encode_call(&l->link.out, call->command, call->id, call->deadline);
	call->link = l;
	l->calls++;
	dbd_link_send(l);
}

static void send_waiting(struct dbd_client *c)
{
	if (c->current->state != DBD_LINK_UP)
		return;
	if (c->calls[KIND_CONFIRM].first)
		loop_defer(c->loop, &c->confirm);
	for (enum kind kind = 0; kind < KIND_COMMAND__COUNT; kind++)
		for (struct dbd_call *call = c->calls[kind].first; call; call = call->next)
			if (!call->link)
				send_call(c, call);
}

void dbd_client_set_worker(struct dbd_client *c, uint32_t worker)
{
	c->worker = worker;
}

void dbd_client_set_patience(struct dbd_client *c, uint64_t patience)
{
	c->patience = patience;
}

bool dbd_client_is_up(const struct dbd_client *c)
{
	return dbd_link_is_up(c->current);
}

void dbd_client_call(struct dbd_client *c, struct dbd_call *call)
{
	if (c->nfree == 0 || is_hopeless(c, call)) {
		fail_call(c, call, c->nfree == 0 ? FAULT_BUSY : FAULT_UNAVAILABLE);
		return;
	}
	add_call(c, call);
	if (c->current->state == DBD_LINK_UP)
		send_call(c, call);
}

enum { CONFIRM_STEP = 32 /* bits below a number: those of a slot */ };

/* At the end of a turn, so all that waits now was asked for before this is sent. While one is on
 * its way, what asks is collected for the next. */
static void on_confirm(struct task *task)
{
	struct dbd_client *c = CONTAINER_OF(task, struct dbd_client, confirm);
	const struct call_list *calls = &c->calls[KIND_CONFIRM];

	if (!calls->first || calls->first->id <= c->sent_confirm ||
		c->current->state != DBD_LINK_UP)
		return;
	codec_encode_confirm(&c->current->link.out, c->next_confirm, calls->last->deadline);
	dbd_link_send(c->current);
	c->sent_confirm = c->next_confirm;
	c->next_confirm += UINT64_C(1) << CONFIRM_STEP;
}

void dbd_client_confirm(struct dbd_client *c, struct dbd_call *call)
{
	call->confirming = true;
	if (is_hopeless(c, call)) {
		call->confirming = false;
		fail_call(c, call, FAULT_UNAVAILABLE);
		return;
	}
	call->id = c->next_confirm;
	append_waiting(c, call);
	loop_defer(c->loop, &c->confirm);
}

bool dbd_client_was_confirmed(const struct dbd_client *c, uint64_t age)
{
	return c->confirmed_from > 0 && loop_now(c->loop) - c->confirmed_from < age;
}

void dbd_client_next(struct dbd_client *c, struct dbd_call *call)
{
	wake_call(c, call);
	send_demand(call->link, call->id, DEMAND_NEXT);
}

void dbd_client_cancel(struct dbd_client *c, struct dbd_call *call)
{
	if (call->confirming)
		remove_confirming(c, call);
	if (!call->slot)
		return;
	stop_stream(call);
	remove_call(c, call);
}

/* Losing dbd. */

static void connect_to_dbd(struct dbd_client *c)
{
	if (dbd_link_open(c->current, c->socket_name))
		return;
	if (c->retry_ms >= RETRY_LAST_MS)
		log_warning("cannot connect to dbd: %s", strerror(errno));
	retry(c);
}

static void on_retry(struct timer *timer)
{
	connect_to_dbd(CONTAINER_OF(timer, struct dbd_client, retry));
}

/* After a lost link the outcome of its writes is unknown. After BYE they were not done. */
static void take_back(struct dbd_client *c, struct dbd_call *call)
{
	bool known = call->link->state == DBD_LINK_LEFT;

	if (!known && action_writes(call->command->action)) {
		fail_call(c, call, FAULT_UNKNOWN);
		return;
	}
	leave_link(c, call);
	call->on_restart(call); /* may cancel and free it */
}

/* Takes back the calls of this link that do not continue on it, and sends them to the next dbd. */
static void take_back_calls(struct dbd_client *c, const struct dbd_link *l)
{
	struct dbd_call *next;

	for (struct dbd_call *call = c->resting.first; call; call = next) {
		next = call->next;
		if (call->link == l && l->state != DBD_LINK_LEFT)
			wake_call(c, call);
	}
	for (enum kind kind = 0; kind < KIND_COMMAND__COUNT; kind++) {
		for (struct dbd_call *call = c->calls[kind].first; call; call = next) {
			next = call->next;
			if (call->link == l && !(call->streaming && l->state == DBD_LINK_LEFT))
				take_back(c, call);
		}
	}
	send_waiting(c);
}

/* The current link takes over, if it is up. */
static void close_reading(struct dbd_client *c)
{
	if (c->reading.state == DBD_LINK_DOWN)
		return;
	dbd_link_close(&c->reading);
	take_back_calls(c, &c->reading);
}

/* The same, for an error. */
static void on_reading_lost(struct dbd_link *l, const char *why)
{
	log_warning("lost a thread of dbd that reads: %s", why);
	close_reading(l->owner);
}

static void on_lost(struct dbd_link *l, const char *why)
{
	struct dbd_client *c = l->owner;
	bool was_up = dbd_link_is_up(l);

	if (l != c->current && l->calls > 0)
		log_warning("lost a draining dbd: %s; %u lists are broken off", why, l->calls);
	else if (was_up || c->retry_ms >= RETRY_LAST_MS)
		log_warning("lost dbd: %s", why);
	dbd_link_close(l);
	take_back_calls(c, l);
	if (l != c->current)
		return;
	close_reading(c);
	if (was_up)
		c->retry_ms = RETRY_FIRST_MS;
	retry(c);
}

/* Closes the links of drained dbds whose streams have ended. */
static void on_tidy(struct task *task)
{
	struct dbd_client *c = CONTAINER_OF(task, struct dbd_client, tidy);

	for (size_t i = 0; i < LINKS; i++)
		if (c->links[i].state == DBD_LINK_LEFT && c->links[i].calls == 0)
			dbd_link_close(&c->links[i]);
}

/* Receiving. */

/* Until it is up, and if it fails, the current link is used for all. */
static void open_reading(struct dbd_client *c, uint32_t readers)
{
	c->reading.worker = c->worker;
	if (readers == 0 || c->worker == 0 || dbd_link_open(&c->reading, c->socket_name))
		return;
	log_warning("cannot connect to a thread of dbd that reads: %s", strerror(errno));
}

static void take_hello(struct dbd_client *c, struct dbd_link *l, struct str payload)
{
	uint32_t readers;
	const char *error;

	if (!codec_check_hello(payload, api->fingerprint, &readers, &error)) {
		l->on_lost(l, error);
		return;
	}
	l->state = DBD_LINK_UP;
	if (l == &c->reading)
		return;
	open_reading(c, readers);
	c->retry_ms = RETRY_FIRST_MS;
	c->sent_confirm = 0;
	send_waiting(c);
	c->on_ready(c->context);
}

/* dbd drains: what it has not answered was not done, and streams that have begun continue. */
static void take_bye(struct dbd_client *c, struct dbd_link *l)
{
	struct dbd_link *next = &c->links[(l - c->links + 1) % LINKS];

	if (l != c->current) {
		on_lost(l, "it drained twice");
		return;
	}
	l->state = DBD_LINK_LEFT;
	take_back_calls(c, l);
	close_reading(c);
	if (l->calls == 0) {
		dbd_link_close(l);
	} else {
		if (next->state != DBD_LINK_DOWN)
			on_lost(next, "too many others have drained since");
		c->current = next;
	}
	retry(c);
}

/* A reply of the thread that reads which is too long for it: the main thread begins a stream. */
static bool ask_again_if_long(
	struct dbd_client *c, struct dbd_call *call, const struct reply *reply)
{
	if (call->link != &c->reading || reply->status != STATUS_FAULT ||
		reply->fault != FAULT_TOO_LARGE)
		return false;
	leave_link(c, call);
	call->is_long = true;
	send_waiting(c);
	return true;
}

static bool is_confirm(uint64_t id)
{
	return (uint32_t)id == 0;
}

/* Callbacks may begin and cancel other calls; what they begin has a higher number. */
static void take_confirm(struct dbd_client *c, struct dbd_link *l, const struct reply *reply)
{
	struct dbd_call *call;

	if (l != c->current || reply->id >= c->next_confirm || reply->status == STATUS_ROWS) {
		l->on_lost(l, "it confirmed what was not asked");
		return;
	}
	while ((call = c->calls[KIND_CONFIRM].first) && call->id <= reply->id) {
		if (reply->status == STATUS_FAULT) {
			fail_call(c, call, reply->fault);
			continue;
		}
		c->confirmed_from = call->deadline - DBD_TIMEOUT_MS;
		remove_confirming(c, call);
		call->on_confirmed(call);
	}
}

static void take_reply(struct dbd_client *c, struct dbd_link *l, struct str payload)
{
	struct reply reply;
	const char *error;

	if (!codec_decode_reply(payload, api, &reply, &error)) {
		l->on_lost(l, error);
		return;
	}
	if (reply.status == STATUS_BYE) {
		if (l == &c->reading)
			close_reading(c);
		else
			take_bye(c, l);
		return;
	}
	if (is_confirm(reply.id)) {
		take_confirm(c, l, &reply);
		return;
	}
	struct dbd_call *call = find_call(c, reply.id);
	if (!call || call->link != l) {
		if (reply.more == MORE_WAITS)
			send_demand(l, reply.id, DEMAND_CANCEL);
		return;
	}
	if (ask_again_if_long(c, call, &reply))
		return;
	if (call->resting && reply.status == STATUS_ROWS) {
		l->on_lost(l, "it sent rows that were not asked for");
		return;
	}
	if (reply.more == MORE_NO)
		remove_call(c, call);
	else if (reply.more == MORE_WAITS)
		rest_call(c, call);
	if (!call->on_reply(call, &reply))
		l->on_lost(l, "its rows are not those of the command");
}

static void on_frame(struct dbd_link *l, struct str payload)
{
	struct dbd_client *c = l->owner;

	if (l->state == DBD_LINK_GREETING)
		take_hello(c, l, payload);
	else
		take_reply(c, l, payload);
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
	c->patience = DBD_PATIENCE_MS;
	for (size_t i = 0; i < LINKS; i++)
		dbd_link_init(&c->links[i], c, loop, on_frame, on_lost);
	dbd_link_init(&c->reading, c, loop, on_frame, on_reading_lost);
	c->current = &c->links[0];
	c->tidy.on_turn_end = on_tidy;
	c->retry.on_timer = on_retry;
	c->retry_ms = RETRY_FIRST_MS;
	c->deadline.on_timer = on_deadline;
	c->confirm.on_turn_end = on_confirm;
	c->next_confirm = UINT64_C(1) << CONFIRM_STEP;
	for (uint32_t i = 0; i < DBD_CALLS_MAX; i++)
		c->free_slots[i] = DBD_CALLS_MAX - i;
	c->nfree = DBD_CALLS_MAX;
	connect_to_dbd(c);
	return c;
}

void dbd_client_free(struct dbd_client *c)
{
	dbd_link_close(&c->reading);
	for (size_t i = 0; i < LINKS; i++)
		dbd_link_close(&c->links[i]);
	loop_timer_cancel(c->loop, &c->retry);
	loop_timer_cancel(c->loop, &c->deadline);
	free(c);
}

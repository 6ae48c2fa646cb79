#include "ask_dbd.h"

#include "cached_answer.h"
#include "codec.h"
#include "content_coding.h"
#include "etag.h"
#include "heartbeat.h"
#include "int_id.h"
#include "parts.h"
#include "stats.h"
#include "validate.h"
#include "words.h"

enum { PART_KEPT = 256 * 1024 /* bytes of x->body that stay allocated between parts */ };

/* Replies. */

/* A write is done, and the answer does not show its row: it is the declared text, or nothing. */
static bool answer_done(struct exchange *x, struct key key)
{
	const struct operation *operation = x->route.operation;

	if (operation->answer == ANSWER_NOTHING)
		return answer(x, operation->status, STR(""), STR(""), STR(""));
	words_write(&x->body, operation->text,
		&(struct said){ .id = answer_key(x, operation->resource, key) });
	return answer_body(x, operation->status);
}

/* False if the reply is not the one row that was written. */
static bool take_written(struct exchange *x, struct reply *reply)
{
	struct rows *rows = &reply->rows;
	struct record row;

	return action_http[x->command.action].gives != ACTION_GIVES_NOTHING &&
	       rows->resource == x->command.resource && rows->left == 1 && reply->more == MORE_NO &&
	       codec_next_row(rows, &row) &&
	       answer_done(x, key_of_value(&row.values[RESOURCE_KEY]));
}

/* False if the rows do not answer the command. */
static bool take_rows(struct exchange *x, struct reply *reply)
{
	enum action action = x->command.action;

	if (action_writes(action) && x->route.operation->answer != ANSWER_ROW)
		return take_written(x, reply);
	if (!rows_body_take(&x->rows, &x->body, &x->command, reply))
		return false;
	if (reply->more == MORE_COMES)
		return true;
	if (action_writes(action))
		return answer_body(x, x->route.operation->status);
	if (reply->more == MORE_WAITS && (x->rows.page_waits || parts_are_undecided(x))) {
		dbd_client_next(x->service->dbd, &x->call);
		return true;
	}
	x->more = reply->more;
	return parts_answer(x);
}

/* False if the operation has content to show. */
static bool take_done(struct exchange *x)
{
	return action_http[x->command.action].gives == ACTION_GIVES_NOTHING &&
	       x->route.operation->answer != ANSWER_ROW && answer_done(x, x->command.key);
}

/* Reports the answer, or its next part, to the owner of the exchange. */
static void hand_over(struct exchange *x)
{
	/* The status was already sent: the answer cannot become an error. */
	x->broken = x->answered && x->parted && x->response.status != x->route.operation->status;
	/* After the end of a page dbd may still have frames to send. */
	if (x->answered || x->more == MORE_NO)
		dbd_client_cancel(x->service->dbd, &x->call);
	if (!x->starting)
		x->on_answered(x);
}

static bool on_reply(struct dbd_call *call, struct reply *reply)
{
	struct exchange *x = CONTAINER_OF(call, struct exchange, call);
	bool proper;

	heartbeat_note_action(
		HEARTBEAT_LOOP, ACTIVITY_ANSWERING, x->command.action, x->command.resource);
	if (reply->status == STATUS_FAULT)
		proper = answer_fault(x, reply);
	else
		proper = reply->status == STATUS_ROWS ? take_rows(x, reply) : take_done(x);
	if (!proper)
		answer_internal_error(x);
	if (!x->answered && !x->resting)
		return true;
	hand_over(x);
	return proper;
}

static void on_restart(struct dbd_call *call)
{
	struct exchange *x = CONTAINER_OF(call, struct exchange, call);

	if (x->parted) {
		dbd_client_cancel(x->service->dbd, call);
		x->answered = x->broken = true;
		x->on_answered(x);
		return;
	}
	ask_dbd_forget_rows(x);
}

static bool answer_from_cache(struct exchange *x)
{
	bool found = x->may_be_cached && cached_answer(x);

	stats_add(found ? STAT_CACHE_HITS : STAT_CACHE_MISSES, 1);
	x->cacheable = !found && x->may_be_cached &&
		       cache_stamp(x->service->cache, &x->command, &x->stamp);
	return found;
}

/* The cached answer, unless it has become invalid meanwhile. */
static void on_confirmed(struct dbd_call *call)
{
	struct exchange *x = CONTAINER_OF(call, struct exchange, call);

	heartbeat_note_action(
		HEARTBEAT_LOOP, ACTIVITY_ANSWERING, x->command.action, x->command.resource);
	if (answer_from_cache(x))
		hand_over(x);
	else
		dbd_client_call(x->service->dbd, call);
}

void ask_dbd_init(struct exchange *x)
{
	x->call = (struct dbd_call){
		.command = &x->command,
		.on_reply = on_reply,
		.on_restart = on_restart,
		.on_confirmed = on_confirmed,
	};
	x->starting = false;
}

void ask_dbd_next(struct exchange *x)
{
	bool has_next = exchange_has_next(x);

	x->resting = false;
	if (has_next) {
		heartbeat_note_action(
			HEARTBEAT_LOOP, ACTIVITY_ANSWERING, x->command.action, x->command.resource);
		parts_answer_next(x);
		hand_over(x);
		return;
	}
	buf_reset(&x->body, PART_KEPT);
	dbd_client_next(x->service->dbd, &x->call);
}

/* Requests. */

/* The states that a write may find (RFC 9110 13.1.1). dbd compares them in the transaction of the
 * write. "*" is no condition, as every write needs its row. */
static struct str match_of(struct exchange *x)
{
	if (!(x->fields.seen & HTTP_IF_MATCH))
		return (struct str){ NULL, 0 };
	return etag_digests(&x->arena, http_field(&x->fields, HTTP_IF_MATCH, &x->arena));
}

/* Returns as exchange_start does. */
static bool ask_with(
	struct exchange *x, void (*asking)(struct dbd_client *client, struct dbd_call *call))
{
	x->starting = true;
	heartbeat_note_action(
		HEARTBEAT_LOOP, ACTIVITY_ASKING, x->command.action, x->command.resource);
	asking(x->service->dbd, &x->call);
	x->starting = false;
	return x->answered;
}

static bool must_confirm(const struct exchange *x)
{
	const struct service *s = x->service;

	return cache_must_confirm(s->cache) && !dbd_client_was_confirmed(s->dbd, s->cache_age) &&
	       cached_answer_exists(x);
}

static bool read_rows(struct exchange *x)
{
	x->pack_from = x->service->gzip ? content_coding_gzip_from(x) : SIZE_MAX;
	/* Pages are not cached, nor are the rows below one row. */
	x->may_be_cached = x->page.kind == PAGE_WHOLE && x->command.action != ACTION_CHILDREN;
	if (x->may_be_cached && must_confirm(x))
		return ask_with(x, dbd_client_confirm);
	return answer_from_cache(x) || ask_with(x, dbd_client_call);
}

static bool ask(struct exchange *x)
{
	x->cacheable = false;
	return action_writes(x->command.action) ? ask_with(x, dbd_client_call) : read_rows(x);
}

/* False: answered with 400, because the body is not text. */
static bool read_body(struct exchange *x, const struct http_request *request, struct issues *issues)
{
	const struct operation *o = x->route.operation;

	heartbeat_note_action(HEARTBEAT_LOOP, ACTIVITY_VALIDATING, o->action, o->resource);
	if (validate_body(&x->arena, request->content_type, request->body, o, &x->command.record,
		    &x->input, issues) != BODY_UNDECODABLE)
		return true;
	answer_json(x, 400, STR("{\"detail\":\"There was an error parsing the body\"}"));
	return false;
}

/* dbd is asked for one row more than a page after a key has: it shows whether another page follows.
 * A slice is all that dbd sends. */
static void read_page(struct exchange *x, struct str query, struct issues *issues)
{
	x->command.action = x->route.operation->action;
	x->command.resource = x->route.operation->resource;
	if (!validate_page(&x->arena, query, &x->command, issues))
		return;
	x->page = x->command.page;
	if (x->page.kind == PAGE_AFTER)
		x->command.page.limit++;
	x->rows.page_limit = exchange_page_limit(x);
}

bool ask_dbd(struct exchange *x, const struct http_request *request, struct str query)
{
	const struct endpoint *e = x->route.endpoint;
	const struct operation *operation = x->route.operation;
	struct issues issues = { .arena = &x->arena };
	struct key keys[ENDPOINT_KEYS_MAX] = { key_none(), key_none() };
	unsigned absent = e->shape->nkeys;

	for (unsigned k = 0; k < e->shape->nkeys; k++) {
		bool exists = true;
		validate_key(x->route.keys[k], e->parameters[k], &keys[k], &exists, &issues);
		if (!exists && absent == e->shape->nkeys)
			absent = k;
	}
	if (operation->answer == ANSWER_ROWS && (query.len > 0 || operation_list(operation)))
		read_page(x, query, &issues);
	if (operation->body && !read_body(x, request, &issues))
		return true;
	if (issues.count > 0)
		return answer_issues(x, &issues);
	if (absent < e->shape->nkeys)
		return answer_not_found(
			x, e->key_of[absent], int_id_plain(&x->arena, x->route.keys[absent]));
	x->command.action = operation->action;
	x->command.resource = operation->resource;
	x->command.key = x->command.parent = keys[LINK_OWNER];
	x->command.links = operation->links;
	x->command.linked = keys[LINK_TO];
	x->command.match = match_of(x);
	x->command.request = x->id;
	return ask(x);
}

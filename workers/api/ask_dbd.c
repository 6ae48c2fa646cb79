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
	if (reply->more == MORE_WAITS && parts_are_undecided(x)) {
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
	/* 200 was already sent: the answer cannot become an error. */
	x->broken = x->answered && x->parted && x->response.status != 200;
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

void ask_dbd_init(struct exchange *x)
{
	x->call = (struct dbd_call){
		.command = &x->command,
		.on_reply = on_reply,
		.on_restart = on_restart,
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

static bool answer_from_cache(struct exchange *x)
{
	bool found;

	x->pack_from = x->service->gzip ? content_coding_gzip_from(x) : SIZE_MAX;
	/* Pages are not cached, nor are the rows below one row. */
	bool may_be = x->page.kind == PAGE_WHOLE && x->command.action != ACTION_CHILDREN;
	found = may_be && cached_answer(x);
	stats_add(found ? STAT_CACHE_HITS : STAT_CACHE_MISSES, 1);
	if (!found)
		x->cacheable = may_be && cache_stamp(x->service->cache, &x->command, &x->stamp);
	return found;
}

static bool ask(struct exchange *x)
{
	enum action action = x->command.action;

	x->cacheable = false;
	if (!action_writes(action) && answer_from_cache(x))
		return true;
	x->starting = true;
	heartbeat_note_action(HEARTBEAT_LOOP, ACTIVITY_ASKING, action, x->command.resource);
	dbd_client_call(x->service->dbd, &x->call);
	x->starting = false;
	return x->answered;
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
	struct key key = key_none();
	bool exists = true;

	if (e->shape->nkeys > 0)
		validate_key(x->route.keys[0], e->parameters[0], &key, &exists, &issues);
	if (operation->answer == ANSWER_ROWS && (query.len > 0 || operation->resource->list))
		read_page(x, query, &issues);
	if (operation->body && !read_body(x, request, &issues))
		return true;
	if (issues.count > 0)
		return answer_issues(x, &issues);
	if (!exists)
		return answer_not_found(x, e->key_of[0], int_id_plain(&x->arena, x->route.keys[0]));
	x->command.action = operation->action;
	x->command.resource = operation->resource;
	x->command.key = x->command.parent = key;
	x->command.match = match_of(x);
	x->command.request = x->id;
	return ask(x);
}

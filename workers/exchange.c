#include "exchange.h"

#include "codec.h"
#include "digest.h"
#include "etag.h"
#include "heartbeat.h"
#include "issue.h"
#include "record_json.h"
#include "target.h"
#include "validate.h"

enum {
	BODY_MAX = 1024 * 1024 * 1024, /* of one answer */
	BODY_KEEP = 4 * 1024,
	PART_KEEP = 256 * 1024
};

#define JSON        STR("application/json")
#define RETRY_AFTER STR("retry-after: 1\r\n")

/* Answers. Each returns true, as exchange_start does. */

static bool answer(
	struct exchange *x, int status, struct str fields, struct str type, struct str body)
{
	x->answered = true;
	x->response = (struct response){
		.status = status,
		.type = type,
		.fields = fields,
		.body = body,
	};
	return true;
}

/* What a GET shows, or 304 if the client has it already. fields begins with its ETag. */
static bool answer_shown(struct exchange *x, struct str fields, struct str type, struct str body)
{
	if (x->fields.seen & HTTP_IF_NONE_MATCH &&
		etag_is_listed(http_field(&x->fields, HTTP_IF_NONE_MATCH, &x->arena), fields))
		return answer(x, 304, fields, STR(""), STR(""));
	return answer(x, 200, fields, type, body);
}

static bool answer_body(struct exchange *x, int status)
{
	if (x->body.failed)
		return answer(x, 500, STR(""), JSON, STR("{\"detail\":\"Internal Server Error\"}"));
	return answer(x, status, STR(""), JSON, buf_view(&x->body));
}

static bool answer_issues(struct exchange *x, const struct issues *issues)
{
	issues_render(&x->body, issues);
	return answer_body(x, 422);
}

static bool answer_not_found(struct exchange *x, const struct resource *r)
{
	return answer(x, 404, STR(""), JSON,
		arena_printf(&x->arena, "{\"detail\":\"%s not found\"}", r->schema));
}

static bool answer_changed(struct exchange *x, const struct resource *r)
{
	return answer(x, 412, STR(""), JSON,
		arena_printf(&x->arena, "{\"detail\":\"%s has changed\"}", r->schema));
}

/* "Username or email already exists", of the resource's unique fields. */
static bool answer_conflict(struct exchange *x, const struct resource *r)
{
	struct buf *out = &x->body;
	unsigned n = 0;

	buf_str(out, STR("{\"detail\":\""));
	for (unsigned i = 0; i < r->nfields; i++) {
		if (!(r->fields[i].flags & FIELD_UNIQUE))
			continue;
		const char *name = r->fields[i].name;
		if (n++ > 0)
			buf_printf(out, " or %s", name);
		else
			buf_printf(out, "%c%s", *name - 'a' + 'A', name + 1);
	}
	buf_str(out, STR(" already exists\"}"));
	return answer_body(x, 409);
}

static bool answer_null_fields(struct exchange *x, const struct reply *reply)
{
	struct issues issues;

	issues.count = 0;
	validate_nulls(reply->resource, reply->fields, &issues);
	return answer_issues(x, &issues);
}

/* What the other faults answer. */
static const struct {
	int status;
	struct str body;
} fault_answers[FAULT__COUNT] = {
	[FAULT_BUSY] = { 503,
		STR_INIT("{\"detail\":\"Too many requests are waiting; nothing was done\"}") },
	[FAULT_UNAVAILABLE] = { 503,
		STR_INIT("{\"detail\":\"The database did not answer; nothing was done\"}") },
	[FAULT_UNKNOWN] = { 503, STR_INIT("{\"detail\":\"The database was lost before it answered; "
					  "whether this was done is unknown\"}") },
	[FAULT_FULL] = { 507,
		STR_INIT("{\"detail\":\"No space is left for the database; nothing was done\"}") },
	[FAULT_STORAGE] = { 500,
		STR_INIT("{\"detail\":\"The database could not be read or written\"}") },
	[FAULT_TOO_LARGE] = { 500, STR_INIT("{\"detail\":\"A row is too large to be shown\"}") },
	[FAULT_INTERNAL] = { 500, STR_INIT("{\"detail\":\"Internal Server Error\"}") },
};

static bool answer_fault(struct exchange *x, const struct reply *reply)
{
	buf_reset(&x->body, BODY_KEEP);
	switch (reply->fault) {
	case FAULT_NOT_FOUND:
		return answer_not_found(x, reply->resource);
	case FAULT_CONFLICT:
		return answer_conflict(x, reply->resource);
	case FAULT_NULL_FIELD:
		return answer_null_fields(x, reply);
	case FAULT_CHANGED:
		return answer_changed(x, reply->resource);
	default:
		break;
	}
	int status = fault_answers[reply->fault].status;
	return answer(x, status, status == 503 ? RETRY_AFTER : STR(""), JSON,
		fault_answers[reply->fault].body);
}

/* Rows. */

static void write_rows(struct exchange *x, struct rows *rows)
{
	struct record_json json;
	struct record record;

	record_json_init(&json, rows->resource);
	while (rows->left > 0) {
		codec_next_row(rows, &record);
		if (x->rows_written)
			buf_char(&x->body, ',');
		record_json_write(&x->body, &json, &record, false);
		x->digest = digest_record(x->digest, &record);
		x->rows_written = true;
	}
}

/* Ends the list of the child that is being written and opens those up to the given one; NULL ends
 * the last. False: no such child comes. */
static bool open_child(struct exchange *x, const struct resource *child)
{
	const struct resource *r = x->command.resource;

	while (x->child != child || !child) {
		if (x->child)
			buf_char(&x->body, ']');
		x->child = resource_next_embedded(r, x->child);
		if (!x->child)
			return !child;
		buf_printf(&x->body, ",\"%s\":[", x->child->plural);
		x->rows_written = false;
	}
	return true;
}

/* One row, then, where it is read, what is embedded in it. */
static bool write_single(struct exchange *x, struct reply *reply)
{
	bool embed = x->command.action == ACTION_READ;
	struct record_json json;
	struct record record;

	if (!x->begun) {
		if (reply->rows.resource != x->command.resource || reply->rows.left != 1)
			return false;
		codec_next_row(&reply->rows, &record);
		record_json_init(&json, record.resource);
		record_json_write(&x->body, &json, &record, embed);
		x->digest = digest_record(x->digest, &record);
	} else {
		if (!embed || !open_child(x, reply->rows.resource))
			return false;
		write_rows(x, &reply->rows);
	}
	if (reply->more != MORE_NO || !embed)
		return true;
	open_child(x, NULL);
	buf_char(&x->body, '}');
	return true;
}

static bool write_list(struct exchange *x, struct reply *reply)
{
	if (reply->rows.resource != x->command.resource)
		return false;
	if (!x->begun)
		buf_char(&x->body, '[');
	write_rows(x, &reply->rows);
	if (reply->more == MORE_NO)
		buf_char(&x->body, ']');
	return true;
}

/* Keeps the answer for others, or this part of it until all are there. */
static void gather(struct exchange *x, enum more more, struct str fields)
{
	struct cache *cache = x->service->cache;

	if (!x->keep || x->body.failed)
		return;
	if (more == MORE_NO && !x->parted) {
		cache_put(cache, &x->command, &x->stamp, fields, buf_view(&x->body));
		return;
	}
	x->keep = cache_gather(cache, x, buf_view(&x->body));
	if (x->keep && more == MORE_NO)
		cache_put_gathered(cache, x, &x->command, &x->stamp, fields);
}

/* All rows have come, or as many as are shown at a time. */
static bool answer_rows(struct exchange *x, enum more more)
{
	char *line = arena_alloc(&x->arena, ETAG_LINE);
	struct str fields = { line, ETAG_LINE };

	etag_write(line, x->digest);
	gather(x, more, fields);
	if (more == MORE_WAITS && !x->body.failed) {
		x->parted = x->resting = true;
		x->response = (struct response){
			.status = 200, .type = JSON, .body = buf_view(&x->body)
		};
		return true;
	}
	if (x->parted || x->body.failed)
		return answer_body(x, 200);
	return answer_shown(x, fields, JSON, buf_view(&x->body));
}

static bool take_rows(struct exchange *x, struct reply *reply)
{
	bool taken =
		x->command.action == ACTION_LIST ? write_list(x, reply) : write_single(x, reply);

	x->begun = true;
	if (!taken)
		return answer(x, 500, STR(""), JSON, fault_answers[FAULT_INTERNAL].body);
	if (reply->more == MORE_COMES)
		return false;
	if (!action_writes(x->command.action))
		return answer_rows(x, reply->more);
	return answer_body(x, x->command.action == ACTION_CREATE ? 201 : 200);
}

/* Only who deletes is told no more than that it is done. */
static bool answer_done(struct exchange *x)
{
	if (x->command.action != ACTION_DELETE)
		return answer(x, 500, STR(""), JSON, fault_answers[FAULT_INTERNAL].body);
	return answer(x, 204, STR(""), STR(""), STR(""));
}

static void on_reply(struct dbd_call *call, struct reply *reply)
{
	struct exchange *x = CONTAINER_OF(call, struct exchange, call);
	bool answered = true;

	heartbeat_note_action(
		HEARTBEAT_LOOP, DOING_ANSWERING, x->command.action, x->command.resource);
	switch (reply->status) {
	case STATUS_ROWS:
		answered = take_rows(x, reply);
		break;
	case STATUS_FAULT:
		answer_fault(x, reply);
		break;
	default:
		answer_done(x);
		break;
	}
	if (!answered)
		return;
	/* What is no success now comes behind a head that said 200. */
	x->broken = x->answered && x->parted && x->response.status != 200;
	if (x->answered)
		dbd_client_cancel(x->service->dbd, call);
	if (!x->starting)
		x->on_answered(x);
}

static void begin_anew(struct exchange *x)
{
	buf_reset(&x->body, BODY_KEEP);
	x->child = NULL;
	x->begun = false;
	x->rows_written = false;
	x->digest = DIGEST_BEGIN;
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
	begin_anew(x);
}

/* Requests. */

/* True: what was answered before is still the answer. */
static bool answer_again(struct exchange *x)
{
	struct kept *kept = cache_find(x->service->cache, &x->command);

	if (!kept)
		return false;
	answer_shown(x, cache_fields(kept), JSON, cache_text(kept));
	x->response.kept = kept;
	return true;
}

/* The states that a write may find (RFC 9110 13.1.1), for dbd, in whose transaction it is decided.
 * "*" asks for no more than that the row is there, as each write does. */
static struct str match_of(struct exchange *x)
{
	if (!(x->fields.seen & HTTP_IF_MATCH))
		return (struct str){ NULL, 0 };
	return etag_digests(&x->arena, http_field(&x->fields, HTTP_IF_MATCH, &x->arena));
}

static bool start_action(struct exchange *x, const struct http_request *request)
{
	const struct endpoint *e = x->route.endpoint;
	enum action action = x->route.action;
	struct issues issues;
	int64_t key = 0;
	bool exists = true;

	issues.count = 0;
	if (e->has_key)
		validate_key(x->route.key, e->key_of, &key, &exists, &issues);
	if (action == ACTION_CREATE || action == ACTION_UPDATE) {
		heartbeat_note_action(HEARTBEAT_LOOP, DOING_VALIDATING, action, e->resource);
		if (validate_body(&x->arena, request->content_type, request->body, e->resource,
			    action, &x->command.record, &issues) == BODY_UNDECODABLE)
			return answer(x, 400, STR(""), JSON,
				STR("{\"detail\":\"There was an error parsing the body\"}"));
	}
	if (issues.count > 0)
		return answer_issues(x, &issues);
	if (!exists)
		return answer_not_found(x, e->key_of);
	x->command.action = action;
	x->command.resource = e->resource;
	x->command.key = x->command.parent = key;
	x->command.match = match_of(x);
	x->keep = false;
	if (!action_writes(action)) {
		if (answer_again(x))
			return true;
		x->keep = cache_stamp(x->service->cache, &x->command, &x->stamp);
	}
	x->starting = true;
	heartbeat_note_action(HEARTBEAT_LOOP, DOING_ASKING, action, e->resource);
	dbd_client_call(x->service->dbd, &x->call);
	x->starting = false;
	return x->answered;
}

static bool answer_redirect(
	struct exchange *x, const struct http_request *request, struct str query)
{
	struct str location = target_location(
		&x->arena, request->host, x->service->authority, x->route.redirect, query);

	return answer(x, 307,
		arena_printf(&x->arena, "location: %.*s\r\n", (int)location.len, location.ptr),
		STR(""), STR(""));
}

static struct str allow_field(struct exchange *x)
{
	return arena_printf(&x->arena, "allow: %s\r\n", x->route.endpoint->allow.ptr);
}

bool exchange_start(struct exchange *x, const struct http_request *request)
{
	struct str path, query;

	x->fields = request->fields;
	if (!target_parse(&x->arena, request->target, &path, &query))
		return answer(x, 400, STR(""), JSON, STR("{\"detail\":\"Bad Request\"}"));
	x->route = routes_match(&x->service->routes, request->method, path);
	switch (x->route.kind) {
	case ROUTE_ACTION:
		return start_action(x, request);
	case ROUTE_DOCUMENT: {
		const struct document_text *d = &x->service->documents[x->route.endpoint->document];
		return answer_shown(x, d->fields, d->type, d->body);
	}
	case ROUTE_OPTIONS:
		return answer(x, 204, allow_field(x), STR(""), STR(""));
	case ROUTE_NO_METHOD:
		return answer(
			x, 405, allow_field(x), JSON, STR("{\"detail\":\"Method Not Allowed\"}"));
	case ROUTE_REDIRECT:
		return answer_redirect(x, request, query);
	case ROUTE_NO_PATH:
		break;
	}
	return answer(x, 404, STR(""), JSON, STR("{\"detail\":\"Not Found\"}"));
}

bool exchange_wants_body(struct exchange *x, const struct http_request *request)
{
	struct str path, query;

	if (!target_parse(&x->arena, request->target, &path, &query))
		return false;
	struct route route = routes_match(&x->service->routes, request->method, path);
	arena_reset(&x->arena);
	return route.kind == ROUTE_ACTION &&
	       (route.action == ACTION_CREATE || route.action == ACTION_UPDATE);
}

void exchange_init(
	struct exchange *x, const struct service *service, void (*on_answered)(struct exchange *x))
{
	x->service = service;
	x->on_answered = on_answered;
	x->call = (struct dbd_call){
		.command = &x->command,
		.on_reply = on_reply,
		.on_restart = on_restart,
	};
	x->starting = false;
	arena_init(&x->arena);
	buf_init(&x->body, BODY_MAX);
	exchange_reset(x);
}

void exchange_reset(struct exchange *x)
{
	dbd_client_cancel(x->service->dbd, &x->call);
	cache_forget_gathered(x->service->cache, x);
	begin_anew(x);
	x->answered = x->parted = x->resting = x->broken = false;
	arena_reset(&x->arena);
}

void exchange_next(struct exchange *x)
{
	buf_reset(&x->body, PART_KEEP);
	x->resting = false;
	dbd_client_next(x->service->dbd, &x->call);
}

void exchange_done(struct exchange *x)
{
	dbd_client_cancel(x->service->dbd, &x->call);
	cache_forget_gathered(x->service->cache, x);
	arena_done(&x->arena);
	buf_done(&x->body);
}

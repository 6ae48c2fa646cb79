#include "exchange.h"

#include "accept_encoding.h"
#include "codec.h"
#include "digest.h"
#include "etag.h"
#include "forwarded.h"
#include "heartbeat.h"
#include "issue.h"
#include "record_json.h"
#include "stats.h"
#include "target.h"
#include "validate.h"

enum {
	BODY_MAX = 1024 * 1024 * 1024, /* of one answer */
	BODY_KEEP = 4 * 1024,
	PART_KEEP = 256 * 1024
};

#define JSON        STR("application/json")
#define TEXT        STR("text/plain; charset=utf-8")
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

/* What is left of the lines in a 304 (RFC 9110 15.4.5). */
static struct str without_coding(struct exchange *x, struct str fields)
{
	const struct str coded = GZIP_FIELDS, vary = GZIP_VARY;

	if (fields.len < coded.len ||
		!str_equal(str_from_index(fields, fields.len - coded.len), coded))
		return fields;
	return arena_printf(
		&x->arena, "%.*s%.*s", (int)(fields.len - coded.len), fields.ptr, STR_ARGS(vary));
}

/* The client has what these lines, which begin with its ETag, belong to. */
static bool has_it(struct exchange *x, struct str fields)
{
	return x->fields.seen & HTTP_IF_NONE_MATCH &&
	       etag_is_listed(http_field(&x->fields, HTTP_IF_NONE_MATCH, &x->arena), fields);
}

/* What a GET shows, or 304 if the client has it already. fields begins with its ETag. */
static bool answer_shown(struct exchange *x, struct str fields, struct str type, struct str body)
{
	if (has_it(x, fields))
		return answer(x, 304, without_coding(x, fields), STR(""), STR(""));
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

/* "Username or email already exists", of the resource's unique fields; "Post already exists" where
 * the database has a unique index of its owner's. */
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
	if (n == 0)
		buf_str(out, str_from(r->schema));
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
	[FAULT_LOCKED] = { 503,
		STR_INIT("{\"detail\":\"The database is locked by another process; nothing was "
			 "done\"}") },
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

/* Of those with status 503. */
static const enum stat_cause causes[FAULT__COUNT] = {
	[FAULT_BUSY] = STAT_CAUSE_BUSY,
	[FAULT_LOCKED] = STAT_CAUSE_LOCKED,
	[FAULT_UNAVAILABLE] = STAT_CAUSE_UNAVAILABLE,
	[FAULT_UNKNOWN] = STAT_CAUSE_UNKNOWN,
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
	if (status == 503 && !x->parted)
		stats_add_at(STAT_HTTP_UNAVAILABLE, causes[reply->fault], 1);
	return answer(x, status, status == 503 ? RETRY_AFTER : STR(""), JSON,
		fault_answers[reply->fault].body);
}

/* Rows. */

/* False: it is behind the page. */
static bool take_into_page(struct exchange *x, const struct record *row)
{
	if (x->page_rows == x->page.limit) {
		x->page_more = true;
		return false;
	}
	x->page_rows++;
	x->page_last = row->values[resource_field_with(row->resource, FIELD_KEY)].integer;
	return true;
}

/* False: one of them is none. */
static bool write_rows(struct exchange *x, struct rows *rows)
{
	struct record_json json;
	struct record record;

	record_json_init(&json, rows->resource);
	while (rows->left > 0) {
		if (!codec_next_row(rows, &record))
			return false;
		if (x->page.limit > 0 && !take_into_page(x, &record))
			continue;
		if (x->rows_written)
			buf_char(&x->body, ',');
		record_json_write(&x->body, &json, &record, false);
		x->digest = digest_row(x->digest, rows->resource, rows->row);
		x->rows_written = true;
	}
	return true;
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
		buf_str(&x->body, STR(",\""));
		buf_str(&x->body, str_from(x->child->plural));
		buf_str(&x->body, STR("\":["));
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
		if (reply->rows.resource != x->command.resource || reply->rows.left != 1 ||
			!codec_next_row(&reply->rows, &record))
			return false;
		record_json_init(&json, record.resource);
		record_json_write(&x->body, &json, &record, embed);
		x->digest = digest_row(x->digest, record.resource, reply->rows.row);
	} else if (!embed || !open_child(x, reply->rows.resource) || !write_rows(x, &reply->rows)) {
		return false;
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
	if (!write_rows(x, &reply->rows))
		return false;
	x->total = reply->total;
	/* A page is no stream: what has come by then is all of it. */
	if (x->page.limit > 0 && reply->more == MORE_WAITS) {
		x->page_more = true;
		reply->more = MORE_NO;
	}
	if (reply->more == MORE_NO)
		buf_char(&x->body, ']');
	return true;
}

/* Codings. */

/* From which size on the client wants gzip rather than nothing of the kind. */
static size_t wants_gzip_from(struct exchange *x)
{
	if (!(x->fields.seen & HTTP_ACCEPT_ENCODING))
		return SIZE_MAX;
	struct str field = http_field(&x->fields, HTTP_ACCEPT_ENCODING, &x->arena);
	unsigned identity = accept_encoding_weight(field, STR("identity"));
	unsigned gzip = accept_encoding_weight(field, STR("gzip"));
	if (gzip == 0 || gzip < identity)
		return SIZE_MAX;
	return identity > 0 ? GZIP_LEAST : 0;
}

/* RFC 8288: what is behind the page, by its query alone, whatever the path is to the client. */
static struct str link_field(struct exchange *x)
{
	return arena_printf(&x->arena, "link: <?after_id=%lld&limit=%u>; rel=\"next\"\r\n",
		(long long)x->page_last, x->page.limit);
}

static struct str shown_fields(struct exchange *x, uint64_t digest, enum coding coding, size_t size)
{
	bool packed = coding == CODING_GZIP, varies = x->service->gzip && size >= GZIP_LEAST;
	struct str further = packed ? GZIP_FIELDS : varies ? GZIP_VARY : STR("");

	if (x->total >= 0) {
		/* What it counts is shown, too. */
		digest = digest_number(digest, (uint64_t)x->total);
		further = arena_printf(&x->arena, "x-total-count: %lld\r\n%.*s",
			(long long)x->total, STR_ARGS(further));
	}
	if (x->page_more) {
		struct str link = link_field(x);
		/* Who keeps the page keeps its link: with another one it is another page. */
		digest = digest_bytes(digest, link);
		further = arena_printf(&x->arena, "%.*s%.*s", STR_ARGS(link), STR_ARGS(further));
	}
	return etag_fields(&x->arena, digest, packed ? ETAG_GZIP : STR(""), further);
}

/* Before the end, the digest is not known. */
static struct str parted_fields(const struct exchange *x)
{
	if (x->coding == CODING_GZIP)
		return GZIP_FIELDS;
	return x->service->gzip ? GZIP_VARY : STR("");
}

/* The next part of an answer, or all of it, in gzip. */
static struct str pack(struct exchange *x, struct str text, bool last)
{
	buf_reset(&x->packed, PART_KEEP);
	if (!x->parted)
		gzip_begin(&x->member, &x->packed);
	gzip_add(x->service->gzip, &x->member, &x->packed, text);
	if (last)
		gzip_end(&x->member, &x->packed);
	return buf_view(&x->packed);
}

/* Keeps the answer for others, or this part of it until all are there. */
static void gather(struct exchange *x, bool last, struct str fields, struct str part)
{
	struct cache *cache = x->service->cache;

	if (!x->keep)
		return;
	if (last && !x->parted) {
		cache_put(cache, &x->command, x->coding, &x->stamp, fields, part);
		return;
	}
	x->keep = cache_gather(cache, x, part);
	if (x->keep && last)
		cache_put_gathered(cache, x, &x->command, x->coding, &x->stamp, fields);
}

/* What is compressed is compressed in pieces. */
static struct str take_text(struct exchange *x)
{
	struct str part = x->text;

	if (x->coding == CODING_GZIP && part.len > GZIP_PART_MAX)
		part.len = GZIP_PART_MAX;
	x->text = str_from_index(x->text, part.len);
	return part;
}

/* The next part of the answer, or all of it. */
static bool answer_part(struct exchange *x, struct str fields)
{
	struct str part = take_text(x);
	bool last = x->more == MORE_NO && x->text.len == 0;

	if (x->coding == CODING_GZIP)
		part = pack(x, part, last);
	if (x->body.failed || x->packed.failed) {
		x->body.failed = true;
		return answer_body(x, 500);
	}
	gather(x, last, fields, part);
	if (last && !x->parted)
		return answer_shown(x, fields, JSON, part);
	answer(x, 200, fields, JSON, part);
	x->answered = last;
	x->resting = !last;
	x->parted = true;
	return true;
}

/* The lines of an answer, of which all rows are known only once the last frame has come. */
static struct str rows_fields(struct exchange *x)
{
	if (x->more != MORE_NO)
		return parted_fields(x);
	/* What comes in parts has said Vary already. */
	return shown_fields(x, x->digest, x->coding, x->parted ? SIZE_MAX : buf_len(&x->body));
}

/* All rows have come, or as many as are shown at a time. */
static bool answer_rows(struct exchange *x, enum more more)
{
	bool whole = more == MORE_NO && !x->parted;

	x->more = more;
	x->text = buf_view(&x->body);
	if (!x->parted)
		x->coding = x->text.len >= x->pack_from ? CODING_GZIP : CODING_NONE;
	struct str fields = rows_fields(x);
	/* Once the first of several pieces is out it is too late for a 304. */
	if (whole && x->coding == CODING_GZIP && x->text.len > GZIP_PART_MAX && has_it(x, fields))
		return answer_shown(x, fields, JSON, STR(""));
	return answer_part(x, fields);
}

/* The first frame of a stream may hold no more than one short row: whether the answer is
 * compressed is decided by what comes behind it. */
static bool is_undecided(const struct exchange *x)
{
	return !x->parted && x->pack_from < SIZE_MAX && buf_len(&x->body) < x->pack_from;
}

/* False: such rows are no answer to the command. */
static bool take_rows(struct exchange *x, struct reply *reply)
{
	bool taken =
		x->command.action == ACTION_LIST ? write_list(x, reply) : write_single(x, reply);

	x->begun = true;
	if (!taken || reply->more == MORE_COMES)
		return taken;
	if (action_writes(x->command.action))
		return answer_body(x, x->command.action == ACTION_CREATE ? 201 : 200);
	if (reply->more == MORE_WAITS && is_undecided(x)) {
		dbd_client_next(x->service->dbd, &x->call);
		return true;
	}
	return answer_rows(x, reply->more);
}

/* Only who deletes is told no more than that it is done. */
static bool take_done(struct exchange *x)
{
	return x->command.action == ACTION_DELETE && answer(x, 204, STR(""), STR(""), STR(""));
}

/* Tells of the answer, or of the next part of it. */
static void hand_over(struct exchange *x)
{
	/* What is no success now comes behind a head that said 200. */
	x->broken = x->answered && x->parted && x->response.status != 200;
	/* No frame is wanted behind the end of a page, either. */
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
		answer(x, 500, STR(""), JSON, fault_answers[FAULT_INTERNAL].body);
	if (!x->answered && !x->resting)
		return true;
	hand_over(x);
	return proper;
}

static void begin_anew(struct exchange *x)
{
	buf_reset(&x->body, BODY_KEEP);
	x->text = STR("");
	x->more = MORE_WAITS;
	x->child = NULL;
	x->begun = false;
	x->rows_written = false;
	x->page_rows = 0;
	x->page_more = false;
	x->total = -1;
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

static bool answer_kept(struct exchange *x, struct cache_entry *kept)
{
	answer_shown(x, cache_fields(kept), JSON, cache_text(kept));
	x->response.body_owner = cache_pinnable(kept);
	return true;
}

/* What is kept as it is, in gzip, which is then kept, too. */
static bool answer_packed(struct exchange *x, const struct cache_entry *kept)
{
	struct generation_stamp stamp = cache_stamp_of(kept);
	struct str text = cache_text(kept);
	struct str fields = shown_fields(x, etag_digest(cache_fields(kept)), CODING_GZIP, text.len);
	struct str packed = pack(x, text, true);

	if (x->packed.failed)
		return false;
	cache_put(x->service->cache, &x->command, CODING_GZIP, &stamp, fields, packed);
	return answer_shown(x, fields, JSON, packed);
}

/* True: what was answered before is still the answer. What is too long to be compressed at once
 * comes from dbd again, in parts. */
static bool answer_again(struct exchange *x)
{
	struct cache *cache = x->service->cache;
	struct cache_entry *kept = NULL;

	if (x->pack_from < SIZE_MAX)
		kept = cache_find(cache, &x->command, CODING_GZIP);
	/* A short one is there for those who refuse anything else. */
	if (kept && gzip_text_size(cache_text(kept)) >= x->pack_from)
		return answer_kept(x, kept);
	kept = cache_find(cache, &x->command, CODING_NONE);
	if (!kept)
		return false;
	size_t size = cache_text(kept).len;
	if (size < x->pack_from)
		return answer_kept(x, kept);
	return size <= GZIP_PART_MAX && answer_packed(x, kept);
}

static bool answer_document(struct exchange *x, const struct document_text *d)
{
	if (d->packed.len > 0 && wants_gzip_from(x) <= d->body.len)
		return answer_shown(x, d->packed_fields, d->type, d->packed);
	return answer_shown(x, d->fields, d->type, d->body);
}

/* The states that a write may find (RFC 9110 13.1.1), for dbd, in whose transaction it is decided.
 * "*" asks for no more than that the row is there, as each write does. */
static struct str match_of(struct exchange *x)
{
	if (!(x->fields.seen & HTTP_IF_MATCH))
		return (struct str){ NULL, 0 };
	return etag_digests(&x->arena, http_field(&x->fields, HTTP_IF_MATCH, &x->arena));
}

static bool start_action(struct exchange *x, const struct http_request *request, struct str query)
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
		heartbeat_note_action(HEARTBEAT_LOOP, ACTIVITY_VALIDATING, action, e->resource);
		if (validate_body(&x->arena, request->content_type, request->body, e->resource,
			    action, &x->command.record, &issues) == BODY_UNDECODABLE)
			return answer(x, 400, STR(""), JSON,
				STR("{\"detail\":\"There was an error parsing the body\"}"));
	}
	x->page = x->command.page = (struct page){ 0 };
	if (action == ACTION_LIST && query.len > 0 &&
		validate_page(&x->arena, query, &x->page, &issues) && x->page.limit > 0)
		x->command.page = (struct page){ x->page.after, x->page.limit + 1, x->page.count };
	if (issues.count > 0)
		return answer_issues(x, &issues);
	if (!exists)
		return answer_not_found(x, e->key_of);
	x->command.action = action;
	x->command.resource = e->resource;
	x->command.key = x->command.parent = key;
	x->command.match = match_of(x);
	x->command.request = x->id;
	x->keep = false;
	if (!action_writes(action)) {
		x->pack_from = x->service->gzip ? wants_gzip_from(x) : SIZE_MAX;
		/* Pages are not kept. */
		bool again = x->page.limit == 0 && answer_again(x);
		stats_add(again ? STAT_CACHE_HITS : STAT_CACHE_MISSES, 1);
		if (again)
			return true;
		x->keep = x->page.limit == 0 &&
			  cache_stamp(x->service->cache, &x->command, &x->stamp);
	}
	x->starting = true;
	heartbeat_note_action(HEARTBEAT_LOOP, ACTIVITY_ASKING, action, e->resource);
	dbd_client_call(x->service->dbd, &x->call);
	x->starting = false;
	return x->answered;
}

/* As the client sees it, whether the proxy has stripped the prefix or not. */
static struct str below_root(struct exchange *x, struct str path)
{
	struct str root = x->service->root;

	if (root.len == 0)
		return path;
	char *whole = arena_alloc(&x->arena, root.len + path.len);
	memcpy(whole, root.ptr, root.len);
	memcpy(whole + root.len, path.ptr, path.len);
	return (struct str){ whole, root.len + path.len };
}

/* A file whose URL changes with its content. */
#define ASSET_FIELDS                                                                               \
	"cache-control: public, max-age=31536000, immutable\r\n"                                   \
	"x-content-type-options: nosniff\r\n"
#define ASSET_VARY   "vary: accept-encoding\r\n"
#define ASSET_CODING "content-encoding: gzip\r\n"

static bool answer_asset(struct exchange *x)
{
	const struct asset *asset = x->route.endpoint->asset;

	if (wants_gzip_from(x) < SIZE_MAX)
		answer(x, 200, STR(ASSET_FIELDS ASSET_CODING ASSET_VARY), asset->type, asset->gzip);
	else
		answer(x, 200, STR(ASSET_FIELDS ASSET_VARY), asset->type, asset->plain);
	x->response.lasting = true;
	return true;
}

/* A trusted proxy knows better than the target by which scheme its client asks. */
static struct str scheme_of(struct exchange *x, struct str target)
{
	if (!(x->fields.seen & HTTP_X_FORWARDED_PROTO))
		return target_scheme(target);
	return forwarded_scheme(http_field(&x->fields, HTTP_X_FORWARDED_PROTO, &x->arena));
}

static bool answer_redirect(
	struct exchange *x, const struct http_request *request, struct str query)
{
	struct str location = target_location(&x->arena, scheme_of(x, request->target),
		target_authority(request->target, request->host), x->service->authority,
		below_root(x, x->route.redirect), query);

	return answer(x, 307, arena_printf(&x->arena, "location: %.*s\r\n", STR_ARGS(location)),
		STR(""), STR(""));
}

static struct str allow_field(struct exchange *x)
{
	const struct endpoint *e = x->route.endpoint;
	struct str allow = e ? e->allow : x->service->routes.allow;

	return arena_printf(&x->arena, "allow: %s\r\n", allow.ptr);
}

/* As Starlette does: a path below the root is routed by what follows, any other as it is. False:
 * the target is not valid. */
static bool find_route(struct exchange *x, const struct http_request *request, struct str *query)
{
	struct str root = x->service->root, path;

	if (request->method == METHOD_OPTIONS && target_is_server(request->target)) {
		x->route = (struct route){ .kind = ROUTE_SERVER };
		*query = STR("");
		return true;
	}
	if (!target_parse(&x->arena, request->target, &path, query))
		return false;
	if (root.len > 0 && str_starts(path, root) &&
		(path.len == root.len || path.ptr[root.len] == '/'))
		path = str_from_index(path, root.len);
	x->route = routes_match(&x->service->routes, request->method, path);
	return true;
}

/* True: it is a preflight request, and answered. */
static bool start_cors(struct exchange *x, const struct http_request *request)
{
	const struct cors *cors = &x->service->cors;
	struct str text;
	int status = cors_preflight(&x->arena, cors, request->method, &x->fields, &x->cors, &text);

	if (status)
		return answer(x, status, STR(""), TEXT, text);
	x->cors = cors_fields(&x->arena, cors, &x->fields);
	return false;
}

bool exchange_start(struct exchange *x, const struct http_request *request)
{
	struct str query;

	x->fields = request->fields;
	x->cors = STR("");
	if (cors_is_on(&x->service->cors) && start_cors(x, request))
		return true;
	if (!find_route(x, request, &query))
		return answer(x, 400, STR(""), JSON, STR("{\"detail\":\"Bad Request\"}"));
	switch (x->route.kind) {
	case ROUTE_ACTION:
		return start_action(x, request, query);
	case ROUTE_DOCUMENT:
		return answer_document(x, &x->service->documents[x->route.endpoint->document]);
	case ROUTE_ASSET:
		return answer_asset(x);
	case ROUTE_OPTIONS:
	case ROUTE_SERVER:
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
	struct str query;
	bool found = find_route(x, request, &query);

	arena_reset(&x->arena);
	return found && x->route.kind == ROUTE_ACTION &&
	       (x->route.action == ACTION_CREATE || x->route.action == ACTION_UPDATE);
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
	x->id = STR("");
	arena_init(&x->arena);
	buf_init(&x->body, BODY_MAX);
	buf_init(&x->packed, BODY_MAX);
	exchange_reset(x);
}

void exchange_reset(struct exchange *x)
{
	dbd_client_cancel(x->service->dbd, &x->call);
	cache_forget_gathered(x->service->cache, x);
	begin_anew(x);
	buf_reset(&x->packed, BODY_KEEP);
	x->answered = x->parted = x->resting = x->broken = false;
	x->route.endpoint = NULL;
	arena_reset(&x->arena);
}

void exchange_next(struct exchange *x)
{
	bool has_next = exchange_has_next(x);

	x->resting = false;
	if (has_next) {
		heartbeat_note_action(
			HEARTBEAT_LOOP, ACTIVITY_ANSWERING, x->command.action, x->command.resource);
		answer_part(x, rows_fields(x));
		hand_over(x);
		return;
	}
	buf_reset(&x->body, PART_KEEP);
	dbd_client_next(x->service->dbd, &x->call);
}

void exchange_done(struct exchange *x)
{
	dbd_client_cancel(x->service->dbd, &x->call);
	cache_forget_gathered(x->service->cache, x);
	arena_done(&x->arena);
	buf_done(&x->body);
	buf_done(&x->packed);
}

/* Answers to parsed requests, with and without dbd, which the test plays itself. */
#include "exchange.h"

#include "fake_service.h"
#include "gunzip.h"
#include "record_json.h"
#include "sample.h"
#include "suite.h"
#include "turn.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ASSET_FIELDS                                                                               \
	"cache-control: public, max-age=31536000, immutable\r\n"                                   \
	"x-content-type-options: nosniff\r\n"

static struct loop *loop;
static struct fake_dbd dbd;
static struct service service;
static struct arena arena;
static struct exchange x;
static unsigned answers;

static const struct record_json *form_of(const struct resource *r)
{
	return record_json_of(sample_shown(r, ACTION_LIST));
}

/* open: without its last brace. */
static void write_record(struct buf *to, const struct record *record, bool open)
{
	record_json_write(to, form_of(record->resource), record);
	if (open)
		buf_truncate(to, buf_len(to) - 1);
}

static void on_answered(struct exchange *exchange)
{
	ck_assert_ptr_eq(exchange, &x);
	ck_assert(x.answered || x.resting);
	answers++;
}

static void setup(void)
{
	loop = loop_new();
	arena_init(&arena);
	fake_service_open(&service, loop, &dbd, &arena);
	exchange_init(&x, &service, on_answered);
}

static void teardown(void)
{
	exchange_done(&x);
	fake_service_close(&service, &dbd);
	loop_free(loop);
	arena_done(&arena);
}

static bool start(enum method method, const char *target, const char *body)
{
	struct http_request request = {
		.method = method,
		.minor = 1,
		.target = str_from(target),
		.host = STR("api.example"),
		.content_type = STR("application/json"),
		.body = str_from(body ? body : ""),
	};

	return exchange_start(&x, &request);
}

static void check_answer(int status, const char *body)
{
	ck_assert_msg(x.answered, "no answer");
	ck_assert_int_eq(x.response.status, status);
	ck_assert_slice_eq(x.response.body, str_from(body));
	ck_assert_slice_eq(
		x.response.type, x.response.body.len ? STR("application/json") : STR(""));
}

/* Sends the request and returns the command that dbd gets. */
static struct command ask(enum method method, const char *target, const char *body)
{
	struct command command;

	ck_assert_msg(!start(method, target, body), "%s was answered with %d: %.*s", target,
		x.response.status, STR_ARGS(x.response.body));
	loop_settle(loop);
	ck_assert_msg(fake_dbd_take(&dbd, &command), "%s: dbd was not asked", target);
	return command;
}

static void check_not_asked(void)
{
	struct command command;

	loop_settle(loop);
	ck_assert_msg(!fake_dbd_take(&dbd, &command), "dbd was asked");
}

static void send_replies(void)
{
	fake_dbd_send(&dbd);
	loop_settle(loop);
}

/* Sample rows, numbered. */

static struct record sample(const struct resource *r, unsigned number)
{
	static char texts[64][8];
	struct record record = { .resource = r };

	ck_assert_uint_lt(number, NITEMS(texts));
	snprintf(texts[number], sizeof(texts[number]), "t%u", number);
	for (unsigned i = 0; i < r->nfields; i++)
		record_set(&record, i,
			value_kind_of(r->fields[i].type) == VALUE_INT
				? value_int(number)
				: value_text(str_from(texts[number])));
	return record;
}

/* One frame with the rows numbered from first to last. */
static void encode_rows(
	uint64_t id, const struct resource *r, unsigned first, unsigned last, enum more more)
{
	struct rows_writer w;

	codec_rows_begin(&w, &dbd.link.out, id, r, -1);
	for (unsigned i = first; i <= last; i++) {
		struct record row = sample(r, i);
		codec_rows_add(&w, NULL, &row);
	}
	codec_rows_end(&w, more);
}

/* The same of a child, embedded in rows of its parent. */
static void encode_children(
	uint64_t id, const struct resource *child, unsigned first, unsigned last, enum more more)
{
	struct rows_writer w;

	codec_rows_begin(&w, &dbd.link.out, id, child->parent, -1);
	for (unsigned i = first; i <= last; i++) {
		struct record row = sample(child, i);
		codec_rows_add(&w, sample_embed(child), &row);
	}
	codec_rows_end(&w, more);
}

/* The same rows as JSON, separated by commas. */
static void write_rows(struct buf *out, const struct resource *r, unsigned first, unsigned last)
{
	for (unsigned i = first; i <= last; i++) {
		struct record row = sample(r, i);
		if (i > first)
			buf_char(out, ',');
		write_record(out, &row, false);
	}
}

static const char *rows_json(const char *before, const struct resource *r, unsigned first,
	unsigned last, const char *after)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	buf_str(&out, str_from(before));
	write_rows(&out, r, first, last);
	buf_str(&out, str_from(after));
	const char *text = arena_copy(&arena, buf_view(&out)).ptr;
	buf_done(&out);
	return text;
}

/* Targets and bodies for any resource. */

static const char *target_of(const struct resource *r, enum action action, const char *key)
{
	if (action == ACTION_LIST || (action == ACTION_CREATE && !r->parent))
		return arena_printf(&arena, "/%s", r->plural).ptr;
	if (action == ACTION_CREATE)
		return arena_printf(&arena, "/%s/%s/%s", r->parent->plural, key, r->plural).ptr;
	return arena_printf(&arena, "/%s/%s", r->plural, key).ptr;
}

static const char *input_text(const struct field *f)
{
	return f->type == FIELD_EMAIL ? "a@b.example" : "7"; /* a value of all other types */
}

static const char *body_of(const struct resource *r, enum action action)
{
	const char *body = "{";

	if (action != ACTION_CREATE && action != ACTION_UPDATE)
		return NULL;
	for (unsigned i = 0; i < r->nfields; i++)
		if (r->fields[i].flags & FIELD_INPUT)
			body = arena_printf(&arena, "%s%s\"%s\":\"%s\"", body,
				strlen(body) > 1 ? "," : "", r->fields[i].name,
				input_text(&r->fields[i]))
				       .ptr;
	return arena_printf(&arena, "%s}", body).ptr;
}

static struct command ask_action(const struct resource *r, enum action action, const char *key)
{
	return ask(action_method(action), target_of(r, action, key), body_of(r, action));
}

/* Without dbd. */

START_TEST(documents_are_answered)
{
	struct str path = document_path((enum document)_i);

	ck_assert(start(METHOD_GET, path.ptr, NULL));
	const struct document_text *d = documents_text(service.documents, (enum document)_i);
	ck_assert_int_eq(x.response.status, 200);
	ck_assert_slice_eq(x.response.body, d->body);
	ck_assert_slice_eq(x.response.type, d->type);
	ck_assert_slice_eq(x.response.fields, d->fields);
	exchange_reset(&x);
	ck_assert(start(METHOD_HEAD, path.ptr, NULL));
	ck_assert_slice_eq(x.response.body, d->body);
}
END_TEST

static void check_asset(const struct asset *asset, const char *accept_encoding, bool gzip)
{
	struct http_request request = {
		.method = METHOD_GET,
		.minor = 1,
		.target = asset->path,
		.host = STR("api.example"),
	};
	struct str fields =
		gzip ? STR(ASSET_FIELDS "content-encoding: gzip\r\nvary: accept-encoding\r\n")
		     : STR(ASSET_FIELDS "vary: accept-encoding\r\n");

	if (*accept_encoding)
		request.fields = (struct http_fields){
			arena_printf(&arena, "accept-encoding: %s\r\n\r\n", accept_encoding),
			HTTP_ACCEPT_ENCODING
		};
	ck_assert(exchange_start(&x, &request));
	ck_assert_int_eq(x.response.status, 200);
	ck_assert_slice_eq(x.response.fields, fields);
	ck_assert_slice_eq(x.response.type, asset->type);
	ck_assert_ptr_eq(x.response.body.ptr, gzip ? asset->gzip.ptr : asset->plain.ptr);
	ck_assert_uint_eq(x.response.body.len, gzip ? asset->gzip.len : asset->plain.len);
	ck_assert(x.response.lasting);
	exchange_reset(&x);
}

START_TEST(assets_are_answered_unchanged)
{
	for (unsigned i = 0; i < nassets; i++) {
		check_asset(&assets[i], "gzip, br", true);
		check_asset(&assets[i], "gzip;q=0", false);
		check_asset(&assets[i], "", false);
	}
}
END_TEST

static const struct {
	enum method method;
	const char *target;
	int status;
	const char *fields, *body;
} without_dbd[] = {
	{ METHOD_GET, "/nope", 404, "", "{\"detail\":\"Not Found\"}" },
	{ METHOD_OPTIONS, "/nope", 404, "", "{\"detail\":\"Not Found\"}" },
	{ METHOD_POST, "/docs", 405, "allow: GET, HEAD, OPTIONS\r\n",
		"{\"detail\":\"Method Not Allowed\"}" },
	{ METHOD_GET, "/users/1/posts", 405, "allow: POST, OPTIONS\r\n",
		"{\"detail\":\"Method Not Allowed\"}" },
	{ METHOD_PUT, "/users/abc", 405, "allow: GET, PATCH, DELETE, HEAD, OPTIONS\r\n",
		"{\"detail\":\"Method Not Allowed\"}" },
	{ METHOD_OPTIONS, "/users", 204, "allow: GET, POST, HEAD, OPTIONS\r\n", "" },
	{ METHOD_OPTIONS, "/users/abc", 204, "allow: GET, PATCH, DELETE, HEAD, OPTIONS\r\n", "" },
	{ METHOD_OPTIONS, "*", 204, "allow: GET, POST, PATCH, DELETE, HEAD, OPTIONS\r\n", "" },
	{ METHOD_OPTIONS, "http://a", 204, "allow: GET, POST, PATCH, DELETE, HEAD, OPTIONS\r\n",
		"" },
	{ METHOD_OPTIONS, "http://a/", 204, "allow: GET, HEAD, OPTIONS\r\n", "" },
	{ METHOD_OPTIONS, "http://a?b", 204, "allow: GET, HEAD, OPTIONS\r\n", "" },
	{ METHOD_OPTIONS, "/*", 404, "", "{\"detail\":\"Not Found\"}" },
	{ METHOD_GET, "/users/", 307, "location: http://api.example/users\r\n", "" },
	{ METHOD_PUT, "/users/%2F?a=1", 307, "location: http://api.example/users?a=1\r\n", "" },
	{ METHOD_GET, "/users/a%00b/", 307, "location: http://api.example/users/a%00b\r\n", "" },
	{ METHOD_GET, "http://b.example/users/?a=1", 307,
		"location: http://b.example/users?a=1\r\n", "" },
	{ METHOD_GET, "https://b.example:8443/users/", 307,
		"location: https://b.example:8443/users\r\n", "" },
	{ METHOD_GET, "http://api.example:81/users/", 307, "location: http://api.example/users\r\n",
		"" },
	{ METHOD_GET, "http://[v1.a]/users/", 307, "location: http://127.0.0.1:8000/users\r\n",
		"" },
	{ METHOD_POST, "http://b.example", 405, "allow: GET, HEAD, OPTIONS\r\n",
		"{\"detail\":\"Method Not Allowed\"}" },
	{ METHOD_GET, "users", 400, "", "{\"detail\":\"Bad Request\"}" },
	{ METHOD_GET, "/users/abc", 422, "",
		"{\"detail\":[{\"type\":\"int_parsing\",\"loc\":[\"path\",\"user_id\"],\"msg\":"
		"\"Input should be a valid integer, unable to parse string as an integer\","
		"\"input\":\"abc\"}]}" },
	{ METHOD_GET, "/users/9223372036854775808", 404, "", "{\"detail\":\"User not found\"}" },
	{ METHOD_DELETE, "/posts/-9223372036854775809", 404, "",
		"{\"detail\":\"Post not found\"}" },
};

START_TEST(some_answers_need_no_dbd)
{
	/* Memory of an earlier request must not affect the answer. */
	char *old = arena_alloc(&x.arena, 8000);
	memset(old, 'x', 8000);
	exchange_reset(&x);
	ck_assert_msg(start(without_dbd[_i].method, without_dbd[_i].target, NULL), "%s",
		without_dbd[_i].target);
	check_answer(without_dbd[_i].status, without_dbd[_i].body);
	ck_assert_slice_eq(x.response.fields, str_from(without_dbd[_i].fields));
	check_not_asked();
	ck_assert_uint_eq(answers, 0);
}
END_TEST

static const struct {
	const char *what;
	enum method method;
	const char *target;
	struct str body;
	int status;
	const char *begins; /* the start of the answer */
} bodies[] = {
	{ "no body", METHOD_POST, "/users", STR_INIT(""), 422,
		"{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\"]," },
	{ "a missing field", METHOD_POST, "/users", STR_INIT("{\"username\":\"x\"}"), 422,
		"{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"email\"]," },
	{ "the path's issue first", METHOD_PATCH, "/users/x", STR_INIT("[]"), 422,
		"{\"detail\":[{\"type\":\"int_parsing\",\"loc\":[\"path\",\"user_id\"]," },
	{ "the parent's key too", METHOD_POST, "/users/x/posts", STR_INIT("[]"), 422,
		"{\"detail\":[{\"type\":\"int_parsing\",\"loc\":[\"path\",\"user_id\"]," },
	{ "no JSON is the whole answer", METHOD_PATCH, "/users/x", STR_INIT("[1 2]"), 422,
		"{\"detail\":[{\"type\":\"json_invalid\",\"loc\":[\"body\",3]," },
	{ "no UTF-8 neither", METHOD_PATCH, "/users/x", STR_INIT("{\"a\":\"\xff\"}"), 400,
		"{\"detail\":\"There was an error parsing the body\"}" },
	{ "an issue before the absent row", METHOD_PATCH, "/users/9223372036854775808",
		STR_INIT("[]"), 422, "{\"detail\":[{\"type\":\"model_attributes_type\"," },
	{ "a row that no table can have", METHOD_PATCH, "/users/9223372036854775808",
		STR_INIT("{}"), 404, "{\"detail\":\"User not found\"}" },
	{ "a parent that no table can have", METHOD_POST, "/users/9223372036854775808/posts",
		STR_INIT("{\"title\":\"a\",\"content\":\"b\"}"), 404,
		"{\"detail\":\"User not found\"}" },
};

START_TEST(bad_bodies_need_no_dbd)
{
	struct http_request request = {
		.method = bodies[_i].method,
		.target = str_from(bodies[_i].target),
		.content_type = STR("application/json"),
		.body = bodies[_i].body,
	};

	ck_assert_msg(exchange_start(&x, &request), "%s", bodies[_i].what);
	ck_assert_msg(x.response.status == bodies[_i].status, "%s", bodies[_i].what);
	ck_assert_msg(str_starts(x.response.body, str_from(bodies[_i].begins)), "%s: %.*s",
		bodies[_i].what, STR_ARGS(x.response.body));
	check_not_asked();
}
END_TEST

START_TEST(only_some_requests_want_a_body)
{
	for (unsigned i = 0; i < api->nresources; i++) {
		for (unsigned o = 0; o < api->resources[i]->noperations; o++) {
			enum action action = api->resources[i]->operations[o].action;
			struct http_request request = {
				.method = action_method(action),
				.target = str_from(target_of(api->resources[i], action, "1")),
			};
			bool wants = action == ACTION_CREATE || action == ACTION_UPDATE;
			ck_assert_msg(exchange_wants_body(&x, &request) == wants, "%s %s",
				action_name(action), api->resources[i]->name);
		}
	}
	const struct {
		enum method method;
		const char *target;
	} others[] = { { METHOD_POST, "/" }, { METHOD_POST, "/users/" }, { METHOD_PUT, "/users" },
		{ METHOD_OPTIONS, "/users" }, { METHOD_POST, "/nope" }, { METHOD_POST, "bad" } };
	for (size_t i = 0; i < NITEMS(others); i++) {
		struct http_request request = {
			.method = others[i].method,
			.target = str_from(others[i].target),
		};
		ck_assert_msg(!exchange_wants_body(&x, &request), "%s", others[i].target);
	}
}
END_TEST

/* Commands. */

START_TEST(every_action_becomes_its_command)
{
	const struct resource *r = api->resources[_i];

	for (unsigned o = 0; o < r->noperations; o++) {
		enum action action = r->operations[o].action;
		struct command c = ask_action(r, action, "-7");
		ck_assert_int_eq(c.action, action);
		ck_assert_ptr_eq(c.resource, r);
		if (action == ACTION_CREATE)
			ck_assert_int_eq(key_integer(c.parent), r->parent ? -7 : 0);
		else if (action != ACTION_LIST)
			ck_assert_int_eq(key_integer(c.key), -7);
		for (unsigned i = 0; i < r->nfields && body_of(r, action); i++) {
			bool input = (r->fields[i].flags & FIELD_INPUT) != 0;
			ck_assert_int_eq(record_has(&c.record, i), input);
			if (input && value_kind_of(r->fields[i].type) == VALUE_STR)
				ck_assert_slice_eq(c.record.values[i].text,
					str_from(input_text(&r->fields[i])));
		}
		codec_encode_fault(&dbd.link.out, c.id, FAULT_INTERNAL, r, 0);
		send_replies();
		ck_assert_uint_eq(answers, o + 1);
		exchange_reset(&x);
	}
}
END_TEST

START_TEST(an_update_without_fields_is_a_command)
{
	struct command c = ask(METHOD_PATCH, "/users/1", "{\"nickname\":1}");

	ck_assert_int_eq(c.action, ACTION_UPDATE);
	ck_assert_uint_eq(c.record.present, 0);
}
END_TEST

/* Replies. */

START_TEST(the_frames_of_a_list_are_joined)
{
	const struct resource *r = api->resources[_i];
	struct command c = ask_action(r, ACTION_LIST, NULL);

	encode_rows(c.id, r, 1, 3, true);
	encode_rows(c.id, r, 1, 0, true);
	send_replies();
	ck_assert_uint_eq(answers, 0);
	encode_rows(c.id, r, 4, 4, true);
	encode_rows(c.id, r, 5, 6, false);
	send_replies();
	ck_assert_uint_eq(answers, 1);
	check_answer(200, rows_json("[", r, 1, 6, "]"));
}
END_TEST

START_TEST(an_empty_list_is_an_empty_array)
{
	const struct resource *r = api->resources[_i];
	struct command c = ask_action(r, ACTION_LIST, NULL);

	encode_rows(c.id, r, 1, 0, false);
	send_replies();
	check_answer(200, "[]");
	/* Also if an empty frame precedes the last one. */
	exchange_reset(&x);
	c = ask_action(r, ACTION_LIST, NULL);
	encode_rows(c.id, r, 1, 0, true);
	encode_rows(c.id, r, 1, 0, false);
	send_replies();
	check_answer(200, "[]");
}
END_TEST

START_TEST(created_and_updated_rows_are_the_answer)
{
	const struct resource *r = api->resources[_i];
	struct command c = ask_action(r, ACTION_CREATE, "1");

	encode_rows(c.id, r, 1, 1, false);
	send_replies();
	check_answer(201, rows_json("", r, 1, 1, ""));
	exchange_reset(&x);
	c = ask_action(r, ACTION_UPDATE, "1");
	encode_rows(c.id, r, 2, 2, false);
	send_replies();
	check_answer(200, rows_json("", r, 2, 2, ""));
	exchange_reset(&x);
	c = ask_action(r, ACTION_DELETE, "1");
	codec_encode_done(&dbd.link.out, c.id);
	send_replies();
	check_answer(204, "");
	ck_assert_uint_eq(answers, 3);
}
END_TEST

/* Row 1 with the first rows of each embedded child. */
static const char *read_json(const struct resource *r, unsigned rows)
{
	struct record row = sample(r, 1);
	struct buf out;

	buf_init(&out, 1 << 20);
	write_record(&out, &row, true);
	for (const struct resource *child = r->first_child; child; child = child->next_child) {
		if (!child->embedded)
			continue;
		buf_printf(&out, ",\"%s\":[", child->plural);
		write_rows(&out, child, 1, rows);
		buf_char(&out, ']');
	}
	buf_char(&out, '}');
	const char *text = arena_copy(&arena, buf_view(&out)).ptr;
	buf_done(&out);
	return text;
}

START_TEST(a_read_row_contains_its_children)
{
	const struct resource *r = api->resources[_i];

	for (unsigned rows = 0; rows < 4; rows++) {
		const struct resource *child = r->first_child, *last = NULL;
		struct command c = ask_action(r, ACTION_READ, "1");
		for (; child; child = child->next_child)
			last = child->embedded ? child : last;
		encode_rows(c.id, r, 1, 1, last != NULL);
		for (child = last ? r->first_child : NULL; child; child = child->next_child) {
			if (!child->embedded)
				continue;
			encode_children(c.id, child, 1, rows / 2, true);
			encode_children(c.id, child, rows / 2 + 1, rows, child != last);
		}
		send_replies();
		check_answer(200, read_json(r, rows));
		exchange_reset(&x);
	}
	ck_assert_uint_eq(answers, 4);
}
END_TEST

/* dbd may omit empty frames. */
START_TEST(a_row_without_frames_of_children_has_empty_lists)
{
	const struct resource *r = api->resources[_i];
	struct command c = ask_action(r, ACTION_READ, "1");

	encode_rows(c.id, r, 1, 1, false);
	send_replies();
	check_answer(200, read_json(r, 0));
}
END_TEST

START_TEST(a_reply_that_is_lost_half_way_starts_over)
{
	const struct resource *r = api->resources[_i];
	static const enum action reads[] = { ACTION_LIST, ACTION_READ };

	for (size_t i = 0; i < NITEMS(reads); i++) {
		const struct resource *child = r->first_child;
		bool embeds = reads[i] == ACTION_READ && child && child->embedded;
		struct command c = ask_action(r, reads[i], "1");
		encode_rows(c.id, r, 1, 1, true);
		if (embeds)
			encode_children(c.id, child, 1, 2, true);
		send_replies();
		fake_dbd_hang_up(&dbd);
		loop_await(loop, dbd.listener);
		loop_settle(loop);
		fake_dbd_greet(&dbd);
		loop_settle(loop);
		ck_assert(fake_dbd_take(&dbd, &c));
		ck_assert_int_eq(c.action, reads[i]);
		encode_rows(c.id, r, 1, 1, embeds);
		if (embeds)
			encode_children(c.id, child, 1, 1, false);
		send_replies();
		check_answer(200, reads[i] == ACTION_LIST ? rows_json("[", r, 1, 1, "]")
							  : read_json(r, embeds ? 1 : 0));
		exchange_reset(&x);
	}
	ck_assert_uint_eq(answers, 2);
}
END_TEST

/* Streams: the answer comes in parts, each of which is demanded. */

static void check_part(unsigned number, const char *part)
{
	ck_assert_uint_eq(answers, number);
	ck_assert(x.parted);
	ck_assert_int_eq(x.response.status, 200);
	ck_assert_slice_eq(x.response.body, str_from(part));
}

static void check_demand(uint64_t id, enum demand demand)
{
	enum demand got;
	uint64_t got_id;

	loop_settle(loop);
	ck_assert_msg(fake_dbd_take_demand(&dbd, &got_id, &got), "nothing was demanded");
	ck_assert_uint_eq(got_id, id);
	ck_assert_str_eq(demand_name(got), demand_name(demand));
}

static void ask_for_next(uint64_t id)
{
	ck_assert(x.resting && !x.answered);
	exchange_next(&x);
	check_demand(id, DEMAND_NEXT);
}

START_TEST(a_stream_is_handed_over_in_parts)
{
	const struct resource *r = api->resources[_i];
	struct command c = ask_action(r, ACTION_LIST, NULL);

	encode_rows(c.id, r, 1, 3, MORE_WAITS);
	send_replies();
	check_part(1, rows_json("[", r, 1, 3, ""));
	ask_for_next(c.id);
	encode_rows(c.id, r, 4, 5, MORE_WAITS);
	send_replies();
	check_part(2, rows_json(",", r, 4, 5, ""));
	ask_for_next(c.id);
	encode_rows(c.id, r, 1, 0, MORE_NO);
	send_replies();
	check_part(3, "]");
	ck_assert(x.answered && !x.broken);
	exchange_reset(&x);
	check_not_asked();
}
END_TEST

START_TEST(children_are_streamed_too)
{
	const struct resource *r = api->resources[0], *child = r->first_child;
	struct command c = ask_action(r, ACTION_READ, "1");
	struct record row = sample(r, 1);
	struct buf json;

	buf_init(&json, 1 << 20);
	write_record(&json, &row, true);
	encode_rows(c.id, r, 1, 1, MORE_WAITS);
	send_replies();
	ck_assert_slice_eq(x.response.body, buf_view(&json));
	buf_done(&json);
	ask_for_next(c.id);
	encode_children(c.id, child, 1, 2, MORE_WAITS);
	send_replies();
	check_part(2,
		rows_json(arena_printf(&arena, ",\"%s\":[", child->plural).ptr, child, 1, 2, ""));
	ask_for_next(c.id);
	encode_children(c.id, child, 3, 3, MORE_NO);
	send_replies();
	check_part(3, rows_json(",", child, 3, 3, "]}"));
	ck_assert(x.answered && !x.broken);
}
END_TEST

START_TEST(a_stream_that_fails_is_broken)
{
	const struct resource *r = api->resources[0];

	for (int i = 0; i < 4; i++) {
		struct command c = ask_action(r, ACTION_LIST, NULL);
		encode_rows(c.id, r, 1, 1, MORE_WAITS);
		send_replies();
		ask_for_next(c.id);
		if (i == 0)
			codec_encode_fault(&dbd.link.out, c.id, FAULT_STORAGE, r, 0);
		else if (i == 1)
			encode_rows(c.id, api->resources[1], 1, 1, MORE_NO);
		else if (i == 2)
			codec_encode_done(&dbd.link.out, c.id);
		else
			fake_dbd_hang_up(&dbd);
		if (i < 3)
			send_replies();
		loop_settle(loop);
		ck_assert_msg(x.answered && x.broken, "%d", i);
		exchange_reset(&x);
		ck_assert(!x.broken && !x.parted);
		if (i == 0)
			continue;
		loop_await(loop, dbd.listener);
		fake_dbd_greet(&dbd);
		loop_settle(loop);
	}
}
END_TEST

START_TEST(a_stream_that_has_begun_does_not_start_over)
{
	const struct resource *r = api->resources[0];
	struct command c = ask_action(r, ACTION_LIST, NULL);

	encode_rows(c.id, r, 1, 1, MORE_WAITS);
	send_replies();
	fake_dbd_hang_up(&dbd);
	loop_await(loop, dbd.listener);
	ck_assert(x.answered && x.broken);
	fake_dbd_greet(&dbd);
	check_not_asked();
}
END_TEST

START_TEST(an_abandoned_stream_is_cancelled)
{
	struct command c = ask_action(api->resources[0], ACTION_LIST, NULL);

	encode_rows(c.id, api->resources[0], 1, 1, MORE_WAITS);
	send_replies();
	exchange_reset(&x);
	check_demand(c.id, DEMAND_CANCEL);
}
END_TEST

/* Asserts a 500 and that the connection to dbd was closed: the reply did not answer the command. */
static void check_given_up(void)
{
	check_answer(500, "{\"detail\":\"Internal Server Error\"}");
	exchange_reset(&x);
	loop_await(loop, dbd.listener);
	fake_dbd_greet(&dbd);
	loop_settle(loop);
}

START_TEST(rows_of_another_resource_or_too_many_are_an_error)
{
	const struct resource *r = api->resources[_i];
	const struct resource *other = api->resources[(_i + 1) % (int)api->nresources];
	static const enum action shown[] = { ACTION_LIST, ACTION_READ, ACTION_CREATE,
		ACTION_UPDATE };

	for (size_t i = 0; i < NITEMS(shown); i++) {
		struct command c = ask_action(r, shown[i], "1");
		encode_rows(c.id, other, 1, 1, false);
		send_replies();
		check_given_up();
		if (shown[i] == ACTION_LIST)
			continue;
		c = ask_action(r, shown[i], "1");
		encode_rows(c.id, r, 1, 2, false);
		send_replies();
		check_given_up();
		/* A row is not its own child. */
		c = ask_action(r, shown[i], "1");
		encode_rows(c.id, r, 1, 1, true);
		encode_rows(c.id, r, 2, 2, false);
		send_replies();
		check_given_up();
	}
}
END_TEST

/* The last row begins with a byte that msgpack does not use. */
START_TEST(malformed_rows_are_an_error)
{
	const struct resource *r = api->resources[_i];
	static const enum action shown[] = { ACTION_LIST, ACTION_READ, ACTION_CREATE };
	struct record last = sample(r, 3);
	struct buf bytes;

	buf_init(&bytes, 1024);
	codec_encode_row(&bytes, &last);
	for (size_t i = 0; i < NITEMS(shown); i++) {
		struct command c = ask_action(r, shown[i], "1");
		encode_rows(c.id, r, shown[i] == ACTION_LIST ? 1 : 3, 3, false);
		dbd.link.out.data[dbd.link.out.end - buf_len(&bytes)] = '\xc1';
		send_replies();
		check_given_up();
	}
	buf_done(&bytes);
}
END_TEST

/* Faults. */

static const struct {
	int status;
	bool retry;
	const char *begins;
} faults[] = {
	[FAULT_NOT_FOUND] = { 404, false, "{\"detail\":\"User not found\"}" },
	[FAULT_CONFLICT] = { 409, false, "{\"detail\":\"Username or email already exists\"}" },
	[FAULT_REFUSED] = { 422, false,
		"{\"detail\":[{\"type\":\"string_type\",\"loc\":[\"body\",\"username\"],"
		"\"msg\":\"Input should be a valid string\",\"input\":null},"
		"{\"type\":\"string_type\",\"loc\":[\"body\",\"email\"],"
		"\"msg\":\"Input should be a valid string\",\"input\":null}]}" },
	[FAULT_IN_USE] = { 409, false, "{\"detail\":\"User is in use by users\"}" },
	[FAULT_CHANGED] = { 412, false, "{\"detail\":\"User has changed\"}" },
	[FAULT_BUSY] = { 503, true, "{\"detail\":\"" },
	[FAULT_LOCKED] = { 503, true,
		"{\"detail\":\"The database is locked by another process; nothing was done\"}" },
	[FAULT_UNAVAILABLE] = { 503, true, "{\"detail\":\"" },
	[FAULT_UNKNOWN] = { 503, true, "{\"detail\":\"" },
	[FAULT_FULL] = { 507, false, "{\"detail\":\"" },
	[FAULT_STORAGE] = { 500, false, "{\"detail\":\"" },
	[FAULT_TOO_LARGE] = { 500, false, "{\"detail\":\"" },
	[FAULT_INTERNAL] = { 500, false, "{\"detail\":\"Internal Server Error\"}" },
};
_Static_assert(NITEMS(faults) == FAULT__COUNT, "a fault has no case");

START_TEST(every_fault_is_answered)
{
	struct command c = ask(METHOD_PATCH, "/users/1", "{\"username\":null,\"email\":null}");

	codec_encode_fault(&dbd.link.out, c.id, (enum fault)_i, api->resources[0], 2 | 4);
	send_replies();
	ck_assert_int_eq(x.response.status, faults[_i].status);
	ck_assert_msg(str_starts(x.response.body, str_from(faults[_i].begins)), "%.*s",
		STR_ARGS(x.response.body));
	ck_assert_slice_eq(
		x.response.fields, faults[_i].retry ? STR("retry-after: 1\r\n") : STR(""));
	ck_assert_slice_eq(x.response.type, STR("application/json"));
}
END_TEST

/* Rows that came before the fault are not in the answer. */
START_TEST(a_fault_after_rows_is_the_answer)
{
	struct command c = ask(METHOD_GET, "/users", NULL);

	encode_rows(c.id, api->resources[0], 1, 3, true);
	codec_encode_fault(&dbd.link.out, c.id, FAULT_NOT_FOUND, api->resources[1], 0);
	send_replies();
	check_answer(404, "{\"detail\":\"Post not found\"}");
	exchange_reset(&x);
	c = ask(METHOD_GET, "/users", NULL);
	encode_rows(c.id, api->resources[0], 1, 3, true);
	codec_encode_fault(&dbd.link.out, c.id, FAULT_CONFLICT, api->resources[0], 0);
	send_replies();
	check_answer(409, faults[FAULT_CONFLICT].begins);
}
END_TEST

static bool drop_reply(struct dbd_call *call, struct reply *reply)
{
	(void)call;
	(void)reply;
	return true;
}

START_TEST(too_many_calls_are_answered_at_once)
{
	struct dbd_call *calls = calloc(DBD_CALLS_MAX, sizeof(*calls));
	const struct command list = { .action = ACTION_LIST, .resource = api->resources[0] };

	fake_dbd_hang_up(&dbd);
	loop_await(loop, dbd.listener);
	for (int i = 0; i < DBD_CALLS_MAX; i++) {
		calls[i] = (struct dbd_call){ .command = &list, .on_reply = drop_reply };
		dbd_client_call(service.dbd, &calls[i]);
	}
	ck_assert(start(METHOD_GET, "/users", NULL));
	ck_assert_int_eq(x.response.status, 503);
	ck_assert_uint_eq(answers, 0);
	for (int i = 0; i < DBD_CALLS_MAX; i++)
		dbd_client_cancel(service.dbd, &calls[i]);
	free(calls);
}
END_TEST

/* The cache. */

static struct generations *use_cache(size_t bytes)
{
	return fake_service_use_cache(&service, bytes);
}

static void change(struct generations *table, unsigned place)
{
	generations_mark(table, place);
	generations_settle(table, place);
}

static void must_answer_again(const char *target, const char *body)
{
	exchange_reset(&x);
	ck_assert_msg(start(METHOD_GET, target, NULL), "%s: dbd is asked", target);
	check_answer(200, body);
	exchange_reset(&x);
}

START_TEST(a_row_is_cached_until_it_changes)
{
	const struct resource *r = api->resources[_i];
	struct generations *table = use_cache(1 << 20);
	const char *target = target_of(r, ACTION_READ, "7");

	for (unsigned round = 0; round < 2; round++) {
		struct command c = ask(METHOD_GET, target, NULL);
		encode_rows(c.id, r, round, round, MORE_NO);
		send_replies();
		const char *body = arena_copy(&arena, x.response.body)
					   .ptr; /* for a resource with embedded children */
		must_answer_again(target, body);
		ck_assert(start(METHOD_HEAD, target, NULL));
		exchange_reset(&x);
		change(table, generations_row(r, key_int(8)));
		change(table, generations_list(r));
		must_answer_again(target, body);
		change(table, generations_row(r, key_int(7)));
	}
}
END_TEST

START_TEST(a_whole_list_is_cached)
{
	const struct resource *r = api->resources[_i];
	struct generations *table = use_cache(1 << 20);
	const char *target = target_of(r, ACTION_LIST, NULL);

	/* Streamed, and in one frame. */
	for (unsigned round = 0; round < 2; round++) {
		struct command c = ask(METHOD_GET, target, NULL);
		encode_rows(c.id, r, 1, 3, round == 0 ? MORE_COMES : MORE_WAITS);
		send_replies();
		if (round > 0)
			ask_for_next(c.id);
		encode_rows(c.id, r, 4, 5, MORE_NO);
		send_replies();
		must_answer_again(target, rows_json("[", r, 1, 5, "]"));
		change(table, generations_list(r));
	}
}
END_TEST

START_TEST(a_stream_that_is_too_long_is_not_cached)
{
	const struct resource *r = api->resources[_i];

	use_cache(64);
	for (unsigned round = 0; round < 2; round++) {
		struct command c = ask_action(r, ACTION_LIST, NULL);
		encode_rows(c.id, r, 1, 3, MORE_WAITS);
		send_replies();
		ask_for_next(c.id);
		encode_rows(c.id, r, 4, 5, MORE_NO);
		send_replies();
		exchange_reset(&x);
	}
}
END_TEST

START_TEST(an_answer_that_changed_meanwhile_is_not_cached)
{
	const struct resource *r = api->resources[_i];
	struct generations *table = use_cache(1 << 20);

	for (unsigned round = 0; round < 2; round++) {
		struct command c = ask_action(r, ACTION_READ, "7");
		change(table, generations_row(r, key_int(7)));
		encode_rows(c.id, r, 7, 7, MORE_NO);
		send_replies();
		exchange_reset(&x);
	}
}
END_TEST

START_TEST(only_successful_reads_are_cached)
{
	const struct resource *r = api->resources[_i];

	use_cache(1 << 20);
	for (unsigned round = 0; round < 2; round++) {
		struct command c = ask_action(r, ACTION_READ, "7");
		codec_encode_fault(&dbd.link.out, c.id, FAULT_NOT_FOUND, r, 0);
		send_replies();
		ck_assert_int_eq(x.response.status, 404);
		exchange_reset(&x);
	}
}
END_TEST

/* Pages. */

/* dbd is asked for one row more than the page has. Pages are not cached. */
START_TEST(a_page_links_to_the_next)
{
	const struct resource *r = api->resources[_i];
	const char *target = arena_printf(&arena, "/%s?after_id=3&limit=2", r->plural).ptr;

	use_cache(1 << 20);
	for (unsigned last = 6; last >= 4; last--) {
		struct command c = ask(METHOD_GET, target, NULL);
		ck_assert_int_eq(c.page.after, 3);
		ck_assert_uint_eq(c.page.limit, 3);
		encode_rows(c.id, r, 4, last, MORE_NO);
		send_replies();
		check_answer(200, rows_json("[", r, 4, last < 5 ? last : 5, "]"));
		struct str link = STR("link: <?after_id=5&limit=2>; rel=\"next\"\r\n");
		bool linked = memmem(x.response.fields.ptr, x.response.fields.len, link.ptr,
				      link.len) != NULL;
		ck_assert_int_eq(linked, last == 6);
		exchange_reset(&x);
	}
	/* The whole list is another command. */
	ck_assert_uint_eq(ask(METHOD_GET, target_of(r, ACTION_LIST, NULL), NULL).page.limit, 0);
}
END_TEST

START_TEST(a_page_is_not_streamed)
{
	struct command c = ask(METHOD_GET, "/users?after_id=0", NULL);
	enum demand demand;
	uint64_t id;

	encode_rows(c.id, api->resources[0], 1, 3, MORE_WAITS);
	send_replies();
	ck_assert(!x.parted);
	check_answer(200, rows_json("[", api->resources[0], 1, 3, "]"));
	ck_assert_ptr_nonnull(memmem(
		x.response.fields.ptr, x.response.fields.len, "<?after_id=3&limit=100>", 23));
	ck_assert(fake_dbd_take_demand(&dbd, &id, &demand));
	ck_assert(id == c.id);
	ck_assert_int_eq(demand, DEMAND_CANCEL);
}
END_TEST

/* Conditions. */

static bool start_with(enum method method, const char *target, const char *lines)
{
	struct http_request request = {
		.method = method,
		.minor = 1,
		.target = str_from(target),
		.content_type = STR("application/json"),
		.body = STR("{}"),
		.fields = { str_from(lines), HTTP_IF_MATCH | HTTP_IF_NONE_MATCH },
	};

	return exchange_start(&x, &request);
}

static const char *none_match(struct str etag_line)
{
	struct str tag = str_from_index(etag_line, strlen("etag: "));

	return arena_printf(&arena, "If-None-Match: \"x\", W/%.*s", STR_ARGS(tag)).ptr;
}

static void check_not_modified(struct str etag_line)
{
	ck_assert(x.answered);
	ck_assert_int_eq(x.response.status, 304);
	ck_assert_slice_eq(x.response.fields, etag_line);
	ck_assert_slice_eq(x.response.body, STR(""));
	ck_assert_slice_eq(x.response.type, STR(""));
}

/* Rows from dbd and from the cache, and a document. */
START_TEST(a_known_tag_is_answered_with_304)
{
	const struct resource *r = api->resources[_i];
	const char *target = arena_printf(&arena, "/%s/7", r->plural).ptr;
	struct command c = ask(METHOD_GET, target, NULL);

	encode_rows(c.id, r, 7, 7, MORE_NO);
	send_replies();
	ck_assert_int_eq(x.response.status, 200);
	struct str line = arena_copy(&arena, x.response.fields);
	const char *lines = none_match(line);
	exchange_reset(&x);
	use_cache(1 << 20);
	for (unsigned round = 0; round < 3; round++) {
		if (!start_with(round == 1 ? METHOD_HEAD : METHOD_GET, target, lines)) {
			ck_assert_uint_eq(round, 0);
			loop_settle(loop);
			ck_assert(fake_dbd_take(&dbd, &c));
			encode_rows(c.id, r, 7, 7, MORE_NO);
			send_replies();
		}
		check_not_modified(line);
		exchange_reset(&x);
	}
	ck_assert(start_with(METHOD_GET, target, "If-None-Match: \"x\""));
	ck_assert_int_eq(x.response.status, 200);
	ck_assert_slice_eq(x.response.fields, line);
	exchange_reset(&x);
	line = documents_text(service.documents, DOCUMENT_OPENAPI)->fields;
	ck_assert(start_with(METHOD_GET, "/openapi.json", none_match(line)));
	check_not_modified(line);
}
END_TEST

/* Confirms: cached answers wait for dbd. */

static struct generations *use_confirmed_cache(void)
{
	struct generations *table = use_cache(1 << 20);

	generations_set_must_confirm(table, true);
	return table;
}

static void cache_row(const struct resource *r, const char *target)
{
	struct command c = ask(METHOD_GET, target, NULL);

	encode_rows(c.id, r, 7, 7, MORE_NO);
	send_replies();
	exchange_reset(&x);
	answers = 0;
}

static uint64_t confirm_taken(void)
{
	uint64_t id;

	loop_settle(loop);
	ck_assert_msg(fake_dbd_take_confirm(&dbd, &id), "no confirm was asked for");
	check_not_asked();
	return id;
}

static void send_done(uint64_t id)
{
	codec_encode_done(&dbd.link.out, id);
	send_replies();
}

START_TEST(a_cached_answer_waits_for_its_confirm)
{
	const struct resource *r = api->resources[_i];
	const char *target = target_of(r, ACTION_READ, "7");

	use_confirmed_cache();
	cache_row(r, target);
	for (unsigned round = 0; round < 3; round++) {
		ck_assert(!start(round == 1 ? METHOD_HEAD : METHOD_GET, target, NULL));
		uint64_t id = confirm_taken();
		ck_assert(!x.answered);
		ck_assert_uint_eq(answers, round);
		send_done(id);
		ck_assert_uint_eq(answers, round + 1);
		ck_assert(x.answered);
		ck_assert_int_eq(x.response.status, 200);
		ck_assert_ptr_nonnull(x.response.body_owner);
		exchange_reset(&x);
	}
	check_not_asked();
}
END_TEST

START_TEST(dbd_is_asked_for_what_has_changed_before_the_confirm)
{
	const struct resource *r = api->resources[_i];
	struct generations *table = use_confirmed_cache();
	const char *target = target_of(r, ACTION_READ, "7");
	struct command c;

	cache_row(r, target);
	ck_assert(!start(METHOD_GET, target, NULL));
	uint64_t id = confirm_taken();
	generations_advance(table, generations_row(r, key_int(7)));
	generations_advance(table, generations_list(r));
	send_done(id);
	ck_assert_uint_eq(answers, 0);
	ck_assert_msg(fake_dbd_take(&dbd, &c), "dbd was not asked");
	encode_rows(c.id, r, 7, 7, MORE_NO);
	send_replies();
	ck_assert_uint_eq(answers, 1);
	ck_assert_int_eq(x.response.status, 200);
	/* And the answer is cached. */
	exchange_reset(&x);
	ck_assert(!start(METHOD_GET, target, NULL));
	send_done(confirm_taken());
	ck_assert_uint_eq(answers, 2);
}
END_TEST

START_TEST(a_confirm_that_fails_is_answered_with_503)
{
	const struct resource *r = api->resources[_i];
	const char *target = target_of(r, ACTION_READ, "7");

	use_confirmed_cache();
	cache_row(r, target);
	ck_assert(!start(METHOD_GET, target, NULL));
	codec_encode_fault(&dbd.link.out, confirm_taken(), FAULT_UNAVAILABLE, r, 0);
	send_replies();
	ck_assert_uint_eq(answers, 1);
	ck_assert_int_eq(x.response.status, 503);
}
END_TEST

START_TEST(a_lost_confirm_is_asked_again)
{
	const struct resource *r = api->resources[_i];
	const char *target = target_of(r, ACTION_READ, "7");

	use_confirmed_cache();
	cache_row(r, target);
	ck_assert(!start(METHOD_GET, target, NULL));
	confirm_taken();
	fake_dbd_hang_up(&dbd);
	loop_await(loop, dbd.listener);
	fake_dbd_greet(&dbd);
	uint64_t id = confirm_taken();
	ck_assert_uint_eq(answers, 0);
	send_done(id);
	ck_assert_int_eq(x.response.status, 200);
}
END_TEST

START_TEST(an_abandoned_exchange_gets_no_confirm)
{
	const struct resource *r = api->resources[_i];
	const char *target = target_of(r, ACTION_READ, "7");

	use_confirmed_cache();
	cache_row(r, target);
	ck_assert(!start(METHOD_GET, target, NULL));
	uint64_t id = confirm_taken();
	exchange_reset(&x);
	send_done(id);
	ck_assert_uint_eq(answers, 0);
	ck_assert(!start(METHOD_GET, target, NULL));
	exchange_reset(&x);
	check_not_asked();
}
END_TEST

START_TEST(what_is_not_cached_needs_no_confirm)
{
	const struct resource *r = api->resources[_i];
	struct generations *table = use_confirmed_cache();
	const char *target = target_of(r, ACTION_READ, "7");

	cache_row(r, target);
	generations_advance(table, generations_row(r, key_int(7)));
	generations_advance(table, generations_list(r));
	ask(METHOD_GET, target, NULL);
}
END_TEST

START_TEST(a_young_confirm_covers_a_cached_answer)
{
	const struct resource *r = api->resources[_i];
	const char *target = target_of(r, ACTION_READ, "7");

	use_confirmed_cache();
	cache_row(r, target);
	service.cache_age = 3600 * 1000;
	ck_assert(!start(METHOD_GET, target, NULL));
	send_done(confirm_taken());
	for (unsigned round = 0; round < 2; round++) {
		exchange_reset(&x);
		ck_assert(start(METHOD_GET, target, NULL));
		ck_assert_int_eq(x.response.status, 200);
	}
	exchange_reset(&x);
	service.cache_age = 0;
	ck_assert(!start(METHOD_GET, target, NULL));
	confirm_taken();
}
END_TEST

START_TEST(a_known_tag_is_confirmed)
{
	const struct resource *r = api->resources[_i];
	const char *target = target_of(r, ACTION_READ, "7");

	use_confirmed_cache();
	cache_row(r, target);
	ck_assert(!start(METHOD_GET, target, NULL));
	send_done(confirm_taken());
	struct str line = arena_copy(&arena, x.response.fields);
	exchange_reset(&x);
	ck_assert(!start_with(METHOD_GET, target, none_match(line)));
	uint64_t id = confirm_taken();
	ck_assert(!x.answered);
	send_done(id);
	check_not_modified(line);
}
END_TEST

START_TEST(an_answer_in_gzip_is_confirmed)
{
	const struct resource *r = api->resources[_i];
	const char *target = target_of(r, ACTION_READ, "7");
	struct http_request request = {
		.method = METHOD_GET, .minor = 1, .target = str_from(target)
	};

	use_confirmed_cache();
	cache_row(r, target);
	service.gzip = gzip_new();
	request.fields = (struct http_fields){ STR("Accept-Encoding: gzip, identity;q=0"),
		HTTP_ACCEPT_ENCODING };
	/* Compressed now, then found so. */
	for (unsigned round = 0; round < 2; round++) {
		ck_assert(!exchange_start(&x, &request));
		uint64_t id = confirm_taken();
		ck_assert(!x.answered);
		send_done(id);
		ck_assert_int_eq(x.response.status, 200);
		ck_assert(str_starts(x.response.body, STR("\x1f\x8b")));
		exchange_reset(&x);
	}
	gzip_free(service.gzip);
	service.gzip = NULL;
}
END_TEST

/* In parts, then from the cache, which has both codings. */
START_TEST(clients_that_accept_gzip_get_gzip)
{
	const struct resource *r = api->resources[_i];
	const char *target = arena_printf(&arena, "/%s", r->plural).ptr;
	const char *want = rows_json("[", r, 1, 5, "]");
	struct http_request request = {
		.method = METHOD_GET, .minor = 1, .target = str_from(target)
	};
	struct command c;
	struct buf packed;

	use_cache(1 << 20);
	service.gzip = gzip_new();
	buf_init(&packed, SIZE_MAX / 2);
	request.fields = (struct http_fields){ STR("Accept-Encoding: gzip, identity;q=0"),
		HTTP_ACCEPT_ENCODING };
	ck_assert(!exchange_start(&x, &request));
	loop_settle(loop);
	ck_assert(fake_dbd_take(&dbd, &c));
	encode_rows(c.id, r, 1, 3, MORE_WAITS);
	send_replies();
	ck_assert(x.parted && x.resting);
	ck_assert_slice_eq(x.response.fields, GZIP_FIELDS);
	buf_str(&packed, x.response.body);
	ask_for_next(c.id);
	encode_rows(c.id, r, 4, 5, MORE_NO);
	send_replies();
	ck_assert(x.answered && !x.broken);
	buf_str(&packed, x.response.body);
	ck_assert_slice_eq(gunzip(&arena, buf_view(&packed)), str_from(want));
	exchange_reset(&x);
	ck_assert(exchange_start(&x, &request));
	ck_assert_ptr_nonnull(x.response.body_owner);
	ck_assert_slice_eq(x.response.body, buf_view(&packed));
	ck_assert(str_starts(x.response.fields, STR("etag: ")));
	exchange_reset(&x);
	/* The other coding is not cached yet. */
	ask(METHOD_GET, target, NULL);
	buf_done(&packed);
	gzip_free(service.gzip);
	service.gzip = NULL;
}
END_TEST

static const struct {
	const char *accept;
	unsigned rows; /* of the second frame */
	bool packed;
} undecided[] = {
	{ "gzip", 60, true },
	{ "gzip", 0, false },
	{ "gzip, identity;q=0", 0, true },
};

/* A first frame with one short row does not decide the coding, unless the client's choice does not
 * depend on the size. */
START_TEST(a_short_first_frame_decides_nothing)
{
	const struct resource *r = api->resources[0];
	unsigned rows = undecided[_i].rows;
	struct http_request request = { .method = METHOD_GET, .minor = 1, .target = STR("/users") };
	struct command c;

	service.gzip = gzip_new();
	request.fields = (struct http_fields){ arena_printf(&arena, "Accept-Encoding: %s",
						       undecided[_i].accept),
		HTTP_ACCEPT_ENCODING };
	ck_assert(!exchange_start(&x, &request));
	loop_settle(loop);
	ck_assert(fake_dbd_take(&dbd, &c));
	encode_rows(c.id, r, 1, 1, MORE_WAITS);
	send_replies();
	if (_i == 2) {
		ck_assert(x.parted);
		exchange_next(&x);
	} else {
		ck_assert_uint_eq(answers, 0);
	}
	check_demand(c.id, DEMAND_NEXT);
	encode_rows(c.id, r, 2, 1 + rows, MORE_NO);
	send_replies();
	ck_assert(x.answered && !x.broken);
	ck_assert_int_eq(x.coding, undecided[_i].packed ? CODING_GZIP : CODING_NONE);
	if (!undecided[_i].packed)
		ck_assert_slice_eq(x.response.body, str_from(rows_json("[", r, 1, 1, "]")));
	gzip_free(service.gzip);
	service.gzip = NULL;
}
END_TEST

/* dbd is lost between the frames. No part was handed over, so the command is sent again. */
START_TEST(an_undecided_answer_starts_over)
{
	struct http_request request = { .method = METHOD_GET, .minor = 1, .target = STR("/users") };
	const struct resource *r = api->resources[0];
	struct command c;

	service.gzip = gzip_new();
	request.fields = (struct http_fields){ STR("Accept-Encoding: gzip"), HTTP_ACCEPT_ENCODING };
	ck_assert(!exchange_start(&x, &request));
	loop_settle(loop);
	ck_assert(fake_dbd_take(&dbd, &c));
	encode_rows(c.id, r, 1, 1, MORE_WAITS);
	send_replies();
	check_demand(c.id, DEMAND_NEXT);
	fake_dbd_hang_up(&dbd);
	loop_await(loop, dbd.listener);
	fake_dbd_greet(&dbd);
	loop_settle(loop);
	ck_assert(fake_dbd_take(&dbd, &c));
	encode_rows(c.id, r, 2, 3, MORE_NO);
	send_replies();
	check_answer(200, rows_json("[", r, 2, 3, "]"));
	gzip_free(service.gzip);
	service.gzip = NULL;
}
END_TEST

/* The tag depends on the row alone: another worker gives the same row the same tag. */
START_TEST(a_tag_depends_on_the_row_alone)
{
	const struct resource *r = api->resources[_i];
	const char *target = arena_printf(&arena, "/%s", r->plural).ptr;
	struct str lines[3];

	for (unsigned i = 0; i < NITEMS(lines); i++) {
		struct command c = ask(METHOD_GET, target, NULL);
		encode_rows(c.id, r, 1, i < 2 ? 2 : 3, MORE_NO);
		send_replies();
		lines[i] = arena_copy(&arena, x.response.fields);
		exchange_reset(&x);
	}
	ck_assert_slice_eq(lines[0], lines[1]);
	ck_assert(!str_equal(lines[1], lines[2]));
}
END_TEST

START_TEST(if_match_becomes_part_of_the_command)
{
	static const enum method methods[] = { METHOD_PATCH, METHOD_DELETE };
	static const struct {
		const char *lines;
		bool any;
		size_t len;
	} rows[] = {
		{ "If-Match: *", true, 0 },
		{ "If-Match: \"0123456789abcdef\"", false, 8 },
		{ "If-Match: \"0123456789abcdef\"\r\nIf-Match: W/\"a\", \"fedcba9876543210\"",
			false, 16 },
		{ "If-Match: W/\"0123456789abcdef\"", false, 0 },
		{ "If-None-Match: *", false, 0 },
	};
	struct command c;

	for (size_t i = 0; i < NITEMS(rows); i++) {
		for (size_t j = 0; j < NITEMS(methods); j++) {
			ck_assert(!start_with(methods[j], "/users/1", rows[i].lines));
			loop_settle(loop);
			ck_assert(fake_dbd_take(&dbd, &c));
			ck_assert_int_eq(c.match.ptr == NULL, rows[i].any);
			ck_assert_uint_eq(c.match.len, rows[i].len);
			exchange_reset(&x);
		}
	}
}
END_TEST

START_TEST(a_late_reply_is_dropped)
{
	struct command c = ask(METHOD_GET, "/users", NULL);

	exchange_done(&x);
	encode_rows(c.id, api->resources[0], 1, 1, false);
	send_replies();
	ck_assert_uint_eq(answers, 0);
	exchange_init(&x, &service, on_answered);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("exchange");
	TCase *tests = tcase_create("exchange");
	int n = (int)api->nresources;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, documents_are_answered, 0, DOCUMENT__COUNT);
	tcase_add_test(tests, assets_are_answered_unchanged);
	tcase_add_loop_test(tests, some_answers_need_no_dbd, 0, (int)NITEMS(without_dbd));
	tcase_add_loop_test(tests, bad_bodies_need_no_dbd, 0, (int)NITEMS(bodies));
	tcase_add_test(tests, only_some_requests_want_a_body);
	tcase_add_loop_test(tests, every_action_becomes_its_command, 0, n);
	tcase_add_test(tests, an_update_without_fields_is_a_command);
	tcase_add_loop_test(tests, the_frames_of_a_list_are_joined, 0, n);
	tcase_add_loop_test(tests, an_empty_list_is_an_empty_array, 0, n);
	tcase_add_loop_test(tests, created_and_updated_rows_are_the_answer, 0, n);
	tcase_add_loop_test(tests, a_read_row_contains_its_children, 0, n);
	tcase_add_loop_test(tests, a_row_without_frames_of_children_has_empty_lists, 0, n);
	tcase_add_loop_test(tests, a_reply_that_is_lost_half_way_starts_over, 0, n);
	tcase_add_loop_test(tests, a_stream_is_handed_over_in_parts, 0, n);
	tcase_add_test(tests, children_are_streamed_too);
	tcase_add_test(tests, a_stream_that_fails_is_broken);
	tcase_add_test(tests, a_stream_that_has_begun_does_not_start_over);
	tcase_add_test(tests, an_abandoned_stream_is_cancelled);
	tcase_add_loop_test(tests, rows_of_another_resource_or_too_many_are_an_error, 0, n);
	tcase_add_loop_test(tests, malformed_rows_are_an_error, 0, n);
	tcase_add_loop_test(tests, every_fault_is_answered, 0, FAULT__COUNT);
	tcase_add_test(tests, a_fault_after_rows_is_the_answer);
	tcase_add_test(tests, too_many_calls_are_answered_at_once);
	tcase_add_test(tests, a_late_reply_is_dropped);
	tcase_add_loop_test(tests, a_row_is_cached_until_it_changes, 0, n);
	tcase_add_loop_test(tests, a_cached_answer_waits_for_its_confirm, 0, n);
	tcase_add_loop_test(tests, dbd_is_asked_for_what_has_changed_before_the_confirm, 0, n);
	tcase_add_loop_test(tests, a_confirm_that_fails_is_answered_with_503, 0, n);
	tcase_add_loop_test(tests, a_lost_confirm_is_asked_again, 0, n);
	tcase_add_loop_test(tests, an_abandoned_exchange_gets_no_confirm, 0, n);
	tcase_add_loop_test(tests, what_is_not_cached_needs_no_confirm, 0, n);
	tcase_add_loop_test(tests, a_young_confirm_covers_a_cached_answer, 0, n);
	tcase_add_loop_test(tests, a_known_tag_is_confirmed, 0, n);
	tcase_add_loop_test(tests, an_answer_in_gzip_is_confirmed, 0, n);
	tcase_add_loop_test(tests, a_whole_list_is_cached, 0, n);
	tcase_add_loop_test(tests, a_stream_that_is_too_long_is_not_cached, 0, n);
	tcase_add_loop_test(tests, an_answer_that_changed_meanwhile_is_not_cached, 0, n);
	tcase_add_loop_test(tests, only_successful_reads_are_cached, 0, n);
	tcase_add_loop_test(tests, a_known_tag_is_answered_with_304, 0, n);
	tcase_add_loop_test(tests, clients_that_accept_gzip_get_gzip, 0, n);
	tcase_add_loop_test(tests, a_tag_depends_on_the_row_alone, 0, n);
	tcase_add_loop_test(tests, a_page_links_to_the_next, 0, n);
	tcase_add_test(tests, a_page_is_not_streamed);
	tcase_add_loop_test(tests, a_short_first_frame_decides_nothing, 0, (int)NITEMS(undecided));
	tcase_add_test(tests, an_undecided_answer_starts_over);
	tcase_add_test(tests, if_match_becomes_part_of_the_command);
	suite_add_tcase(suite, tests);
	return suite;
}

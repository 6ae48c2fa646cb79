#include "rows_body.h"

#include "codec.h"
#include "record_json.h"

void rows_body_init(struct rows_body *b, size_t limit)
{
	buf_init(&b->parts, limit);
	rows_body_begin(b, 0);
}

void rows_body_done(struct rows_body *b)
{
	buf_done(&b->parts);
}

/* Pages. */

/* False if the row comes after the page. */
static bool take_into_page(struct rows_body *b, const struct buf *out, const struct record *row)
{
	if (b->page_rows == b->page_limit) {
		b->page_more = true;
		return false;
	}
	b->before.length = buf_len(out);
	b->before.page_last = b->page_last;
	b->before.digest = b->digest;
	b->page_rows++;
	b->page_last = row->values[RESOURCE_KEY].integer;
	return true;
}

/* dbd waits for a demand: what it has sent is the page. A row whose embedded rows have not all come
 * begins the next page, unless it is the only one. */
static void end_page(struct rows_body *b, struct buf *out, struct reply *reply)
{
	const bool is_open = b->depth > 0 && !b->page_more;

	b->page_waits = is_open && b->page_rows == 1;
	if (b->page_waits)
		return;
	if (is_open) {
		buf_truncate(out, b->before.length);
		b->page_last = b->before.page_last;
		b->digest = b->before.digest;
		b->depth = 0;
	}
	b->page_more = true;
	reply->more = MORE_NO;
}

/* Objects with embeds. */

static struct rows_body_object *innermost(struct rows_body *b)
{
	return &b->objects[b->depth - 1];
}

static void open_object(struct rows_body *b, struct buf *out, const struct record_json *json,
	const struct record *record)
{
	record_json_begin(out, json, record);
	record_json_push(&b->parts, json, record);
	b->objects[b->depth++] = (struct rows_body_object){ .json = json };
}

/* Ends an embed of the innermost object, after its last row. */
static void end_embed(struct rows_body *b, struct buf *out)
{
	struct rows_body_object *o = innermost(b);
	const struct record_json_embed *embed = &o->json->embeds[o->place];

	if (!o->has_rows)
		buf_str(out, embed->before);
	if (!o->has_rows || embed->member->kind != MEMBER_ONE)
		buf_str(out, embed->none);
	record_json_pop(out, &b->parts, o->json);
	o->place++;
	o->has_rows = false;
}

static void close_object(struct rows_body *b, struct buf *out)
{
	while (innermost(b)->place < innermost(b)->json->nembeds)
		end_embed(b, out);
	buf_char(out, '}');
	b->depth--;
}

static void close_objects(struct rows_body *b, struct buf *out)
{
	while (b->depth > 0)
		close_object(b, out);
}

/* Ends what comes before the rows of this embed in one of the open objects, and writes what is
 * before its next row. False if no open object can have it there. */
static bool open_embed(struct rows_body *b, struct buf *out, const struct embed_json *embed)
{
	while (b->depth > 0 && innermost(b)->json != embed->in)
		close_object(b, out);
	if (b->depth == 0 || innermost(b)->place > embed->place)
		return false;
	while (innermost(b)->place < embed->place)
		end_embed(b, out);
	struct rows_body_object *o = innermost(b);
	if (o->has_rows && !embed->is_array)
		return false;
	buf_str(out, o->has_rows ? STR(",") : embed->in->embeds[embed->place].before);
	o->has_rows = true;
	return true;
}

/* Rows. */

static void write_row(struct rows_body *b, struct buf *out, const struct record_json *json,
	const struct record *record)
{
	if (json->nembeds > 0)
		open_object(b, out, json, record);
	else
		record_json_write(out, json, record);
}

static void add_digest(struct rows_body *b, uint64_t shape, const struct rows *rows)
{
	b->digest = digest_row(b->digest, shape, rows->row);
}

/* One of the command's own rows, unless it comes after the page. */
static void write_own(struct rows_body *b, struct buf *out, const struct record_json *json,
	const struct rows *rows, const struct record *record)
{
	if (b->page_limit > 0 && !take_into_page(b, out, record))
		return;
	if (b->has_rows)
		buf_char(out, ',');
	b->has_rows = true;
	write_row(b, out, json, record);
	add_digest(b, json->shape, rows);
}

/* A list without embeds. */
static bool write_plain(
	struct rows_body *b, struct buf *out, const struct record_json *json, struct rows *rows)
{
	struct record record;

	while (rows->left > 0) {
		if (!codec_next_row(rows, &record) || rows->embed)
			return false;
		if (b->page_limit > 0 && !take_into_page(b, out, &record))
			continue;
		if (b->has_rows)
			buf_char(out, ',');
		b->has_rows = true;
		record_json_write(out, json, &record);
		add_digest(b, json->shape, rows);
	}
	return true;
}

/* Rows with others embedded in them, each before these. */
static bool write_trees(
	struct rows_body *b, struct buf *out, const struct record_json *own, struct rows *rows)
{
	const struct member *run = NULL; /* its array is open, and its rows have no embeds */
	const struct embed_json *embed = NULL;
	struct record record;

	while (rows->left > 0) {
		if (!codec_next_row(rows, &record))
			return false;
		if (!rows->embed) {
			close_objects(b, out);
			write_own(b, out, own, rows, &record);
			run = NULL;
			continue;
		}
		if (b->page_more)
			continue;
		if (rows->embed == run) {
			buf_char(out, ',');
		} else {
			embed = embed_json_of(rows->embed);
			if (!open_embed(b, out, embed))
				return false;
			run = embed->is_array && embed->json->nembeds == 0 ? rows->embed : NULL;
		}
		write_row(b, out, embed->json, &record);
		add_digest(b, embed->shape, rows);
	}
	return true;
}

static bool write_rows(
	struct rows_body *b, struct buf *out, const struct record_json *json, struct rows *rows)
{
	return json->nembeds > 0 ? write_trees(b, out, json, rows)
				 : write_plain(b, out, json, rows);
}

/* Inlined, with its caller: most replies are one row. */
__attribute__((always_inline)) static inline bool take_plain_row(
	struct rows_body *b, struct buf *out, const struct record_json *json, struct reply *reply)
{
	struct record record;

	if (b->begun || reply->rows.left != 1 || !codec_next_row(&reply->rows, &record) ||
		reply->rows.embed)
		return false;
	record_json_write(out, json, &record);
	add_digest(b, json->shape, &reply->rows);
	return true;
}

/* The reply is one row, with which the first frame begins. */
__attribute__((always_inline)) static inline bool take_row(
	struct rows_body *b, struct buf *out, const struct schema *shown, struct reply *reply)
{
	const struct record_json *json = record_json_of(shown);

	if (json->nembeds == 0)
		return take_plain_row(b, out, json, reply);
	b->page_limit = 1; /* a second one is too much */
	if (!write_trees(b, out, json, &reply->rows) || b->page_more || b->page_rows == 0)
		return false;
	if (reply->more == MORE_NO)
		close_objects(b, out);
	return true;
}

/* Lists. */

static void write_member(struct buf *out, const char *name)
{
	buf_char(out, '"');
	buf_str(out, str_from(name));
	buf_str(out, STR("\":"));
}

static void write_count(struct buf *out, const char *name, int64_t total)
{
	write_member(out, name);
	buf_int(out, total);
}

/* What is around the rows is part of the content, hence of its digest. */
static void add_page_digest(struct rows_body *b, const struct list_rules *rules)
{
	b->digest = digest_bytes(b->digest, str_from(rules->page_rows));
	if (!rules->page_count)
		return;
	b->digest = digest_bytes(b->digest, str_from(rules->page_count));
	b->digest = digest_number(b->digest, (uint64_t)b->total);
}

/* The list, and the object that it is in. */
static void begin_list(struct rows_body *b, struct buf *out, const struct list_rules *rules)
{
	if (rules && rules->page_schema) {
		add_page_digest(b, rules);
		buf_char(out, '{');
		if (rules->count_first) {
			write_count(out, rules->page_count, b->total);
			buf_char(out, ',');
		}
		write_member(out, rules->page_rows);
	}
	buf_char(out, '[');
}

static void end_list(struct rows_body *b, struct buf *out, const struct list_rules *rules)
{
	buf_char(out, ']');
	if (!rules || !rules->page_schema)
		return;
	if (rules->page_count && !rules->count_first) {
		buf_char(out, ',');
		write_count(out, rules->page_count, b->total);
	}
	buf_char(out, '}');
}

static bool take_list(struct rows_body *b, struct buf *out, const struct operation *operation,
	struct reply *reply)
{
	const struct list_rules *rules = operation_list(operation);
	const struct schema *shown = operation->shown;

	b->total = reply->total;
	if (!b->begun)
		begin_list(b, out, rules);
	if (!write_rows(b, out, record_json_of(shown), &reply->rows))
		return false;
	if (b->page_limit > 0 && reply->more == MORE_WAITS)
		end_page(b, out, reply);
	if (reply->more == MORE_NO) {
		close_objects(b, out);
		end_list(b, out, rules);
	}
	return true;
}

bool rows_body_take(
	struct rows_body *b, struct buf *out, const struct command *command, struct reply *reply)
{
	const struct operation *operation = command->resource->by_action[command->action];
	bool taken = false;

	if (reply->resource != command->resource)
		return false;
	if (operation->answer == ANSWER_ROWS)
		taken = take_list(b, out, operation, reply);
	else if (operation->answer == ANSWER_ROW)
		taken = take_row(b, out, operation->shown, reply);
	b->begun = true;
	return taken;
}

#include "rows_body.h"

#include "actions.h"
#include "codec.h"
#include "record_json.h"

/* False if the row comes after the page. */
static bool take_into_page(struct rows_body *b, const struct record *row)
{
	if (b->page_rows == b->page_limit) {
		b->page_more = true;
		return false;
	}
	b->page_rows++;
	b->page_last = row->values[RESOURCE_KEY].integer;
	return true;
}

static void add_digest(struct rows_body *b, const struct rows *rows)
{
	b->digest = digest_row(b->digest, rows->resource, rows->row);
}

static bool write_rows(struct rows_body *b, struct buf *out, struct rows *rows)
{
	const struct resource *resource = rows->resource;
	const struct record_json *json = record_json_of(resource);
	struct record record;

	while (rows->left > 0) {
		if (!codec_next_row(rows, &record) || rows->resource != resource)
			return false;
		if (b->page_limit > 0 && !take_into_page(b, &record))
			continue;
		if (b->needs_comma)
			buf_char(out, ',');
		record_json_write(out, json, &record, false);
		add_digest(b, rows);
		b->needs_comma = true;
	}
	return true;
}

/* Trees. */

static void open_list(struct rows_body *b, struct buf *out)
{
	buf_str(out, STR(",\""));
	buf_str(out, str_from(b->child->plural));
	buf_str(out, STR("\":["));
	b->needs_comma = false;
}

/* In the open object, closes the list of the current child and opens the lists up to that of the
 * given child. With NULL closes the last list. False if the resource has no such child after the
 * current one. */
static bool open_child(struct rows_body *b, struct buf *out, const struct resource *child)
{
	while (b->child != child || !child) {
		if (b->child)
			buf_char(out, ']');
		b->child = resource_next_embedded(b->parent, b->child);
		if (!b->child)
			return !child;
		open_list(b, out);
	}
	return true;
}

/* Closes the open object with all of its lists. The list around it is then open. */
static void close_object(struct rows_body *b, struct buf *out)
{
	open_child(b, out, NULL);
	buf_char(out, '}');
	b->child = b->parent;
	b->parent = b->parent->parent;
	b->needs_comma = true;
}

/* Opens the list of this child in the row to which it belongs, which must be one of the open
 * objects. r: the command's resource. */
static bool open_list_of(struct rows_body *b, struct buf *out, const struct resource *r,
	const struct resource *child)
{
	while (b->parent != child->parent && b->parent != r)
		close_object(b, out);
	return b->parent == child->parent && open_child(b, out, child);
}

/* An embedded row that has embedded rows itself: its object stays open. */
static void leave_open(struct rows_body *b)
{
	b->parent = b->child;
	b->child = NULL;
}

/* The rows of a frame that follows the first: rows with others embedded in them, each before
 * these. */
static bool write_tree(
	struct rows_body *b, struct buf *out, const struct resource *r, struct rows *rows)
{
	const struct resource *last = NULL;
	const struct record_json *json = NULL;
	struct record record;
	bool open = false;

	while (rows->left > 0) {
		if (!codec_next_row(rows, &record) || !open_list_of(b, out, r, rows->resource))
			return false;
		if (rows->resource != last) {
			last = rows->resource;
			json = record_json_of(last);
			open = resource_has_embedded(last);
		}
		if (b->needs_comma)
			buf_char(out, ',');
		record_json_write(out, json, &record, open);
		add_digest(b, rows);
		b->needs_comma = true;
		if (open)
			leave_open(b);
	}
	return true;
}

/* A frame of rows without embedded ones is a list. */
static bool write_embedded(
	struct rows_body *b, struct buf *out, const struct resource *r, struct rows *rows)
{
	const struct resource *child = rows->resource;
	bool is_list = child->parent == r && !resource_has_embedded(child);

	if (!is_list)
		return write_tree(b, out, r, rows);
	return open_list_of(b, out, r, child) && write_rows(b, out, rows);
}

/* Closes everything, up to the object of the command's row. */
static void close_all(struct rows_body *b, struct buf *out, const struct resource *r)
{
	while (b->parent != r)
		close_object(b, out);
	open_child(b, out, NULL);
	buf_char(out, '}');
}

/* The first frame: exactly one row. open: its children follow inside the object. Inlined, with
 * its caller: most replies are one row. */
__attribute__((always_inline)) static inline bool write_row(struct rows_body *b, struct buf *out,
	const struct resource *r, struct rows *rows, bool open)
{
	struct record record;

	if (rows->resource != r || rows->left != 1 || !codec_next_row(rows, &record))
		return false;
	record_json_write(out, record_json_of(r), &record, open);
	add_digest(b, rows);
	b->parent = r;
	return true;
}

/* tree: the row's frame is followed by frames of its embedded children. */
__attribute__((always_inline)) static inline bool take_row(struct rows_body *b, struct buf *out,
	const struct resource *r, struct reply *reply, bool tree)
{
	struct rows *rows = &reply->rows;

	if (!b->begun) {
		if (!write_row(b, out, r, rows, tree))
			return false;
	} else if (!tree || !write_embedded(b, out, r, rows)) {
		return false;
	}
	if (tree && reply->more == MORE_NO)
		close_all(b, out, r);
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

static bool take_list(
	struct rows_body *b, struct buf *out, const struct resource *r, struct reply *reply)
{
	if (reply->rows.resource != r)
		return false;
	b->total = reply->total;
	if (!b->begun)
		begin_list(b, out, r->list);
	if (!write_rows(b, out, &reply->rows))
		return false;
	/* A page is complete before dbd waits for a demand. */
	if (b->page_limit > 0 && reply->more == MORE_WAITS) {
		b->page_more = true;
		reply->more = MORE_NO;
	}
	if (reply->more == MORE_NO)
		end_list(b, out, r->list);
	return true;
}

bool rows_body_take(
	struct rows_body *b, struct buf *out, const struct command *command, struct reply *reply)
{
	enum action_gives gives = action_http[command->action].gives;
	bool taken;

	if (gives == ACTION_GIVES_LIST)
		taken = take_list(b, out, command->resource, reply);
	else
		taken = command->resource->by_action[command->action]->answer == ANSWER_ROW &&
			take_row(b, out, command->resource, reply, gives == ACTION_GIVES_TREE);
	b->begun = true;
	return taken;
}

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
	b->page_last = row->values[resource_field_with(row->resource, FIELD_KEY)].integer;
	return true;
}

static bool write_rows(struct rows_body *b, struct buf *out, struct rows *rows)
{
	const struct record_json *json = record_json_of(rows->resource);
	struct record record;

	while (rows->left > 0) {
		if (!codec_next_row(rows, &record))
			return false;
		if (b->page_limit > 0 && !take_into_page(b, &record))
			continue;
		if (b->needs_comma)
			buf_char(out, ',');
		record_json_write(out, json, &record, false);
		b->digest = digest_row(b->digest, rows->resource, rows->row);
		b->needs_comma = true;
	}
	return true;
}

static void open_list(struct rows_body *b, struct buf *out)
{
	buf_str(out, STR(",\""));
	buf_str(out, str_from(b->child->plural));
	buf_str(out, STR("\":["));
	b->needs_comma = false;
}

/* Closes the list of the current child and opens the lists up to that of the given child. With NULL
 * closes the last list. False if the resource has no such child after the current one. */
static bool open_child(struct rows_body *b, struct buf *out, const struct resource *parent,
	const struct resource *child)
{
	while (b->child != child || !child) {
		if (b->child)
			buf_char(out, ']');
		b->child = resource_next_embedded(parent, b->child);
		if (!b->child)
			return !child;
		open_list(b, out);
	}
	return true;
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
	b->digest = digest_row(b->digest, r, rows->row);
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
	} else if (!tree || !open_child(b, out, r, rows->resource) || !write_rows(b, out, rows)) {
		return false;
	}
	if (tree && reply->more == MORE_NO) {
		open_child(b, out, r, NULL);
		buf_char(out, '}');
	}
	return true;
}

static bool take_list(
	struct rows_body *b, struct buf *out, const struct resource *r, struct reply *reply)
{
	if (reply->rows.resource != r)
		return false;
	if (!b->begun)
		buf_char(out, '[');
	if (!write_rows(b, out, &reply->rows))
		return false;
	b->total = reply->total;
	/* A page is complete before dbd waits for a demand. */
	if (b->page_limit > 0 && reply->more == MORE_WAITS) {
		b->page_more = true;
		reply->more = MORE_NO;
	}
	if (reply->more == MORE_NO)
		buf_char(out, ']');
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
		taken = gives != ACTION_GIVES_NOTHING &&
			take_row(b, out, command->resource, reply, gives == ACTION_GIVES_TREE);
	b->begun = true;
	return taken;
}

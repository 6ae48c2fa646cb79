#include "reading.h"

#include "unreadable.h"

enum { ROWS_FRAME = 64 * 1024 /* bytes after which the next frame of rows begins */ };

static bool fail(const struct reading *g, enum fault fault, struct failure *failure)
{
	return failure_set(failure, fault, g->resource, 0);
}

static bool is_of_one_row(const struct reading *g)
{
	return g->command->action == ACTION_READ && g->resource == g->command->resource;
}

static struct query query_of(const struct reading *g)
{
	const struct command *command = g->command;

	if (g->resource != command->resource)
		return (struct query){ g->resource, QUERY_CHILDREN, command->key };
	if (command->action == ACTION_READ)
		return (struct query){ g->resource, QUERY_ROW, command->key };
	if (command->page.limit > 0)
		return (struct query){ g->resource, QUERY_AFTER, command->page.after };
	return (struct query){ g->resource, QUERY_ALL, 0 };
}

/* Continues with the rows of this resource. */
static bool open_rows(struct reading *g, const struct resource *resource, struct failure *failure)
{
	g->resource = resource;
	struct query query = query_of(g);
	enum fault fault = cursor_open(&g->cursor, g->engine, &query);
	return fault == FAULT_NONE || fail(g, fault, failure);
}

static const struct resource *next_resource(const struct reading *g)
{
	const struct resource *r = g->command->resource;
	const struct resource *child = g->resource == r ? NULL : g->resource;

	return g->command->action == ACTION_LIST ? NULL : resource_next_embedded(r, child);
}

/* There are no more rows of this resource; the frame has `count` of them. */
static bool finish_rows(struct reading *g, uint32_t count, struct failure *failure)
{
	cursor_close(&g->cursor);
	if (count == 0 && is_of_one_row(g))
		return fail(g, FAULT_NOT_FOUND, failure);
	const struct resource *next = next_resource(g);
	if (next)
		return open_rows(g, next, failure);
	g->resource = NULL;
	return true;
}

/* The row cannot be shown, because of this field, or because of its length if it is nfields. Not
 * inline, as it is rare. */
__attribute__((noinline)) static bool leave_out(
	struct reading *g, unsigned field, struct failure *failure)
{
	unreadable_row(&g->row, field);
	if (is_of_one_row(g))
		return fail(g, field == g->resource->nfields ? FAULT_TOO_LARGE : FAULT_STORAGE,
			failure);
	g->left_out++;
	return g->left_out <= g->left_out_most || fail(g, FAULT_TOO_LARGE, failure);
}

/* Adds the row to the frame, unless the frame is full. */
static bool add_row(struct reading *g, struct rows_writer *w, struct failure *failure)
{
	if (g->cursor.field < g->resource->nfields)
		return leave_out(g, g->cursor.field, failure);
	size_t size = codec_row_size(&g->row);
	if (size > CODEC_ROW_MAX)
		return leave_out(g, g->resource->nfields, failure);
	g->has_row = w->count > 0 && codec_rows_size(w) + size > ROWS_FRAME;
	if (g->has_row)
		return true;
	codec_rows_add(w, &g->row);
	g->wanted--;
	return true;
}

static bool add_rows(struct reading *g, struct rows_writer *w, struct failure *failure)
{
	do {
		if (g->wanted == 0)
			return finish_rows(g, w->count, failure);
		if (!g->has_row) {
			enum fault fault = cursor_next(&g->cursor, &g->row);
			if (fault != FAULT_NONE)
				return fail(g, fault, failure);
			if (!g->cursor.there)
				return finish_rows(g, w->count, failure);
		}
		if (!add_row(g, w, failure))
			return false;
	} while (!g->has_row);
	return true;
}

bool reading_begin(struct reading *g, struct engine *engine, const struct command *command,
	struct failure *failure)
{
	bool page = command->action == ACTION_LIST && command->page.limit > 0;
	enum fault fault = FAULT_NONE;

	/* Member by member: `row` is large, and not read before it is set. */
	g->engine = engine;
	g->command = command;
	g->resource = command->resource;
	g->cursor = (struct cursor){ 0 };
	g->total = -1;
	g->wanted = page ? command->page.limit : UINT64_MAX;
	g->left_out = 0;
	g->left_out_most = SIZE_MAX;
	g->has_row = false;
	engine->command = command;
	if (command->action == ACTION_LIST && command->page.count)
		fault = engine->ops->count(engine, command->resource, &g->total);
	if (fault != FAULT_NONE)
		return fail(g, fault, failure);
	return open_rows(g, command->resource, failure);
}

bool reading_frame(struct reading *g, struct buf *out, enum more more, struct failure *failure)
{
	struct rows_writer w;

	codec_rows_begin(&w, out, g->command->id, g->resource, g->total);
	if (!add_rows(g, &w, failure)) {
		codec_rows_abandon(&w);
		return false;
	}
	codec_rows_end(&w, g->resource ? more : MORE_NO);
	return true;
}

void reading_end(struct reading *g)
{
	cursor_close(&g->cursor);
	g->resource = NULL;
	if (g->engine)
		g->engine->command = NULL;
}

#include "reading.h"

#include "earlier.h"
#include "list_query.h"
#include "unreadable.h"

enum { ROWS_FRAME = 64 * 1024 /* bytes after which the next frame of rows begins */ };

static bool fail(const struct reading *g, enum fault fault, struct failure *failure)
{
	return failure_set(failure, fault, g->resource, 0);
}

/* True if the rows are those of the command's resource. */
static bool is_at_top(const struct reading *g)
{
	return g->level == g->levels;
}

static bool is_of_one_row(const struct reading *g)
{
	return g->command->action == ACTION_READ && is_at_top(g);
}

static struct query query_of(const struct reading *g)
{
	const struct command *command = g->command;
	const struct resource *r = earlier_current(g->resource);

	if (!is_at_top(g))
		return (struct query){
			.resource = r, .kind = QUERY_CHILDREN, .key = g->level->parent
		};
	if (command->action == ACTION_READ)
		return (struct query){ .resource = r, .kind = QUERY_ROW, .key = command->key };
	return list_query(command);
}

/* Continues with the rows of this resource. */
static bool open_rows(struct reading *g, const struct resource *resource, struct failure *failure)
{
	struct reading_level *level = g->level;

	g->resource = resource;
	level->child =
		g->command->action == ACTION_READ ? resource_next_embedded(resource, NULL) : NULL;
	struct query query = query_of(g);
	enum fault fault = cursor_open(&level->cursor, g->engine, &query);
	return fault == FAULT_NONE || fail(g, fault, failure);
}

/* Continues with the rows that are embedded in the row with this key, of the level's resource. */
static bool descend(struct reading *g, struct key key, struct failure *failure)
{
	const struct resource *child = g->level->child;

	g->level++;
	g->level->parent = key;
	return open_rows(g, child, failure);
}

/* The rows of a child are at their end: continues with the next child that is embedded in the same
 * row, or with the rows after that row. */
static bool finish_child(struct reading *g, bool *ends, struct failure *failure)
{
	const struct resource *parent = g->resource->parent;
	const struct resource *next = resource_next_embedded(parent, g->resource);

	*ends = g->level - 1 == g->levels;
	if (next)
		return open_rows(g, next, failure);
	g->level--;
	g->resource = *ends ? NULL : parent;
	return true;
}

/* There are no more rows under the cursor; the frame has `count` elements. *ends: it ends here. Not
 * inlined, as most calls of add_rows have many rows. */
__attribute__((noinline)) static bool finish_rows(
	struct reading *g, uint32_t count, bool *ends, struct failure *failure)
{
	cursor_close(&g->level->cursor);
	if (!is_at_top(g))
		return finish_child(g, ends, failure);
	*ends = true;
	if (count == 0 && is_of_one_row(g))
		return fail(g, FAULT_NOT_FOUND, failure);
	if (g->level->child)
		return descend(g, g->command->key, failure);
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
		return fail(g, field == g->row.resource->nfields ? FAULT_TOO_LARGE : FAULT_STORAGE,
			failure);
	g->left_out++;
	return g->left_out <= g->left_out_most || fail(g, FAULT_TOO_LARGE, failure);
}

/* Converts the row to the worker's resource. False: it has a choice that the worker does not know.
 * Not inlined, as it is rare. */
__attribute__((noinline)) static bool convert(struct reading *g)
{
	struct record row;

	record_copy(&row, &g->row);
	return earlier_from_current(&g->row, g->resource, &row) == row.resource->nfields;
}

/* Adds the row to the frame, unless the frame is full. */
static bool add_row(struct reading *g, struct rows_writer *w, struct failure *failure)
{
	const struct reading_level *level = g->level;

	if (level->cursor.field < level->cursor.resource->nfields)
		return leave_out(g, level->cursor.field, failure);
	if (g->row.resource != g->resource && !convert(g))
		return fail(g, FAULT_UNAVAILABLE, failure);
	size_t size = codec_row_size(&g->row);
	if (size > CODEC_ROW_MAX)
		return leave_out(g, g->row.resource->nfields, failure);
	g->has_row = w->count > 0 && codec_rows_size(w) + size > ROWS_FRAME;
	if (g->has_row)
		return true;
	codec_rows_add(w, &g->row);
	g->wanted--;
	/* The children of the command's row have frames of their own. */
	if (!level->child || is_at_top(g))
		return true;
	return descend(g, key_of_value(&g->row.values[RESOURCE_KEY]), failure);
}

static bool add_rows(struct reading *g, struct rows_writer *w, struct failure *failure)
{
	bool ends;

	do {
		if (g->wanted == 0)
			return finish_rows(g, w->count, &ends, failure);
		if (!g->has_row) {
			enum fault fault = cursor_next(&g->level->cursor, &g->row);
			if (fault != FAULT_NONE)
				return fail(g, fault, failure);
			if (!g->level->cursor.there) {
				if (!finish_rows(g, w->count, &ends, failure))
					return false;
				if (ends)
					return true;
				continue;
			}
		}
		if (!add_row(g, w, failure))
			return false;
	} while (!g->has_row);
	return true;
}

bool reading_begin(struct reading *g, struct engine *engine, const struct command *command,
	struct failure *failure)
{
	bool is_list = command->action != ACTION_READ;

	/* Member by member: `row` is large, and not read before it is set. */
	g->engine = engine;
	g->command = command;
	g->resource = command->resource;
	g->level = g->levels;
	g->levels[0].cursor = (struct cursor){ 0 };
	g->total = -1;
	g->wanted = is_list && command->page.kind != PAGE_WHOLE ? command->page.limit : UINT64_MAX;
	g->left_out = 0;
	g->left_out_most = SIZE_MAX;
	g->has_row = false;
	engine->command = command;
	if (is_list && !list_query_prepare(engine, command, &g->total, failure))
		return false;
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
	for (struct reading_level *level = g->levels; g->level && level <= g->level; level++)
		cursor_close(&level->cursor);
	g->resource = NULL;
	if (g->engine)
		g->engine->command = NULL;
}

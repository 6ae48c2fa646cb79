#include "reading.h"

#include "earlier.h"
#include "list_query.h"
#include "unreadable.h"

enum { ROWS_FRAME = 64 * 1024 /* bytes after which the next frame of rows begins */ };

static bool fail(const struct reading *g, enum fault fault, struct failure *failure)
{
	return failure_set(failure, fault, g->level->resource, 0);
}

/* True if the rows are the command's own. */
static bool is_at_top(const struct reading *g)
{
	return g->level == g->levels;
}

static bool is_of_one_row(const struct reading *g)
{
	return g->of_one_row && is_at_top(g);
}

/* The first member from this one on that is not a field; NULL: there is none. */
static const struct member *find_embed(const struct member *m, const struct member *end)
{
	while (m < end && m->kind == MEMBER_FIELD)
		m++;
	return m < end ? m : NULL;
}

/* Continues with the rows of a query, of which so many are wanted. */
static bool open_rows(struct reading *g, const struct query *query, const struct schema *shown,
	uint64_t wanted, struct failure *failure)
{
	struct reading_level *level = g->level;

	level->first = level->next = level->end = NULL;
	level->wanted = wanted;
	if (shown && shown->nembeds > 0) {
		level->end = shown->members + shown->nmembers;
		level->first = find_embed(shown->members, level->end);
	}
	enum fault fault = cursor_open(&level->cursor, g->engine, query);
	return fault == FAULT_NONE || fail(g, fault, failure);
}

/* Rows that a field of this resource, or of their own, links. */
static void query_linked(
	const struct member *embed, const struct resource *resource, struct query *query)
{
	const struct resource *r = embed->reverse ? embed->of : resource;
	const struct field *f = &earlier_current(r)->fields[earlier_field(r, embed->index)];

	query->kind = QUERY_LINKED;
	query->table = f->links->table;
	query->end = embed->reverse ? LINK_OWNER : LINK_TO;
}

bool reading_query_below(const struct member *embed, const struct resource *resource,
	struct key key, struct query *query)
{
	if (embed->kind != MEMBER_MANY && embed->kind != MEMBER_LINKED)
		return false;
	*query = (struct query){ .resource = earlier_current(embed->of), .key = key };
	if (embed->kind == MEMBER_LINKED) {
		query_linked(embed, resource, query);
		return true;
	}
	query->kind = QUERY_CHILDREN;
	query->field = earlier_field(embed->of, embed->index);
	return true;
}

/* The rows of a member that are embedded in the row of a level. False: there are none. */
static bool query_embed(
	const struct member *embed, const struct reading_level *level, struct query *query)
{
	const struct record *row = &level->row;
	const struct value *reference = &row->values[embed->index];

	if (embed->kind != MEMBER_ONE)
		return reading_query_below(
			embed, level->resource, key_of_value(&row->values[RESOURCE_KEY]), query);
	*query = (struct query){
		.resource = earlier_current(embed->of),
		.kind = QUERY_ROW,
		.key = key_of_value(reference),
	};
	return reference->kind != VALUE_NULL;
}

/* Continues with the rows of the next embed in the last row of this level. */
static bool descend(struct reading *g, struct failure *failure)
{
	struct reading_level *level = g->level;
	const struct member *embed = level->next;
	struct query query;

	level->next = find_embed(embed + 1, level->end);
	if (!query_embed(embed, level, &query))
		return true;
	g->level++;
	g->level->embed = embed;
	g->level->resource = embed->of;
	return open_rows(
		g, &query, embed->schema, embed->kind == MEMBER_ONE ? 1 : UINT64_MAX, failure);
}

/* There are no more rows under the cursor. Not inlined, as most levels have many rows. */
__attribute__((noinline)) static bool finish_level(struct reading *g, struct failure *failure)
{
	cursor_close(&g->level->cursor);
	if (!is_at_top(g)) {
		g->level--;
		return true;
	}
	g->goes_on = false;
	return !g->of_one_row || g->level->wanted == 0 || fail(g, FAULT_NOT_FOUND, failure);
}

/* Reads the next row, of g->level, unless all have been read. */
static inline bool next_row(struct reading *g, struct failure *failure)
{
	do {
		struct reading_level *level = g->level;
		if (level->next) {
			if (!descend(g, failure))
				return false;
			continue;
		}
		if (level->wanted > 0) {
			enum fault fault = cursor_next(&level->cursor, &level->row);
			if (fault != FAULT_NONE)
				return fail(g, fault, failure);
			if (level->cursor.there)
				return true;
		}
		if (!finish_level(g, failure))
			return false;
	} while (g->goes_on);
	return true;
}

/* The row cannot be shown, because of this field, or because of its length if it is nfields. Not
 * inlined, as it is rare. */
__attribute__((noinline)) static bool leave_out(
	struct reading *g, unsigned field, struct failure *failure)
{
	const struct record *row = &g->level->row;

	unreadable_row(row, field);
	if (is_of_one_row(g))
		return fail(g,
			field == resource_columns(row->resource) ? FAULT_TOO_LARGE : FAULT_STORAGE,
			failure);
	g->left_out++;
	return g->left_out <= g->left_out_most || fail(g, FAULT_TOO_LARGE, failure);
}

/* Converts the row to the worker's resource. False: it has a choice that the worker does not know.
 * Not inlined, as it is rare. */
__attribute__((noinline)) static bool convert(struct reading_level *level)
{
	struct record row;

	record_copy(&row, &level->row);
	return earlier_from_current(&level->row, level->resource, &row) == row.resource->nfields;
}

/* Adds the row to the frame, unless the frame is full. */
static bool add_row(struct reading *g, struct rows_writer *w, struct failure *failure)
{
	struct reading_level *level = g->level;

	if (level->cursor.field < resource_columns(level->cursor.resource))
		return leave_out(g, level->cursor.field, failure);
	if (level->row.resource != level->resource && !convert(level))
		return fail(g, FAULT_UNAVAILABLE, failure);
	size_t size = codec_row_size(&level->row);
	if (size > CODEC_ROW_MAX)
		return leave_out(g, resource_columns(level->row.resource), failure);
	g->has_row = w->count > 0 && codec_rows_size(w) + size > ROWS_FRAME;
	if (g->has_row)
		return true;
	codec_rows_add(w, level->embed, &level->row);
	level->wanted--;
	level->next = level->first;
	return true;
}

static bool add_rows(struct reading *g, struct rows_writer *w, struct failure *failure)
{
	do {
		if (!g->has_row) {
			if (!next_row(g, failure))
				return false;
			if (!g->goes_on)
				return true;
		}
		if (!add_row(g, w, failure))
			return false;
	} while (!g->has_row);
	return true;
}

/* Member by member: the levels are large, and not read before they are set. */
static void begin(struct reading *g, struct engine *engine, const struct command *command)
{
	g->engine = engine;
	g->command = command;
	g->level = g->levels;
	g->goes_on = true;
	g->of_one_row = false;
	g->has_row = false;
	g->total = -1;
	g->left_out = 0;
	g->left_out_most = SIZE_MAX;
	g->levels[0].cursor = (struct cursor){ 0 };
	g->levels[0].embed = NULL;
	g->levels[0].resource = command->resource;
	engine->command = command;
}

bool reading_begin_row(struct reading *g, struct engine *engine, const struct command *command,
	struct key key, const struct schema *shown, struct failure *failure)
{
	const struct query query = {
		.resource = earlier_current(command->resource),
		.kind = QUERY_ROW,
		.key = key,
	};

	begin(g, engine, command);
	g->of_one_row = true;
	return open_rows(g, &query, shown, 1, failure);
}

bool reading_begin(struct reading *g, struct engine *engine, const struct command *command,
	struct failure *failure)
{
	const bool whole = command->page.kind == PAGE_WHOLE;

	if (command->action == ACTION_READ)
		return reading_begin_row(
			g, engine, command, command->key, command_shown(command), failure);
	begin(g, engine, command);
	if (!list_query_prepare(engine, command, &g->total, failure))
		return false;
	const struct query query = list_query(command);
	return open_rows(g, &query, command_shown(command),
		whole ? UINT64_MAX : command->page.limit, failure);
}

bool reading_frame(struct reading *g, struct buf *out, enum more more, struct failure *failure)
{
	struct rows_writer w;

	codec_rows_begin(&w, out, g->command->id, g->command->resource, g->total);
	if (!add_rows(g, &w, failure)) {
		codec_rows_abandon(&w);
		return false;
	}
	codec_rows_end(&w, g->goes_on ? more : MORE_NO);
	return true;
}

void reading_end(struct reading *g)
{
	for (struct reading_level *level = g->levels; g->level && level <= g->level; level++)
		cursor_close(&level->cursor);
	g->goes_on = false;
	if (g->engine)
		g->engine->command = NULL;
}

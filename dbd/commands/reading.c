#include "reading.h"

#include "bind.h"
#include "unreadable.h"

enum { ROWS_FRAME = 64 * 1024 /* bytes after which another frame of rows is begun */ };

static enum sql_purpose purpose_of(const struct reading *g, const struct resource *resource)
{
	if (resource != g->command->resource)
		return SQL_CHILDREN;
	if (g->command->action == ACTION_READ)
		return SQL_READ;
	return g->command->page.limit > 0 ? SQL_PAGE : SQL_LIST;
}

static int bind(const struct reading *g, enum sql_purpose purpose)
{
	switch (purpose) {
	case SQL_LIST:
		return SQLITE_OK;
	case SQL_PAGE:
		return bind_key(g->statement, g->command->page.after);
	default:
		return bind_key(g->statement, g->command->key);
	}
}

/* Goes on with the rows of this resource. */
static bool open_rows(struct reading *g, const struct resource *resource, struct failure *failure)
{
	enum sql_purpose purpose = purpose_of(g, resource);

	g->resource = resource;
	g->statement = store_statement(g->store, resource, purpose);
	int rc = bind(g, purpose);
	return rc == SQLITE_OK || failure_store(failure, g->store, g->command, rc);
}

static const struct resource *next_resource(const struct reading *g)
{
	const struct resource *r = g->command->resource;
	const struct resource *child = g->resource == r ? NULL : g->resource;

	return g->command->action == ACTION_LIST ? NULL : resource_next_embedded(r, child);
}

/* The statement has no more rows; the frame has so many of them. */
static bool close_rows(struct reading *g, uint32_t count, struct failure *failure)
{
	bool absent = count == 0 && purpose_of(g, g->resource) == SQL_READ;

	sqlite3_reset(g->statement);
	if (absent)
		return failure_set(failure, FAULT_NOT_FOUND, g->resource, 0);
	const struct resource *next = next_resource(g);
	if (next)
		return open_rows(g, next, failure);
	g->resource = NULL;
	return true;
}

/* The row that the statement stands on cannot be shown, because of this field or, if it is none,
 * its length. Not inline, as it is rare. */
__attribute__((noinline)) static bool leave_out(
	struct reading *g, const struct record *row, unsigned field, struct failure *failure)
{
	bool whole = field == g->resource->nfields;

	if (!whole && bind_lacked_memory(g->statement))
		return failure_store(failure, g->store, g->command, SQLITE_NOMEM);
	unreadable_row(row, field);
	if (purpose_of(g, g->resource) == SQL_READ)
		return failure_set(
			failure, whole ? FAULT_TOO_LARGE : FAULT_STORAGE, g->resource, 0);
	g->left_out++;
	return g->left_out <= g->left_out_most ||
	       failure_set(failure, FAULT_TOO_LARGE, g->resource, 0);
}

/* Adds the row that the statement stands on, unless the frame is full. */
static bool add_row(struct reading *g, struct rows_writer *w, struct failure *failure)
{
	struct record row;
	unsigned field = bind_read_row(g->statement, g->resource, &row);

	if (field < g->resource->nfields)
		return leave_out(g, &row, field, failure);
	size_t size = codec_row_size(&row);
	if (size > CODEC_ROW_MAX)
		return leave_out(g, &row, field, failure);
	g->on_row = w->count > 0 && codec_rows_size(w) + size > ROWS_FRAME;
	if (g->on_row)
		return true;
	codec_rows_add(w, &row);
	g->wanted--;
	return true;
}

static bool add_rows(struct reading *g, struct rows_writer *w, struct failure *failure)
{
	do {
		if (g->wanted == 0)
			return close_rows(g, w->count, failure);
		int rc = g->on_row ? SQLITE_ROW : sqlite3_step(g->statement);
		if (rc == SQLITE_DONE)
			return close_rows(g, w->count, failure);
		if (rc != SQLITE_ROW)
			return failure_store(failure, g->store, g->command, rc);
		if (!add_row(g, w, failure))
			return false;
	} while (!g->on_row);
	return true;
}

static bool count_rows(struct reading *g, struct failure *failure)
{
	g->resource = g->command->resource;
	g->statement = store_statement(g->store, g->resource, SQL_COUNT);
	int rc = sqlite3_step(g->statement);
	if (rc != SQLITE_ROW)
		return failure_store(failure, g->store, g->command, rc);
	g->total = sqlite3_column_int64(g->statement, 0);
	sqlite3_reset(g->statement);
	return true;
}

bool reading_begin(struct reading *g, struct store *store, const struct command *command,
	struct failure *failure)
{
	bool page = command->action == ACTION_LIST && command->page.limit > 0;

	*g = (struct reading){ .store = store,
		.command = command,
		.total = -1,
		.wanted = page ? command->page.limit : UINT64_MAX,
		.left_out_most = SIZE_MAX };
	if (command->action == ACTION_LIST && command->page.count && !count_rows(g, failure))
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
	if (g->resource)
		sqlite3_reset(g->statement);
	g->resource = NULL;
}

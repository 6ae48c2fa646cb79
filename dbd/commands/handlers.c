#include "handlers.h"

#include "arena.h"
#include "digest.h"
#include "reading.h"
#include "stats.h"
#include "unreadable.h"

#include <time.h>

enum { LEFT_OUT_BYTES = 64 /* of a reply: what a row that is left out counts */ };

/* A command under way. */
struct run {
	struct engine *engine;
	const struct command *command;
	const struct resource *resource; /* the command's */
	struct buf *out;
	size_t begin; /* where the reply begins in out */
	size_t most;  /* bytes of a reply of several frames */
	struct failure *failure;
	struct arena arena; /* what must outlive its cursor */
};

/* Returns false, for the caller to return. */
static bool fail(struct run *r, enum fault fault, uint64_t fields)
{
	return failure_set(r->failure, fault, r->resource, fields);
}

/* Steps that several actions take. */

static bool reply_row(struct run *r, const struct record *row)
{
	struct rows_writer w;

	if (codec_row_size(row) > CODEC_ROW_MAX)
		return fail(r, FAULT_TOO_LARGE, 0);
	codec_rows_begin(&w, r->out, r->command->id, row->resource, -1);
	codec_rows_add(&w, row);
	codec_rows_end(&w, MORE_NO);
	return true;
}

/* A row of the command's resource changes, and with it what its parent shows. */
static void note_parent(struct run *r, int64_t parent)
{
	if (r->resource->embedded && r->engine->changes)
		changes_note(r->engine->changes, r->resource->parent, parent);
}

/* Reads a row of the command's resource, which borrows from the cursor. */
static bool find(struct run *r, struct cursor *cursor, int64_t key, struct record *row)
{
	struct query query = { r->resource, QUERY_ROW, key };
	enum fault fault = cursor_open(cursor, r->engine, &query);

	if (fault == FAULT_NONE)
		fault = cursor_next(cursor, row);
	if (fault != FAULT_NONE)
		return fail(r, fault, 0);
	if (!cursor->there)
		return fail(r, FAULT_NOT_FOUND, 0);
	if (cursor->field == r->resource->nfields)
		return true;
	unreadable_row(row, cursor->field);
	return fail(r, FAULT_STORAGE, 0);
}

/* Reads a row of the command's resource, with texts of its own. */
static inline bool load(struct run *r, int64_t key, struct record *row)
{
	struct cursor cursor;
	bool found = find(r, &cursor, key, row);

	for (unsigned i = 0; found && i < r->resource->nfields; i++)
		if (row->values[i].kind == VALUE_STR)
			row->values[i].text = arena_copy(&r->arena, row->values[i].text);
	cursor_close(&cursor);
	return found;
}

/* Adds a row to the digest of the command's row. An embedded row that cannot be read is left out of
 * it, as it is not shown. If the command's row cannot be read no client can know its state. */
static bool digest_one(struct run *r, const struct cursor *cursor, const struct record *row,
	struct buf *text, uint64_t *digest)
{
	const struct resource *resource = cursor->resource;

	if (cursor->field < resource->nfields || codec_row_size(row) > CODEC_ROW_MAX) {
		unreadable_row(row, cursor->field);
		return resource != r->resource || fail(r, FAULT_CHANGED, 0);
	}
	buf_reset(text, SIZE_MAX);
	codec_encode_row(text, row);
	*digest = digest_row(*digest, resource, buf_view(text));
	if (!text->failed)
		return true;
	engine_log_failure(r->engine, FAULT_INTERNAL, "out of memory");
	return fail(r, FAULT_INTERNAL, 0);
}

/* Adds the rows of a query to the digest; *count is their number. */
static bool digest_rows(struct run *r, const struct query *query, struct buf *text,
	uint64_t *digest, unsigned *count)
{
	struct cursor cursor;
	struct record row;
	enum fault fault = cursor_open(&cursor, r->engine, query);
	bool fine = true;

	for (*count = 0; fault == FAULT_NONE && fine; ++*count) {
		fault = cursor_next(&cursor, &row);
		if (fault != FAULT_NONE || !cursor.there)
			break;
		fine = digest_one(r, &cursor, &row, text, digest);
	}
	cursor_close(&cursor);
	return fine && (fault == FAULT_NONE || fail(r, fault, 0));
}

/* Computes the digest of everything that a READ of the command's row shows. */
static bool digest_shown(struct run *r, uint64_t *digest)
{
	struct query query = { r->resource, QUERY_ROW, r->command->key };
	const struct resource *child = NULL;
	struct buf text;
	unsigned count;

	*digest = DIGEST_BEGIN;
	buf_init(&text, FRAME_MAX);
	bool done = digest_rows(r, &query, &text, digest, &count);
	if (done && count == 0)
		done = fail(r, FAULT_NOT_FOUND, 0);
	query.kind = QUERY_CHILDREN;
	while (done && (child = resource_next_embedded(r->resource, child))) {
		query.resource = child;
		done = digest_rows(r, &query, &text, digest, &count);
	}
	buf_done(&text);
	return done;
}

/* Succeeds if the command has no digests, or if one of them is that of its row. */
static bool require_match(struct run *r)
{
	struct str match = r->command->match;
	uint64_t digest;

	if (!match.ptr)
		return true;
	if (!digest_shown(r, &digest))
		return false;
	for (; match.len > 0; match = str_from_index(match, sizeof(digest)))
		if (memcmp(match.ptr, &digest, sizeof(digest)) == 0)
			return true;
	return fail(r, FAULT_CHANGED, 0);
}

/* If triggers have written, perhaps this row, the reply is what is stored now. */
static bool reply_written(struct run *r, const struct record *row, bool reread)
{
	struct record stored;

	if (!reread)
		return reply_row(r, row);
	if (load(r, row->values[resource_field_with(r->resource, FIELD_KEY)].integer, &stored))
		return reply_row(r, &stored);
	return r->failure->fault == FAULT_NOT_FOUND && fail(r, engine_ignored(r->engine), 0);
}

/* Actions. */

/* LIST and READ. */
static bool read_rows(struct run *r)
{
	struct reading reading;
	bool fine = reading_begin(&reading, r->engine, r->command, r->failure);

	/* Rows that are left out take time, but no bytes. */
	reading.left_out_most = r->most / LEFT_OUT_BYTES;
	while (fine && reading.resource) {
		fine = reading_frame(&reading, r->out, MORE_COMES, r->failure);
		if (fine && reading.resource && buf_len(r->out) - r->begin > r->most)
			fine = fail(r, FAULT_TOO_LARGE, 0);
	}
	reading_end(&reading);
	if (fine && reading.left_out > 0)
		stats_add(STAT_ROWS_LEFT_OUT, reading.left_out);
	return fine;
}

/* Microseconds since 1970, UTC. */
static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Sets the fields of a new row that no client sends, except for its key. */
static void complete(struct record *row, int64_t parent)
{
	int64_t moment = now();

	for (unsigned i = 0; i < row->resource->nfields; i++) {
		if (row->resource->fields[i].flags & FIELD_PARENT)
			record_set(row, i, value_int(parent));
		if (row->resource->fields[i].flags & FIELD_NOW)
			record_set(row, i, value_int(moment));
	}
}

static bool create_row(struct run *r)
{
	struct record row;
	struct written written;

	record_copy(&row, &r->command->record);
	complete(&row, r->command->parent);
	enum fault fault = r->engine->ops->insert(r->engine, &row, &written);
	if (fault == FAULT_NOT_FOUND)
		return failure_set(r->failure, fault, r->resource->parent, 0);
	if (fault != FAULT_NONE)
		return fail(r, fault, 0);
	note_parent(r, r->command->parent);
	record_set(&row, resource_field_with(r->resource, FIELD_KEY), value_int(written.key));
	return reply_written(r, &row, written.reread);
}

/* Writes the row, which has the command's changes in it. */
static bool change_row(struct run *r, const struct record *row)
{
	struct written written;
	enum fault fault =
		r->engine->ops->update(r->engine, row, r->command->record.present, &written);

	return fault == FAULT_NONE ? reply_written(r, row, written.reread) : fail(r, fault, 0);
}

static bool update_row(struct run *r)
{
	const struct record *changes = &r->command->record;
	struct record row;

	if (!load(r, r->command->key, &row))
		return false;
	uint64_t nulls = record_nulls(changes);
	if (nulls)
		return fail(r, FAULT_NULL_FIELD, nulls);
	if (!require_match(r))
		return false;
	for (unsigned i = 0; i < r->resource->nfields; i++)
		if (record_has(changes, i))
			record_set(&row, i, changes->values[i]);
	if (r->resource->parent)
		note_parent(r, row.values[resource_field_with(r->resource, FIELD_PARENT)].integer);
	return changes->present ? change_row(r, &row) : reply_row(r, &row);
}

static bool delete_row(struct run *r)
{
	int64_t parent;

	if (!require_match(r))
		return false;
	enum fault fault = r->engine->ops->remove(r->engine, r->resource, r->command->key, &parent);
	if (fault != FAULT_NONE)
		return fail(r, fault, 0);
	note_parent(r, parent);
	codec_encode_done(r->out, r->command->id);
	return true;
}

static bool (*const handlers[])(struct run *r) = {
	[ACTION_LIST] = read_rows,
	[ACTION_CREATE] = create_row,
	[ACTION_READ] = read_rows,
	[ACTION_UPDATE] = update_row,
	[ACTION_DELETE] = delete_row,
};
_Static_assert(NITEMS(handlers) == ACTION__COUNT, "an action has no handler");

bool handlers_run(struct engine *engine, const struct command *command, size_t most,
	struct buf *out, struct failure *failure)
{
	struct run r = {
		.engine = engine,
		.command = command,
		.resource = command->resource,
		.out = out,
		.begin = buf_len(out),
		.most = most,
		.failure = failure,
	};

	engine->command = command;
	bool done = handlers[command->action](&r);
	engine->command = NULL;
	if (!done)
		buf_truncate(out, r.begin);
	arena_done(&r.arena);
	return done;
}

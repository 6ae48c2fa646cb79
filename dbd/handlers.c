#include "handlers.h"

#include "arena.h"
#include "bind.h"
#include "codec.h"
#include "datetime.h"
#include "frame.h"
#include "log.h"
#include "store_fault.h"

#include <inttypes.h>

enum {
	ROWS_FRAME = 64 * 1024,         /* bytes after which another frame of rows is begun */
	ROW_MAX = FRAME_MAX - 4 * 1024, /* bytes of a row; a frame must hold one, and its head */
	REPLY_MAX = 256 * 1024 * 1024,  /* bytes of a reply, all its frames */
	VALUE_HEAD = 9                  /* bytes that a value takes at most beside its text */
};

/* A command under way. */
struct run {
	struct store *store;
	const struct command *command;
	const struct resource *resource; /* the command's */
	struct buf *out;
	size_t begin; /* where the reply begins in out */
	struct failure *failure;
	struct arena arena; /* what must outlive its statement */
};

/* Failures; each of these returns false, for the caller to return. */

static bool fail(struct run *r, enum fault fault, const struct resource *resource, uint32_t fields)
{
	*r->failure = (struct failure){ fault, resource, fields };
	return false;
}

static bool fail_store(struct run *r, int rc)
{
	enum fault fault = store_fault(rc);
	/* Then the whole group has failed, and that is told once. */
	bool lost = action_writes(r->command->action) && !store_in_transaction(r->store);

	if (fault != FAULT_CONFLICT && !lost)
		log_error("%s of %s: %s: %s", action_name(r->command->action), r->resource->plural,
			fault_text(fault), store_error(r->store));
	return fail(r, fault, r->resource, 0);
}

/* The key is the first field, so it has been read when another is at fault. */
static bool fail_value(struct run *r, const struct record *row, unsigned field)
{
	unsigned key = resource_field_with(row->resource, FIELD_KEY);

	log_error("table %s, row %" PRId64 ", column %s: its value is not of the column's type",
		row->resource->plural, record_has(row, key) ? row->values[key].integer : 0,
		row->resource->fields[field].name);
	return fail(r, FAULT_STORAGE, row->resource, 0);
}

/* Replies. */

static size_t row_size(const struct record *row)
{
	size_t size = 0;

	for (unsigned i = 0; i < row->resource->nfields; i++)
		size += VALUE_HEAD +
			(row->values[i].kind == VALUE_STR ? row->values[i].text.len : 0);
	return size;
}

/* Adds a row to the frame, or to the next one when this is full. */
static bool add_row(struct run *r, struct rows_writer *w, const struct record *row)
{
	size_t size = row_size(row);

	if (size > ROW_MAX || buf_len(r->out) - r->begin + size > REPLY_MAX)
		return fail(r, FAULT_TOO_LARGE, row->resource, 0);
	if (w->count > 0 && codec_rows_size(w) + size > ROWS_FRAME) {
		codec_rows_end(w, true);
		codec_rows_begin(w, r->out, r->command->id, row->resource);
	}
	codec_rows_add(w, row);
	return true;
}

static bool reply_row(struct run *r, const struct record *row, bool more)
{
	struct rows_writer w;

	codec_rows_begin(&w, r->out, r->command->id, row->resource);
	if (!add_row(r, &w, row))
		return false;
	codec_rows_end(&w, more);
	return true;
}

static bool add_stored_row(struct run *r, struct rows_writer *w, const struct resource *resource,
	sqlite3_stmt *statement)
{
	struct record row;
	unsigned field = bind_read_row(statement, resource, &row);

	return field == resource->nfields ? add_row(r, w, &row) : fail_value(r, &row, field);
}

/* All rows of a statement that is bound and ready. */
static bool reply_rows(
	struct run *r, const struct resource *resource, sqlite3_stmt *statement, bool more)
{
	struct rows_writer w;
	bool fine = true;
	int rc = SQLITE_DONE;

	codec_rows_begin(&w, r->out, r->command->id, resource);
	while (fine && (rc = sqlite3_step(statement)) == SQLITE_ROW)
		fine = add_stored_row(r, &w, resource, statement);
	if (fine && rc != SQLITE_DONE)
		fine = fail_store(r, rc);
	sqlite3_reset(statement);
	if (fine)
		codec_rows_end(&w, more);
	return fine;
}

/* Steps that several actions take. */

/* Binds one key and runs a statement that returns no rows. */
static bool execute_with_key(struct run *r, sqlite3_stmt *statement, int64_t key)
{
	int rc = bind_key(statement, key);

	if (rc == SQLITE_OK)
		rc = store_execute(statement);
	return rc == SQLITE_OK || fail_store(r, rc);
}

static bool execute_with_record(
	struct run *r, enum sql_purpose purpose, const struct record *record)
{
	sqlite3_stmt *statement = store_statement(r->store, r->resource, purpose);
	int rc = bind_record(statement, record);

	if (rc == SQLITE_OK)
		rc = store_execute(statement);
	return rc == SQLITE_OK || fail_store(r, rc);
}

/* The row must be there, else NOT_FOUND. */
static bool require(struct run *r, const struct resource *resource, int64_t key)
{
	sqlite3_stmt *statement = store_statement(r->store, resource, SQL_EXISTS);
	int rc = bind_key(statement, key);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	sqlite3_reset(statement);
	if (rc == SQLITE_DONE)
		return fail(r, FAULT_NOT_FOUND, resource, 0);
	return rc == SQLITE_ROW || fail_store(r, rc);
}

/* The command's row. It borrows from the statement, which the caller resets. */
static bool find(struct run *r, sqlite3_stmt *statement, struct record *row)
{
	int rc = bind_key(statement, r->command->key);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	if (rc == SQLITE_DONE)
		return fail(r, FAULT_NOT_FOUND, r->resource, 0);
	if (rc != SQLITE_ROW)
		return fail_store(r, rc);
	unsigned field = bind_read_row(statement, r->resource, row);
	return field == r->resource->nfields || fail_value(r, row, field);
}

/* Actions. */

static bool list_rows(struct run *r)
{
	return reply_rows(r, r->resource, store_statement(r->store, r->resource, SQL_LIST), false);
}

static const struct resource *next_embedded(const struct resource *r, const struct resource *after)
{
	do
		after = resource_next_child(r, after);
	while (after && !after->embedded);
	return after;
}

static bool reply_embedded(struct run *r, const struct resource *child, bool more)
{
	sqlite3_stmt *statement = store_statement(r->store, child, SQL_CHILDREN);
	int rc = bind_key(statement, r->command->key);

	if (rc != SQLITE_OK)
		return fail_store(r, rc);
	return reply_rows(r, child, statement, more);
}

static bool read_row(struct run *r)
{
	sqlite3_stmt *statement = store_statement(r->store, r->resource, SQL_READ);
	const struct resource *child = next_embedded(r->resource, NULL);
	struct record row;

	bool fine = find(r, statement, &row) && reply_row(r, &row, child != NULL);
	sqlite3_reset(statement);
	while (fine && child) {
		const struct resource *next = next_embedded(r->resource, child);
		fine = reply_embedded(r, child, next != NULL);
		child = next;
	}
	return fine;
}

/* What a client does not say of a new row, but for its key. */
static void complete(struct record *row, int64_t parent)
{
	int64_t now = datetime_now();

	for (unsigned i = 0; i < row->resource->nfields; i++) {
		if (row->resource->fields[i].flags & FIELD_PARENT)
			record_set(row, i, value_int(parent));
		if (row->resource->fields[i].flags & FIELD_NOW)
			record_set(row, i, value_int(now));
	}
}

static bool create_row(struct run *r)
{
	struct record row = r->command->record;

	if (r->resource->parent && !require(r, r->resource->parent, r->command->parent))
		return false;
	complete(&row, r->command->parent);
	if (!execute_with_record(r, SQL_INSERT, &row))
		return false;
	record_set(&row, resource_field_with(r->resource, FIELD_KEY),
		value_int(store_last_key(r->store)));
	return reply_row(r, &row, false);
}

/* The command's row, with texts of its own. */
static bool load(struct run *r, struct record *row)
{
	sqlite3_stmt *statement = store_statement(r->store, r->resource, SQL_READ);
	bool fine = find(r, statement, row);

	for (unsigned i = 0; fine && i < r->resource->nfields; i++)
		if (row->values[i].kind == VALUE_STR)
			row->values[i].text = arena_copy(&r->arena, row->values[i].text);
	sqlite3_reset(statement);
	return fine;
}

static bool update_row(struct run *r)
{
	const struct record *changes = &r->command->record;
	struct record row;

	if (!load(r, &row))
		return false;
	uint32_t nulls = record_nulls(changes);
	if (nulls)
		return fail(r, FAULT_NULL_FIELD, r->resource, nulls);
	for (unsigned i = 0; i < r->resource->nfields; i++)
		if (record_has(changes, i))
			record_set(&row, i, changes->values[i]);
	if (changes->present && !execute_with_record(r, SQL_UPDATE, &row))
		return false;
	return reply_row(r, &row, false);
}

/* Children stand behind their parents in resources[], so backwards is deepest first. */
static bool delete_below(struct run *r)
{
	for (unsigned i = nresources; i-- > 0;) {
		sqlite3_stmt *statement =
			store_statement_below(r->store, resources[i], r->resource);
		if (statement && !execute_with_key(r, statement, r->command->key))
			return false;
	}
	return true;
}

static bool delete_row(struct run *r)
{
	if (!require(r, r->resource, r->command->key) || !delete_below(r) ||
		!execute_with_key(
			r, store_statement(r->store, r->resource, SQL_DELETE), r->command->key))
		return false;
	codec_encode_done(r->out, r->command->id);
	return true;
}

static bool (*const handlers[])(struct run *r) = {
	[ACTION_LIST] = list_rows,
	[ACTION_CREATE] = create_row,
	[ACTION_READ] = read_row,
	[ACTION_UPDATE] = update_row,
	[ACTION_DELETE] = delete_row,
};
_Static_assert(NITEMS(handlers) == ACTION__COUNT, "an action has no handler");

bool handlers_run(struct store *store, const struct command *command, struct buf *out,
	struct failure *failure)
{
	struct run r = {
		.store = store,
		.command = command,
		.resource = command->resource,
		.out = out,
		.begin = buf_len(out),
		.failure = failure,
	};
	bool done = handlers[command->action](&r);

	if (!done)
		buf_truncate(out, r.begin);
	arena_done(&r.arena);
	return done;
}

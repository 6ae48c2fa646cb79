#include "handlers.h"

#include "arena.h"
#include "bind.h"
#include "datetime.h"
#include "digest.h"
#include "reading.h"
#include "stats.h"
#include "unreadable.h"

enum { LEFT_OUT_BYTES = 64 /* of a reply, for which a row counts that is left out */ };

/* A command under way. */
struct run {
	struct store *store;
	const struct command *command;
	const struct resource *resource; /* the command's */
	struct buf *out;
	size_t begin; /* where the reply begins in out */
	size_t most;  /* bytes of a reply of several frames */
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
	failure_store(r->failure, r->store, r->command, rc);
	return false;
}

/* Steps that several actions take. */

static bool reply_row(struct run *r, const struct record *row)
{
	struct rows_writer w;

	if (codec_row_size(row) > CODEC_ROW_MAX)
		return fail(r, FAULT_TOO_LARGE, row->resource, 0);
	codec_rows_begin(&w, r->out, r->command->id, row->resource, -1);
	codec_rows_add(&w, row);
	codec_rows_end(&w, MORE_NO);
	return true;
}

/* Binds the command's key and runs a statement that deletes rows of this resource. */
static bool delete_with_key(struct run *r, const struct resource *resource, sqlite3_stmt *statement,
	struct store_written *written)
{
	int rc = bind_key(statement, r->command->key);

	if (rc == SQLITE_OK)
		rc = store_write(r->store, resource, statement, written);
	return rc == SQLITE_OK || fail_store(r, rc);
}

/* SQLite's code. */
static int write_record(struct run *r, sqlite3_stmt *statement, const struct record *record,
	struct store_written *written)
{
	int rc = bind_record(statement, record);

	return rc == SQLITE_OK ? store_write(r->store, r->resource, statement, written) : rc;
}

/* The row must be there, else NOT_FOUND. *parent is its parent's key, if it has one. */
static bool require(struct run *r, const struct resource *resource, int64_t key, int64_t *parent)
{
	sqlite3_stmt *statement = store_statement(r->store, resource, SQL_EXISTS);
	int rc = bind_key(statement, key);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	*parent = rc == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	sqlite3_reset(statement);
	if (rc == SQLITE_DONE)
		return fail(r, FAULT_NOT_FOUND, resource, 0);
	return rc == SQLITE_ROW || fail_store(r, rc);
}

/* A row of the command's resource changes, and with it what is shown of its parent. */
static void note_parent(struct run *r, int64_t parent)
{
	if (r->resource->embedded)
		store_note_change(r->store, r->resource->parent, parent);
}

/* A row of the command's resource. It borrows from the statement, which the caller resets. */
static bool find(struct run *r, sqlite3_stmt *statement, int64_t key, struct record *row)
{
	int rc = bind_key(statement, key);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	if (rc == SQLITE_DONE)
		return fail(r, FAULT_NOT_FOUND, r->resource, 0);
	if (rc != SQLITE_ROW)
		return fail_store(r, rc);
	unsigned field = bind_read_row(statement, r->resource, row);
	if (field == r->resource->nfields)
		return true;
	if (bind_lacked_memory(statement))
		return fail_store(r, SQLITE_NOMEM);
	unreadable_row(row, field);
	return fail(r, FAULT_STORAGE, r->resource, 0);
}

/* The row that the statement stands on, as what is shown of the command's row has it: a child that
 * cannot be read is left out of that. A row that itself cannot be read has no state that a client
 * could know. */
static bool digest_one(struct run *r, sqlite3_stmt *statement, const struct resource *resource,
	struct buf *text, uint64_t *digest)
{
	struct record row;
	unsigned field = bind_read_row(statement, resource, &row);

	if (field < resource->nfields && bind_lacked_memory(statement))
		return fail_store(r, SQLITE_NOMEM);
	if (field < resource->nfields || codec_row_size(&row) > CODEC_ROW_MAX) {
		unreadable_row(&row, field);
		return resource != r->resource || fail(r, FAULT_CHANGED, resource, 0);
	}
	buf_reset(text, SIZE_MAX);
	codec_encode_row(text, &row);
	*digest = digest_row(*digest, resource, buf_view(text));
	return !text->failed || fail_store(r, SQLITE_NOMEM);
}

/* Goes on with the rows of one resource that a READ of the command's row shows, each of which is in
 * text for a while. */
static bool digest_rows(
	struct run *r, const struct resource *resource, struct buf *text, uint64_t *digest)
{
	sqlite3_stmt *statement = store_statement(
		r->store, resource, resource == r->resource ? SQL_READ : SQL_CHILDREN);
	int rc = bind_key(statement, r->command->key);
	bool fine = true;

	while (rc == SQLITE_OK && fine && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
		fine = digest_one(r, statement, resource, text, digest);
		rc = SQLITE_OK;
	}
	sqlite3_reset(statement);
	return fine && (rc == SQLITE_DONE || fail_store(r, rc));
}

/* Of all that a READ of the command's row shows. */
static bool digest_shown(struct run *r, uint64_t *digest)
{
	const struct resource *child = NULL;
	struct buf text;

	*digest = DIGEST_BEGIN;
	buf_init(&text, FRAME_MAX);
	bool done = digest_rows(r, r->resource, &text, digest);
	while (done && (child = resource_next_embedded(r->resource, child)))
		done = digest_rows(r, child, &text, digest);
	buf_done(&text);
	return done;
}

/* What is shown of the command's row must be what one of its digests says, if it has any. */
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
	return fail(r, FAULT_CHANGED, r->resource, 0);
}

/* Actions. */

/* LIST and READ. */
static bool read_rows(struct run *r)
{
	struct reading reading;
	bool fine = reading_begin(&reading, r->store, r->command, r->failure);

	/* What is left out takes time, too, though no room. */
	reading.left_out_most = r->most / LEFT_OUT_BYTES;
	while (fine && reading.resource) {
		fine = reading_frame(&reading, r->out, MORE_COMES, r->failure);
		if (fine && reading.resource && buf_len(r->out) - r->begin > r->most)
			fine = fail(r, FAULT_TOO_LARGE, r->resource, 0);
	}
	reading_end(&reading);
	if (fine && reading.left_out > 0)
		stats_add(STAT_ROWS_LEFT_OUT, reading.left_out);
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

/* The parent of the row that was to be inserted must be there, else NOT_FOUND. Asked only when the
 * insert has failed: SQL_INSERT refuses a row without its parent, before any other constraint, and
 * SQLite does not say why. */
static bool require_parent(struct run *r)
{
	int64_t above;

	return !r->resource->parent || require(r, r->resource->parent, r->command->parent, &above);
}

/* No other row may have a unique value of this one. Else a CONFLICT, which the unique index decides
 * wherever it is not told otherwise. */
static bool require_free(struct run *r, const struct record *row)
{
	if (!sql_applies(r->resource, SQL_TAKEN))
		return true;
	sqlite3_stmt *statement = store_statement(r->store, r->resource, SQL_TAKEN);
	/* A new row has no key. */
	sqlite3_clear_bindings(statement);
	int rc = bind_record(statement, row);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	sqlite3_reset(statement);
	if (rc == SQLITE_ROW)
		return fail(r, FAULT_CONFLICT, r->resource, 0);
	return rc == SQLITE_DONE || fail_store(r, rc);
}

/* What SQLite refuses is found when it does, at no cost. A table that has it do something else than
 * to refuse needs to be asked before. */
static bool require_before(struct run *r, const struct record *row)
{
	if (!store_settles_conflicts(r->store, r->resource))
		return true;
	return (r->command->action != ACTION_CREATE || require_parent(r)) && require_free(r, row);
}

/* A statement went well and wrote nothing. */
static bool fail_ignored(struct run *r)
{
	if (store_settles_conflicts(r->store, r->resource))
		return fail(r, FAULT_CONFLICT, r->resource, 0);
	return failure_ignored(r->failure, r->command);
}

/* A row of the command's resource, with texts of its own. */
static inline bool load(struct run *r, int64_t key, struct record *row)
{
	sqlite3_stmt *statement = store_statement(r->store, r->resource, SQL_READ);
	bool fine = find(r, statement, key, row);

	for (unsigned i = 0; fine && i < r->resource->nfields; i++)
		if (row->values[i].kind == VALUE_STR)
			row->values[i].text = arena_copy(&r->arena, row->values[i].text);
	sqlite3_reset(statement);
	return fine;
}

/* Triggers have written, perhaps this row: the answer is what is stored now. */
static bool reply_stored(struct run *r, const struct record *row)
{
	struct record stored;

	if (load(r, row->values[resource_field_with(r->resource, FIELD_KEY)].integer, &stored))
		return reply_row(r, &stored);
	return r->failure->fault == FAULT_NOT_FOUND ? failure_ignored(r->failure, r->command)
						    : false;
}

static bool reply_written(
	struct run *r, const struct record *row, const struct store_written *written)
{
	return written->more ? reply_stored(r, row) : reply_row(r, row);
}

static bool insert_row(struct run *r, const struct record *row, struct store_written *written)
{
	struct str said = { 0 };
	int rc = write_record(r, store_statement(r->store, r->resource, SQL_INSERT), row, written);

	if (rc == SQLITE_OK && written->rows > 0)
		return true;
	if (rc != SQLITE_OK)
		said = arena_copy(&r->arena, str_from(store_error(r->store)));
	bool refused = rc == SQLITE_OK || (rc & 0xff) == SQLITE_CONSTRAINT;
	if (refused && store_in_transaction(r->store) && !require_parent(r))
		return false;
	return rc == SQLITE_OK ? fail_ignored(r)
			       : failure_said(r->failure, r->store, r->command, rc, said.ptr);
}

static bool create_row(struct run *r)
{
	struct record row = r->command->record;
	struct store_written written;

	complete(&row, r->command->parent);
	if (!require_before(r, &row) || !insert_row(r, &row, &written))
		return false;
	note_parent(r, r->command->parent);
	record_set(&row, resource_field_with(r->resource, FIELD_KEY),
		value_int(store_last_key(r->store)));
	return reply_written(r, &row, &written);
}

/* Writes the row with the command's changes in it. */
static bool change_row(struct run *r, const struct record *row)
{
	struct store_written written;

	if (!require_before(r, row))
		return false;
	int rc = write_record(r,
		store_statement_update(r->store, r->resource, r->command->record.present), row,
		&written);
	if (rc != SQLITE_OK)
		return fail_store(r, rc);
	return written.rows > 0 ? reply_written(r, row, &written) : fail_ignored(r);
}

static bool update_row(struct run *r)
{
	const struct record *changes = &r->command->record;
	struct record row;

	if (!load(r, r->command->key, &row))
		return false;
	uint32_t nulls = record_nulls(changes);
	if (nulls)
		return fail(r, FAULT_NULL_FIELD, r->resource, nulls);
	if (!require_match(r))
		return false;
	for (unsigned i = 0; i < r->resource->nfields; i++)
		if (record_has(changes, i))
			record_set(&row, i, changes->values[i]);
	if (r->resource->parent)
		note_parent(r, row.values[resource_field_with(r->resource, FIELD_PARENT)].integer);
	return changes->present ? change_row(r, &row) : reply_row(r, &row);
}

/* Children stand behind their parents in resources[], so backwards is deepest first. */
static bool delete_below(struct run *r)
{
	for (unsigned i = nresources; i-- > 0;) {
		const struct resource *below = resources[i];
		struct store_written written;
		if (sql_is_below(below, r->resource) &&
			!delete_with_key(r, below,
				store_statement_below(r->store, below, r->resource), &written))
			return false;
	}
	return true;
}

static bool delete_row(struct run *r)
{
	int64_t parent;
	struct store_written written;

	if (!require(r, r->resource, r->command->key, &parent) || !require_match(r) ||
		!delete_below(r) ||
		!delete_with_key(r, r->resource, store_statement(r->store, r->resource, SQL_DELETE),
			&written))
		return false;
	/* A trigger that wrote something in its stead, as one that only marks rows does, has its
	 * way: the reference answers 204, too. */
	if (written.rows == 0 && !written.more)
		return failure_ignored(r->failure, r->command);
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

bool handlers_run(struct store *store, const struct command *command, size_t most, struct buf *out,
	struct failure *failure)
{
	struct run r = {
		.store = store,
		.command = command,
		.resource = command->resource,
		.out = out,
		.begin = buf_len(out),
		.most = most,
		.failure = failure,
	};
	bool done = handlers[command->action](&r);

	if (!done)
		buf_truncate(out, r.begin);
	arena_done(&r.arena);
	return done;
}

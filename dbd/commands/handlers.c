#include "handlers.h"

#include "arena.h"
#include "digest.h"
#include "earlier.h"
#include "linking.h"
#include "moment.h"
#include "random_uuid.h"
#include "reading.h"
#include "refused_values.h"
#include "removal.h"
#include "shown_in.h"
#include "stats.h"
#include "unreadable.h"

enum { LEFT_OUT_BYTES = 64 /* of a reply: what a row that is left out counts */ };

/* A command under way. */
struct run {
	struct engine *engine;
	const struct command *asked;     /* by the worker's declaration */
	const struct command *command;   /* the same by the current one */
	const struct resource *resource; /* of that */
	struct buf *out;
	size_t begin; /* where the reply begins in out */
	size_t most;  /* bytes of a reply of several frames */
	struct failure *failure;
	struct arena arena; /* what must outlive its cursor, or is made here */
};

/* Returns false, for the caller to return. */
static bool fail(struct run *r, enum fault fault, uint64_t fields)
{
	return failure_set(r->failure, fault, r->resource, fields);
}

/* Steps that several actions take. */

static bool put_row(struct run *r, const struct record *row)
{
	struct rows_writer w;

	if (codec_row_size(row) > CODEC_ROW_MAX)
		return fail(r, FAULT_TOO_LARGE, 0);
	codec_rows_begin(&w, r->out, r->command->id, row->resource, -1);
	codec_rows_add(&w, NULL, row);
	codec_rows_end(&w, MORE_NO);
	return true;
}

/* A worker that does not know a choice is about to be replaced: nothing is written, and the client
 * can try again. Not inlined, as it is rare. */
__attribute__((noinline)) static bool reply_earlier(struct run *r, const struct record *row)
{
	struct record converted;

	if (earlier_from_current(&converted, r->asked->resource, row) < row->resource->nfields)
		return fail(r, FAULT_UNAVAILABLE, 0);
	return put_row(r, &converted);
}

static bool reply_row(struct run *r, const struct record *row)
{
	return r->asked == r->command ? put_row(r, row) : reply_earlier(r, row);
}

/* Appends the frames of a reading, which has begun unless it failed, and ends it. */
static bool reply_reading(struct run *r, struct reading *reading, bool fine)
{
	/* Rows that are left out take time, but no bytes. */
	reading->left_out_most = r->most / LEFT_OUT_BYTES;
	while (fine && reading->goes_on) {
		fine = reading_frame(reading, r->out, MORE_COMES, r->failure);
		if (fine && reading->goes_on && buf_len(r->out) - r->begin > r->most)
			fine = fail(r, FAULT_TOO_LARGE, 0);
	}
	reading_end(reading);
	r->engine->command = r->command;
	if (fine && reading->left_out > 0)
		stats_add_shared(STAT_ROWS_LEFT_OUT, 0, reading->left_out);
	return fine;
}

/* Replies with what the answer to a write shows of a row that is in the database. Not inlined, as a
 * reading takes much of the stack. */
__attribute__((noinline)) static bool reply_shown(struct run *r, struct key key)
{
	struct reading reading;
	bool fine = reading_begin_row(
		&reading, r->engine, r->asked, key, command_shown(r->asked), r->failure);

	return reply_reading(r, &reading, fine);
}

/* A row of the command's resource changes, and with it what its owners show. */
static bool note_owners(struct run *r, const struct record *row)
{
	enum fault fault = shown_in_note(r->engine, row);

	return fault == FAULT_NONE || fail(r, fault, 0);
}

/* Reads a row of the command's resource, which borrows from the cursor. */
static bool find(struct run *r, struct cursor *cursor, struct key key, struct record *row)
{
	struct query query = { .resource = r->resource, .kind = QUERY_ROW, .key = key };
	enum fault fault = cursor_open(cursor, r->engine, &query);

	if (fault == FAULT_NONE)
		fault = cursor_next(cursor, row);
	if (fault != FAULT_NONE)
		return fail(r, fault, 0);
	if (!cursor->there)
		return fail(r, FAULT_NOT_FOUND, 0);
	if (cursor->field == resource_columns(r->resource))
		return true;
	unreadable_row(row, cursor->field);
	return fail(r, FAULT_STORAGE, 0);
}

/* Reads a row of the command's resource, with texts of its own. */
static inline bool load(struct run *r, struct key key, struct record *row)
{
	struct cursor cursor;
	bool found = find(r, &cursor, key, row);

	for (unsigned i = 0; found && i < resource_columns(r->resource); i++)
		if (row->values[i].kind == VALUE_STR)
			row->values[i].text = arena_copy(&r->arena, row->values[i].text);
	cursor_close(&cursor);
	return found;
}

/* What a row is shown as: the command's own by this schema. */
static uint64_t shape_of(const struct rows *rows, const struct schema *shown)
{
	return rows->embed ? rows->api->shapes[rows->embed->number] : shown->shape;
}

/* Adds the rows of a frame to the digest, as a worker does. */
static bool digest_frame(
	struct run *r, const struct buf *frame, const struct schema *shown, uint64_t *digest)
{
	struct str payload;
	struct reply reply;
	struct record row;
	size_t size;
	const char *error;
	bool fine =
		!frame->failed && frame_parse(buf_view(frame), &payload, &size) == FRAME_WHOLE &&
		codec_decode_reply(payload, r->asked->api ? r->asked->api : api, &reply, &error);

	while (fine && reply.rows.left > 0) {
		fine = codec_next_row(&reply.rows, &row);
		if (fine)
			*digest = digest_row(*digest, shape_of(&reply.rows, shown), reply.rows.row);
	}
	if (fine)
		return true;
	engine_log_failure(r->engine, FAULT_INTERNAL, "out of memory");
	return fail(r, FAULT_INTERNAL, 0);
}

/* Embedded rows that cannot be read are left out, as they are not shown. If the command's row
 * cannot be read no client can know its state. */
static bool digest_frames(struct run *r, struct reading *reading, struct buf *frame,
	const struct schema *shown, uint64_t *digest)
{
	while (reading->goes_on) {
		buf_reset(frame, SIZE_MAX);
		if (reading_frame(reading, frame, MORE_COMES, r->failure)) {
			if (!digest_frame(r, frame, shown, digest))
				return false;
			continue;
		}
		if (reading->level == reading->levels && reading->levels[0].cursor.there)
			fail(r, FAULT_CHANGED, 0);
		return false;
	}
	return true;
}

/* Computes the digest of everything that a READ of the command's row shows by this schema, from the
 * reply to it. */
static bool digest_shown(struct run *r, const struct schema *shown, uint64_t *digest)
{
	struct reading reading;
	struct buf frame;

	*digest = DIGEST_BEGIN;
	buf_init(&frame, FRAME_HEADER + FRAME_MAX);
	bool done = reading_begin_row(
		&reading, r->engine, r->asked, r->command->key, shown, r->failure);
	r->engine->command = r->command; /* in log lines */
	done = done && digest_frames(r, &reading, &frame, shown, digest);
	reading_end(&reading);
	r->engine->command = r->command;
	buf_done(&frame);
	return done;
}

/* Succeeds if the command has no digests, or if one of them is that of its row, which no client can
 * know that cannot read it. */
static bool require_match(struct run *r)
{
	const struct operation *read = r->asked->resource->by_action[ACTION_READ];
	struct str match = r->command->match;
	uint64_t digest;

	if (!match.ptr)
		return true;
	if (!read || !read->shown)
		return fail(r, FAULT_CHANGED, 0);
	if (!digest_shown(r, read->shown, &digest))
		return false;
	for (; match.len > 0; match = str_from_index(match, sizeof(digest)))
		if (memcmp(match.ptr, &digest, sizeof(digest)) == 0)
			return true;
	return fail(r, FAULT_CHANGED, 0);
}

/* An insert or update has failed. */
static bool fail_write(struct run *r, enum fault fault, const struct written *written)
{
	bool has_fields = fault == FAULT_NOT_FOUND || fault == FAULT_CONFLICT;

	return fail(r, fault, has_fields ? written->fields : 0);
}

/* If triggers have written, perhaps this row, the reply is what is stored now. */
static bool reply_written(struct run *r, const struct record *row, bool reread)
{
	const struct schema *shown = command_shown(r->asked);
	struct key key = key_of_value(&row->values[RESOURCE_KEY]);
	struct record stored;

	if (shown && shown->nembeds > 0) {
		if (reply_shown(r, key))
			return true;
	} else {
		if (!reread)
			return reply_row(r, row);
		if (load(r, key, &stored))
			return reply_row(r, &stored);
	}
	return r->failure->fault == FAULT_NOT_FOUND && fail(r, engine_ignored(r->engine), 0);
}

/* Actions. */

/* LIST and READ. */
static bool read_rows(struct run *r)
{
	struct reading reading;
	bool fine = reading_begin(&reading, r->engine, r->asked, r->failure);

	return reply_reading(r, &reading, fine);
}

/* The key as a value of the field. */
static struct value key_value_for(struct run *r, const struct field *f, struct key key)
{
	char text[UUID_LENGTH];
	struct value value = key_value(f, key, text);

	if (value.kind == VALUE_STR)
		value.text = arena_copy(&r->arena, value.text);
	return value;
}

/* What the server sets: the moment, or a new UUID. */
static struct value value_set(struct run *r, const struct field *f, int64_t moment)
{
	return f->type == FIELD_UUID ? value_text(random_uuid(&r->arena))
				     : moment_value(f, moment, r->engine->ops->keeps_zones);
}

static struct value value_at_creation(struct run *r, const struct field *f, int64_t moment)
{
	bool now = f->flags & FIELD_NOW ||
		   (f->flags & (FIELD_NOW_TOO | FIELD_NULLABLE)) == FIELD_NOW_TOO;

	if ((f->flags & (FIELD_PARENT | FIELD_INPUT)) == FIELD_PARENT)
		return key_value_for(r, f, r->command->parent);
	if (now)
		return value_set(r, f, moment);
	return f->flags & FIELD_PRESET ? f->preset : value_null();
}

/* Sets the fields of a new row that the command does not have, except for a key that the database
 * counts. */
static void complete(struct run *r, struct record *row)
{
	if (resource_has_uuids(r->resource))
		record_set(row, RESOURCE_KEY, value_text(random_uuid(&r->arena)));
	uint64_t absent = record_all(r->resource) & ~row->present & ~(UINT64_C(1) << RESOURCE_KEY);
	int64_t moment = moment_now();

	for (; absent; absent &= absent - 1) {
		unsigned i = (unsigned)__builtin_ctzll(absent);
		record_set(row, i, value_at_creation(r, &r->resource->fields[i], moment));
	}
}

/* The rows with which the command links its row must be there. */
static bool require_linked(struct run *r)
{
	return r->resource->nlinks == 0 ||
	       linking_require(r->engine, &r->arena, &r->command->record, r->failure);
}

static bool set_links(struct run *r, const struct record *row)
{
	return r->resource->nlinks == 0 ||
	       linking_set(r->engine, &r->arena, &r->command->record,
		       key_of_value(&row->values[RESOURCE_KEY]), r->failure);
}

static bool create_row(struct run *r)
{
	struct record row;
	struct written written;

	record_copy(&row, &r->command->record);
	row.resource = r->resource;
	row.present &= record_all(r->resource);
	if (!refused_values_check(r->engine, r->command, r->failure) || !require_linked(r))
		return false;
	complete(r, &row);
	enum fault fault = r->engine->ops->insert(r->engine, &row, &written);
	if (fault != FAULT_NONE)
		return fail_write(r, fault, &written);
	if (!note_owners(r, &row))
		return false;
	if (!resource_has_uuids(r->resource))
		record_set(&row, RESOURCE_KEY, value_int(key_integer(written.key)));
	return set_links(r, &row) && reply_written(r, &row, written.reread);
}

/* Puts the command's changes into its row. Returns true if a value differs from the stored one. */
static bool merge(struct run *r, struct record *row)
{
	const struct record *changes = &r->command->record;
	bool differs = false;

	for (unsigned i = 0; i < resource_columns(r->resource); i++) {
		if (!record_has(changes, i))
			continue;
		differs |= !value_equal(&row->values[i], &changes->values[i]);
		row->values[i] = changes->values[i];
	}
	return differs;
}

/* Writes the row, which has the command's changes in it. As SQLAlchemy's onupdate, what an update
 * sets by itself is set only if a value changes: it sends no UPDATE for others. moves: it then has
 * other owners. */
static bool change_row(struct run *r, struct record *row, bool differs, bool moves)
{
	uint64_t fields = r->command->record.present & record_all(r->resource);
	struct written written;

	if (differs)
		fields |= moment_touch(row, r->engine->ops->keeps_zones);
	enum fault fault = r->engine->ops->update(r->engine, row, fields, &written);
	if (fault != FAULT_NONE)
		return fail_write(r, fault, &written);
	if (moves && !note_owners(r, row))
		return false;
	return set_links(r, row) && reply_written(r, row, written.reread);
}

static bool update_row(struct run *r)
{
	struct record row;

	if (!load(r, r->command->key, &row) ||
		!refused_values_check(r->engine, r->command, r->failure) || !require_match(r) ||
		!require_linked(r) || !note_owners(r, &row))
		return false;
	bool moves = shown_in_moves(&row, &r->command->record);
	bool differs = merge(r, &row);
	if (!(r->command->record.present & record_all(r->resource)))
		return set_links(r, &row) && reply_written(r, &row, false);
	return change_row(r, &row, differs, moves);
}

/* The answer shows the row as it was. */
static bool shows_deleted(const struct run *r)
{
	const struct operation *operation = r->asked->resource->by_action[ACTION_DELETE];

	return operation && operation->answer == ANSWER_ROW;
}

static bool delete_row(struct run *r)
{
	bool shown = shows_deleted(r);
	struct key parent;

	if (!require_match(r))
		return false;
	enum fault fault =
		r->engine->ops->find_parent(r->engine, r->resource, r->command->key, &parent);
	if (fault != FAULT_NONE)
		return fail(r, fault, 0);
	if (shown && !reply_shown(r, r->command->key))
		return false;
	if (!removal_run(r->engine, r->resource, r->command->key, parent, r->failure))
		return false;
	if (!shown)
		codec_encode_done(r->out, r->command->id);
	return true;
}

/* The answer shows the row, or nothing of it. */
static bool reply_linked(struct run *r)
{
	if (command_operation(r->asked)->answer == ANSWER_ROW)
		return reply_shown(r, r->command->key);
	codec_encode_done(r->out, r->command->id);
	return true;
}

/* The rows at both ends of a link must be there. */
static bool require_ends(struct run *r)
{
	const struct command *c = r->command;
	const struct links *links = r->resource->fields[c->links].links;
	struct key parent;

	enum fault fault = r->engine->ops->find_parent(r->engine, r->resource, c->key, &parent);
	if (fault != FAULT_NONE)
		return fail(r, fault, 0);
	if (!require_match(r))
		return false;
	fault = r->engine->ops->find_parent(r->engine, links->to, c->linked, &parent);
	return fault == FAULT_NONE ||
	       fail(r, fault, fault == FAULT_NOT_FOUND ? UINT64_C(1) << c->links : 0);
}

static bool link_rows(struct run *r)
{
	const struct command *c = r->command;

	if (!require_ends(r))
		return false;
	enum fault fault = r->engine->ops->link(r->engine,
		r->resource->fields[c->links].links->table, (struct key[]){ c->key, c->linked });
	return fault == FAULT_NONE ? reply_linked(r) : fail(r, fault, 0);
}

static bool unlink_rows(struct run *r)
{
	const struct command *c = r->command;
	bool done;

	if (!require_ends(r))
		return false;
	enum fault fault =
		r->engine->ops->unlink(r->engine, r->resource->fields[c->links].links->table,
			(struct key[]){ c->key, c->linked }, &done);
	if (fault != FAULT_NONE)
		return fail(r, fault, 0);
	return done ? reply_linked(r) : fail(r, FAULT_NOT_FOUND, UINT64_C(1) << c->links);
}

static bool (*const handlers[])(struct run *r) = {
	[ACTION_LIST] = read_rows,
	[ACTION_CREATE] = create_row,
	[ACTION_READ] = read_rows,
	[ACTION_UPDATE] = update_row,
	[ACTION_DELETE] = delete_row,
	[ACTION_REPLACE] = update_row,
	[ACTION_CHILDREN] = read_rows,
	[ACTION_LINK] = link_rows,
	[ACTION_UNLINK] = unlink_rows,
};
_Static_assert(NITEMS(handlers) == ACTION__COUNT, "an action has no handler");

/* The failure as the worker's declaration has it: a resource that it does not know is replaced by
 * that of the command. */
static void tell_earlier(const struct command *asked, struct failure *failure)
{
	unsigned number = failure->resource->number;
	const struct resource *known =
		number < asked->api->nnumbers ? asked->api->numbered[number] : NULL;

	failure->fields = known && failure->fields ? earlier_fields(known, failure->fields) : 0;
	failure->resource = known ? known : asked->resource;
}

static bool run_command(struct run *r, const struct command *command)
{
	r->command = command;
	r->resource = command->resource;
	r->engine->command = command;
	bool done = handlers[command->action](r);
	r->engine->command = NULL;
	if (!done)
		buf_truncate(r->out, r->begin);
	arena_done(&r->arena);
	return done;
}

/* Not inlined, as it is rare and needs memory for a command. */
__attribute__((noinline)) static bool run_earlier(struct run *r)
{
	struct command current;

	command_copy(&current, r->asked);
	current.resource = earlier_current(r->asked->resource);
	if (current.links)
		current.links = earlier_field(r->asked->resource, current.links);
	/* Values of filters are read by the worker's declaration. */
	if (current.record.present && action_writes(current.action))
		earlier_to_current(&current.record, &r->asked->record);
	bool done = run_command(r, &current);
	if (!done)
		tell_earlier(r->asked, r->failure);
	return done;
}

bool handlers_run(struct engine *engine, const struct command *command, size_t most,
	struct buf *out, struct failure *failure)
{
	struct run r = {
		.engine = engine,
		.asked = command,
		.out = out,
		.begin = buf_len(out),
		.most = most,
		.failure = failure,
	};

	return earlier_current(command->resource) == command->resource ? run_command(&r, command)
								       : run_earlier(&r);
}

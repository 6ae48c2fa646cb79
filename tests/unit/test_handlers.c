/* What each action does, for every resource, over SQLite; what it refuses, and in which order. */
#include "handlers.h"

#include "codec.h"
#include "digest.h"
#include "frame.h"
#include "sample.h"
#include "sql.h"
#include "sqlite_engine.h"
#include "store.h"
#include "store_statements.h"
#include "store_transaction.h"
#include "suite.h"

#include <sqlite3.h>
#include <time.h>

static struct store *store;
static struct arena arena;
static struct buf out;
static struct failure failure;
static size_t most; /* bytes of a reply */

static void setup(void)
{
	struct buf error;

	buf_init(&error, 4096);
	store = store_open_writer(NULL, &error);
	ck_assert_ptr_nonnull(store);
	buf_done(&error);
	buf_init(&out, SIZE_MAX / 2);
	most = SIZE_MAX / 2;
}

static void teardown(void)
{
	buf_done(&out);
	arena_done(&arena);
	store_close(store);
}

/* Running commands and reading replies. */

static const struct engine_ops *other_ops; /* NULL: the engine's own */

static bool run(const struct command *command)
{
	struct engine *engine = sqlite_engine_of(store);

	if (other_ops)
		engine->ops = other_ops;
	buf_reset(&out, 0);
	ck_assert_int_eq(store_step(store, ENGINE_BEGIN_WRITE), SQLITE_OK);
	bool done = handlers_run(engine, command, most, &out, &failure);
	ck_assert_int_eq(store_step(store, done ? ENGINE_COMMIT : ENGINE_ROLLBACK), SQLITE_OK);
	return done;
}

static void must_run(const struct command *command)
{
	ck_assert_msg(run(command), "%s %s: %s", action_name(command->action),
		command->resource->name, fault_text(failure.fault));
}

static void must_fail(
	const struct command *command, enum fault fault, const struct resource *resource)
{
	ck_assert(!run(command));
	ck_assert_str_eq(fault_text(failure.fault), fault_text(fault));
	ck_assert_ptr_eq(sample_concerned(fault, failure.resource, failure.fields), resource);
	ck_assert_uint_eq(buf_len(&out), 0);
}

/* Takes the first frame off out. */
static struct reply take_reply(void)
{
	struct reply reply;
	struct str payload;
	size_t size;
	const char *error;

	ck_assert_int_eq(frame_parse(buf_view(&out), &payload, &size), FRAME_WHOLE);
	ck_assert_msg(codec_decode_reply(payload, api, &reply, &error), "%s", error);
	out.start += size;
	return reply;
}

/* The row of a reply in one frame; embedded: those in it. */
static struct record take_tree(struct rows *embedded)
{
	struct reply reply = take_reply();
	struct record row;

	ck_assert_int_eq(reply.status, STATUS_ROWS);
	ck_assert_int_eq(reply.more, MORE_NO);
	ck_assert(codec_next_row(&reply.rows, &row));
	ck_assert_ptr_null(reply.rows.embed);
	*embedded = reply.rows;
	return row;
}

static struct record take_row(void)
{
	struct rows embedded;
	struct record row = take_tree(&embedded);

	ck_assert_uint_eq(embedded.left, 0);
	return row;
}

static struct command command_for(enum action action, const struct resource *r, int64_t key)
{
	return (struct command){ .id = 7, .action = action, .resource = r, .key = key_int(key) };
}

/* Creates a row and the rows above it; returns the stored row. */
static struct record create(const struct resource *r, unsigned n)
{
	struct command c = command_for(ACTION_CREATE, r, 0);

	if (r->parent)
		c.parent = key_int(create(r->parent, n).values[0].integer);
	c.record = sample_input(&arena, r, n);
	must_run(&c);
	struct record row = take_row();
	for (unsigned i = 0; i < r->nfields; i++)
		if (row.values[i].kind == VALUE_STR)
			row.values[i].text = arena_copy(&arena, row.values[i].text);
	return row;
}

static struct record create_below(const struct resource *r, int64_t parent, unsigned n)
{
	struct command c = command_for(ACTION_CREATE, r, 0);

	c.parent = key_int(parent);
	c.record = sample_input(&arena, r, n);
	must_run(&c);
	return take_row();
}

static void sql(const char *text)
{
	sqlite3 *db = sqlite3_db_handle(store_statement(store, api->resources[0], SQL_LIST));

	ck_assert_msg(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", text,
		sqlite3_errmsg(db));
}

/* Microseconds since 1970, UTC. */
static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Every resource. */

START_TEST(what_is_created_is_read_back_whole)
{
	const struct resource *r = api->resources[_i];
	int64_t before = now();
	struct record created = create(r, 1);

	ck_assert_uint_eq(created.present, (UINT32_C(1) << r->nfields) - 1);
	ck_assert_int_eq(created.values[0].integer, 1);
	for (unsigned i = 0; i < r->nfields; i++) {
		if (r->fields[i].flags & FIELD_PARENT)
			ck_assert_int_eq(created.values[i].integer, 1);
		if (r->fields[i].flags & FIELD_NOW) {
			ck_assert_int_ge(created.values[i].integer, before);
			ck_assert_int_le(created.values[i].integer, now());
		}
	}
	struct command c = command_for(ACTION_READ, r, 1);
	must_run(&c);
	struct record row = take_row();
	sample_assert_same(&row, &created);
}
END_TEST

START_TEST(a_list_is_ordered_by_key)
{
	const struct resource *r = api->resources[_i];
	enum { ROWS = 5 };
	struct record created[ROWS];

	for (unsigned n = 0; n < ROWS; n++)
		created[n] = create(r, n);
	struct command c = command_for(ACTION_LIST, r, 0);
	must_run(&c);
	struct reply reply = take_reply();
	ck_assert(!reply.more);
	ck_assert_uint_eq(reply.rows.left, ROWS);
	for (unsigned n = 0; n < ROWS; n++) {
		struct record row;
		ck_assert(codec_next_row(&reply.rows, &row));
		sample_assert_same(&row, &created[n]);
	}
	ck_assert_uint_eq(buf_len(&out), 0);
}
END_TEST

START_TEST(an_empty_list_is_one_frame_without_rows)
{
	struct command c = command_for(ACTION_LIST, api->resources[_i], 0);

	must_run(&c);
	struct reply reply = take_reply();
	ck_assert_int_eq(reply.status, STATUS_ROWS);
	ck_assert(!reply.more);
	ck_assert_uint_eq(reply.rows.left, 0);
	ck_assert_uint_eq(buf_len(&out), 0);
}
END_TEST

START_TEST(an_update_changes_what_it_names_and_nothing_else)
{
	const struct resource *r = api->resources[_i];
	struct record expected = create(r, 1);

	for (unsigned i = 0; i < r->nfields; i++) {
		if (!(r->fields[i].flags & FIELD_INPUT))
			continue;
		struct record other = sample_input(&arena, r, 2 + i);
		struct command c = command_for(ACTION_UPDATE, r, 1);
		c.record.resource = r;
		record_set(&c.record, i, other.values[i]);
		record_set(&expected, i, other.values[i]);
		must_run(&c);
		struct record row = take_row();
		sample_assert_same(&row, &expected);
		c = command_for(ACTION_READ, r, 1);
		must_run(&c);
		row = take_row();
		sample_assert_same(&row, &expected);
	}
}
END_TEST

START_TEST(an_update_may_change_all_at_once)
{
	const struct resource *r = api->resources[_i];
	struct record expected = create(r, 1), row;
	struct command c = command_for(ACTION_UPDATE, r, 1);

	c.record = sample_input(&arena, r, 2);
	for (unsigned i = 0; i < r->nfields; i++)
		if (record_has(&c.record, i))
			record_set(&expected, i, c.record.values[i]);
	must_run(&c);
	row = take_row();
	sample_assert_same(&row, &expected);
	c = command_for(ACTION_READ, r, 1);
	must_run(&c);
	row = take_row();
	sample_assert_same(&row, &expected);
}
END_TEST

START_TEST(an_empty_update_writes_nothing_and_answers_the_row)
{
	const struct resource *r = api->resources[_i];
	struct record created = create(r, 1);
	sqlite3 *db = sqlite3_db_handle(store_statement(store, r, SQL_LIST));
	int before = sqlite3_total_changes(db);
	struct command c = command_for(ACTION_UPDATE, r, 1);

	c.record.resource = r;
	must_run(&c);
	struct record row = take_row();
	sample_assert_same(&row, &created);
	ck_assert_int_eq(sqlite3_total_changes(db), before);
}
END_TEST

START_TEST(a_row_that_is_absent_is_not_found)
{
	static const enum action actions[] = { ACTION_READ, ACTION_UPDATE, ACTION_DELETE };
	static const int64_t keys[] = { 0, -1, 2, INT64_MAX, INT64_MIN };
	const struct resource *r = api->resources[_i];

	create(r, 1);
	for (size_t i = 0; i < NITEMS(actions); i++) {
		for (size_t j = 0; j < NITEMS(keys); j++) {
			struct command c = command_for(actions[i], r, keys[j]);
			c.record = sample_input(&arena, r, 9);
			must_fail(&c, FAULT_NOT_FOUND, r);
		}
	}
}
END_TEST

START_TEST(a_parent_that_is_absent_is_named)
{
	const struct resource *r = api->resources[_i];

	if (!r->parent)
		return;
	struct command c = command_for(ACTION_CREATE, r, 0);
	c.parent = key_int(1);
	c.record = sample_input(&arena, r, 1);
	must_fail(&c, FAULT_NOT_FOUND, r->parent);
}
END_TEST

/* Row 2 is to get the value that row 1 has in this field. */
static void conflict_in(const struct resource *r, unsigned field)
{
	struct command c = command_for(ACTION_CREATE, r, 0);

	c.parent = key_int(1);
	c.record = sample_input(&arena, r, 3);
	c.record.values[field] = sample_input(&arena, r, 1).values[field];
	must_fail(&c, FAULT_CONFLICT, r);
	c = command_for(ACTION_UPDATE, r, 2);
	c.record.resource = r;
	record_set(&c.record, field, sample_input(&arena, r, 1).values[field]);
	must_fail(&c, FAULT_CONFLICT, r);
	/* Its own value is no conflict. */
	c.key = key_int(1);
	must_run(&c);
}

START_TEST(a_unique_value_that_is_taken_is_a_conflict)
{
	const struct resource *r = api->resources[_i];

	create(r, 1);
	create(r, 2);
	for (unsigned i = 0; i < r->nfields; i++)
		if (r->fields[i].flags & FIELD_UNIQUE)
			conflict_in(r, i);
}
END_TEST

START_TEST(nulls_are_named_after_the_row_was_found_and_before_conflicts)
{
	const struct resource *r = api->resources[_i];
	struct command c = command_for(ACTION_UPDATE, r, 2);
	uint32_t nulls = 0;

	create(r, 1);
	c.record = sample_input(&arena, r, 1);
	for (unsigned i = 0; i < r->nfields; i++) {
		if (!record_has(&c.record, i))
			continue;
		c.record.values[i] = value_null();
		nulls |= UINT32_C(1) << i;
		must_fail(&c, FAULT_NOT_FOUND, r);
		c.key = key_int(1);
		must_fail(&c, FAULT_REFUSED, r);
		ck_assert_uint_eq(failure.fields, nulls);
		c.key = key_int(2);
	}
	create(r, 2);
	c.record = sample_input(&arena, r, 1);
	for (unsigned i = 0; i < r->nfields; i++) {
		if (!record_has(&c.record, i))
			continue;
		/* The others are row 1's, and this is not. */
		c.record.values[i] = value_null();
		must_fail(&c, FAULT_REFUSED, r);
		ck_assert_uint_eq(failure.fields, UINT32_C(1) << i);
		c.record = sample_input(&arena, r, 1);
	}
}
END_TEST

/* A create that would also be a conflict is one, as in the reference, which looks for the unique
 * values first; but not for those that it cannot store. */
START_TEST(a_create_with_refused_values_may_be_a_conflict)
{
	const struct resource *r = api->resources[_i];
	uint64_t unique = resource_fields_with(r, FIELD_UNIQUE);
	struct command c = command_for(ACTION_CREATE, r, 0);

	create(r, 1);
	c.parent = key_int(1);
	for (unsigned i = 0; i < r->nfields; i++) {
		c.record = sample_input(&arena, r, 1);
		if (!record_has(&c.record, i))
			continue;
		c.record.values[i] = value_refused();
		bool conflict = unique && !(unique >> i & 1);
		must_fail(&c, conflict ? FAULT_CONFLICT : FAULT_REFUSED, r);
		ck_assert_uint_eq(failure.fields, conflict ? unique : UINT64_C(1) << i);
		/* Other values are free. */
		c.record = sample_input(&arena, r, 2);
		c.record.values[i] = value_refused();
		must_fail(&c, FAULT_REFUSED, r);
		ck_assert_uint_eq(failure.fields, UINT64_C(1) << i);
	}
}
END_TEST

static bool stores_no_other_letters(const struct field *f, const struct value *v)
{
	(void)f;
	return v->kind != VALUE_STR || !memchr(v->text.ptr, '!', v->text.len);
}

/* An engine may store less than a value says: then it is refused like any other. */
START_TEST(what_the_engine_cannot_store_is_refused)
{
	const struct resource *r = api->resources[_i];
	struct engine_ops ops = *sqlite_engine_of(store)->ops;
	struct command create_one = command_for(ACTION_CREATE, r, 0),
		       update = command_for(ACTION_UPDATE, r, 1);

	create(r, 1);
	ops.fits = stores_no_other_letters;
	other_ops = &ops;
	create_one.parent = key_int(1);
	for (unsigned i = 0; i < r->nfields; i++) {
		create_one.record = sample_input(&arena, r, 2);
		if (!record_has(&create_one.record, i) || r->fields[i].type != FIELD_STR)
			continue;
		create_one.record.values[i] = value_text(STR("!"));
		must_fail(&create_one, FAULT_REFUSED, r);
		ck_assert_uint_eq(failure.fields, UINT64_C(1) << i);
		update.record = create_one.record;
		must_fail(&update, FAULT_REFUSED, r);
		ck_assert_uint_eq(failure.fields, UINT64_C(1) << i);
	}
	create_one.record = sample_input(&arena, r, 2);
	must_run(&create_one);
	other_ops = NULL;
}
END_TEST

START_TEST(a_page_is_part_of_the_list)
{
	static const struct {
		struct page page;
		unsigned rows;
	} pages[] = { { { 0, 2, false, PAGE_AFTER }, 2 }, { { 1, 5, false, PAGE_AFTER }, 2 },
		{ { 3, 1, false, PAGE_AFTER }, 0 }, { { INT64_MIN, 9, false, PAGE_AFTER }, 3 },
		{ { INT64_MAX, 9, false, PAGE_AFTER }, 0 }, { { 0, 0, false, PAGE_SLICE }, 0 },
		{ { 0, 2, false, PAGE_SLICE }, 2 }, { { 1, 5, false, PAGE_SLICE }, 2 },
		{ { 2, UINT32_MAX, false, PAGE_SLICE }, 1 },
		{ { INT64_MAX, 9, false, PAGE_SLICE }, 0 } };
	const struct resource *r = api->resources[_i];

	for (unsigned n = 1; n <= 3; n++)
		create(r, n);
	for (size_t i = 0; i < NITEMS(pages); i++) {
		struct command c = command_for(ACTION_LIST, r, 0);
		c.page = pages[i].page;
		must_run(&c);
		struct reply reply = take_reply();
		ck_assert_uint_eq(reply.rows.left, pages[i].rows);
		for (int64_t key = c.page.after; reply.rows.left > 0; key++) {
			struct record row;
			ck_assert(codec_next_row(&reply.rows, &row));
			if (key < 0)
				key = 0;
			ck_assert_int_eq(row.values[0].integer, key + 1);
		}
	}
}
END_TEST

/* The digest that a worker computes from the answer to a READ. */
static uint64_t digest_shown(const struct resource *r, int64_t key)
{
	struct command c = command_for(ACTION_READ, r, key);
	const struct schema *shown = sample_shown(r, ACTION_READ);
	uint64_t digest = DIGEST_BEGIN;
	struct record row;

	must_run(&c);
	while (buf_len(&out) > 0) {
		struct reply reply = take_reply();
		while (reply.rows.left > 0) {
			ck_assert(codec_next_row(&reply.rows, &row));
			digest = digest_row(
				digest, sample_shape(&reply.rows, shown), reply.rows.row);
		}
	}
	return digest;
}

/* One of several digests must match, after the look-up of the row; embedded rows count, too. */
START_TEST(a_write_may_require_a_digest)
{
	static const enum action actions[] = { ACTION_UPDATE, ACTION_DELETE };
	const struct resource *r = api->resources[_i];

	create(r, 1);
	for (unsigned i = 0; i < api->nresources; i++)
		if (api->resources[i]->parent == r)
			create_below(api->resources[i], 1, 2);
	uint64_t digests[] = { 0, digest_shown(r, 1) };
	for (size_t i = 0; i < NITEMS(actions); i++) {
		struct command c = command_for(actions[i], r, 1);
		c.record.resource = r;
		c.match = (struct str){ (const char *)digests, sizeof(digests[0]) };
		must_fail(&c, FAULT_CHANGED, r);
		c.match.len = 0;
		must_fail(&c, FAULT_CHANGED, r);
		c.key = key_int(2);
		must_fail(&c, FAULT_NOT_FOUND, r);
		c.key = key_int(1);
		c.match.len = sizeof(digests);
		must_run(&c);
		buf_reset(&out, 0);
	}
}
END_TEST

START_TEST(embedded_rows_are_part_of_a_rows_digest)
{
	const struct resource *r = api->resources[_i];
	struct command c = command_for(ACTION_DELETE, r, 1);

	create(r, 1);
	uint64_t digest = digest_shown(r, 1);
	c.match = (struct str){ (const char *)&digest, sizeof(digest) };
	if (sample_shown(r, ACTION_READ)->nembeds == 0) {
		must_run(&c);
		return;
	}
	create_below(r->first_child, 1, 2);
	must_fail(&c, FAULT_CHANGED, r);
	digest = digest_shown(r, 1);
	must_run(&c);
}
END_TEST

static uint32_t count_rows(const struct resource *r)
{
	struct command c = command_for(ACTION_LIST, r, 0);

	must_run(&c);
	return take_reply().rows.left;
}

/* Creates a row of r and one of each resource below and above it; keys are by resource_index. */
static void create_family(const struct resource *r, unsigned n, int64_t *keys)
{
	keys[resource_index(r)] = create(r, n).values[0].integer;
	for (unsigned i = 0; i < api->nresources; i++)
		if (sql_is_below(api->resources[i], r))
			keys[i] = create_below(api->resources[i],
				keys[resource_index(api->resources[i]->parent)], n + i)
					  .values[0]
					  .integer;
}

START_TEST(a_row_is_deleted_with_the_rows_below_it_and_no_others)
{
	const struct resource *r = api->resources[_i];
	int64_t keys[RESOURCE_MAX_FIELDS];
	uint32_t before[RESOURCE_MAX_FIELDS];

	ck_assert_uint_le(api->nresources, NITEMS(keys));
	create_family(r, 100, keys);
	for (unsigned i = 0; i < api->nresources; i++)
		before[i] = count_rows(api->resources[i]);
	create_family(r, 200, keys);
	struct command c = command_for(ACTION_DELETE, r, keys[_i]);
	must_run(&c);
	ck_assert_int_eq(take_reply().status, STATUS_DONE);
	must_fail(&c, FAULT_NOT_FOUND, r);
	for (unsigned i = 0; i < api->nresources; i++) {
		bool gone = api->resources[i] == r || sql_is_below(api->resources[i], r);
		ck_assert_uint_eq(count_rows(api->resources[i]),
			before[i] + (gone || !sql_is_below(r, api->resources[i]) ? 0 : 1));
	}
}
END_TEST

START_TEST(the_key_of_the_last_row_is_used_again)
{
	const struct resource *r = api->resources[_i];

	create(r, 1);
	create(r, 2);
	struct command c = command_for(ACTION_DELETE, r, 2);
	must_run(&c);
	ck_assert_int_eq(create(r, 3).values[0].integer, 2);
}
END_TEST

/* Text. */

START_TEST(nul_bytes_survive_and_count_in_comparisons)
{
	const struct resource *r = api->resources[0];
	static const struct str values[] = { STR_INIT("x\0a"), STR_INIT("x\0b"), STR_INIT("x") };

	for (unsigned n = 0; n < NITEMS(values); n++) {
		struct command c = command_for(ACTION_CREATE, r, 0);
		c.record = sample_input(&arena, r, n);
		c.record.values[1] = value_text(values[n]);
		must_run(&c);
		ck_assert_slice_eq(take_row().values[1].text, values[n]);
		c = command_for(ACTION_READ, r, n + 1);
		must_run(&c);
		ck_assert_slice_eq(take_row().values[1].text, values[n]);
	}
	struct command c = command_for(ACTION_UPDATE, r, 1);
	c.record.resource = r;
	record_set(&c.record, 1, value_text(values[1]));
	must_fail(&c, FAULT_CONFLICT, r);
}
END_TEST

/* Embedded children, long lists. */

START_TEST(a_row_is_followed_by_its_embedded_children)
{
	const struct resource *r = api->resources[0], *child = r->first_child;

	create(r, 1);
	create(r, 2);
	for (unsigned n = 0; n < 3; n++) {
		create_below(child, 1, n);
		create_below(child, 2, 10 + n);
	}
	struct command c = command_for(ACTION_READ, r, 2);
	must_run(&c);
	struct rows embedded;
	ck_assert_int_eq(take_tree(&embedded).values[0].integer, 2);
	for (int64_t key = 2; key <= 6; key += 2) {
		struct record row;
		ck_assert(codec_next_row(&embedded, &row));
		ck_assert_ptr_eq(embedded.embed, sample_embed(child));
		ck_assert_int_eq(row.values[0].integer, key);
	}
	ck_assert_uint_eq(embedded.left, 0);
	ck_assert_uint_eq(buf_len(&out), 0);
}
END_TEST

static struct str long_text(size_t len)
{
	char *text = arena_alloc(&arena, len);

	memset(text, 'x', len);
	return (struct str){ text, len };
}

/* The unbounded text field of the second resource, which a test of frames needs. */
static struct command create_with_text(struct str text)
{
	struct command c = command_for(ACTION_CREATE, api->resources[1], 0);

	c.parent = key_int(1);
	c.record = sample_input(&arena, api->resources[1], 1);
	for (unsigned i = 0; i < api->resources[1]->nfields; i++)
		if (record_has(&c.record, i) &&
			api->resources[1]->fields[i].len.max == FIELD_UNBOUNDED)
			c.record.values[i] = value_text(text);
	return c;
}

START_TEST(a_long_list_comes_in_several_frames)
{
	enum { ROWS = 100, TEXT = 5000, FRAME = 64 * 1024 };
	struct command c = create_with_text(long_text(TEXT));
	uint32_t rows = 0, frames = 0;
	bool more = true;

	create(api->resources[0], 1);
	for (unsigned n = 0; n < ROWS; n++)
		must_run(&c);
	c = command_for(ACTION_LIST, api->resources[1], 0);
	must_run(&c);
	while (more) {
		size_t before = buf_len(&out);
		struct reply reply = take_reply();
		ck_assert_uint_le(before - buf_len(&out), FRAME);
		ck_assert_uint_gt(reply.rows.left, 0);
		rows += reply.rows.left;
		frames++;
		more = reply.more;
	}
	ck_assert_uint_eq(rows, ROWS);
	ck_assert_uint_gt(frames, ROWS * TEXT / FRAME);
	ck_assert_uint_eq(buf_len(&out), 0);
}
END_TEST

/* Whether the list is one frame or a little more, it is answered as a whole or refused. */
START_TEST(a_list_that_is_too_long_is_refused)
{
	enum { ROWS = 100, TEXT = 5000 };
	struct command c = create_with_text(long_text(TEXT));

	create(api->resources[0], 1);
	for (unsigned n = 0; n < ROWS; n++)
		must_run(&c);
	c = command_for(ACTION_LIST, api->resources[1], 0);
	must_run(&c);
	most = buf_len(&out);
	must_run(&c);
	most = buf_len(&out) / 2;
	must_fail(&c, FAULT_TOO_LARGE, api->resources[1]);
	c = command_for(ACTION_READ, api->resources[0], 1);
	must_fail(&c, FAULT_TOO_LARGE, api->resources[0]);
	most = 0;
	c = command_for(ACTION_READ, api->resources[1], 1);
	must_run(&c);
}
END_TEST

START_TEST(a_row_that_no_frame_can_hold_is_refused)
{
	struct command c = create_with_text(long_text(FRAME_MAX));

	create(api->resources[0], 1);
	must_fail(&c, FAULT_TOO_LARGE, api->resources[1]);
	ck_assert(!out.failed);
}
END_TEST

/* Columns whose value is not of their type. */

static const char *const broken[] = {
	"UPDATE posts SET date_posted = 'yesterday' WHERE id = 2",
	"UPDATE posts SET date_posted = 7 WHERE id = 2",
	"UPDATE posts SET title = CAST(x'ff' AS TEXT) WHERE id = 2",
	"UPDATE posts SET user_id = 'x' WHERE id = 2",
};

static void break_second_of(unsigned rows, const char *how)
{
	create(api->resources[0], 1);
	for (unsigned n = 1; n <= rows; n++)
		create_below(api->resources[1], 1, n);
	sql(how);
}

/* The rows of the only frame; embedded: in one of the command's own. */
static void keys_must_be(const int64_t *keys, size_t nkeys, bool embedded)
{
	struct rows rows;
	struct record row;

	if (embedded)
		take_tree(&rows);
	else
		rows = take_reply().rows;
	for (size_t i = 0; i < nkeys; i++) {
		ck_assert(codec_next_row(&rows, &row));
		ck_assert_int_eq(row.values[0].integer, keys[i]);
		ck_assert_int_eq(rows.embed != NULL, embedded);
	}
	ck_assert_uint_eq(rows.left, 0);
}

#define KEYS_MUST_BE(...)                                                                          \
	keys_must_be((const int64_t[]){ __VA_ARGS__ }, NITEMS(((const int64_t[]){ __VA_ARGS__ })), \
		false)

START_TEST(a_broken_row_is_a_fault_when_it_is_read_alone)
{
	break_second_of(2, broken[_i]);
	struct command c = command_for(ACTION_READ, api->resources[1], 2);
	must_fail(&c, FAULT_STORAGE, api->resources[1]);
	c = command_for(ACTION_READ, api->resources[1], 1);
	must_run(&c);
	c = command_for(ACTION_UPDATE, api->resources[1], 2);
	c.record = sample_input(&arena, api->resources[1], 3);
	must_fail(&c, FAULT_STORAGE, api->resources[1]);
}
END_TEST

START_TEST(a_broken_row_is_left_out_of_lists)
{
	break_second_of(3, broken[_i]);
	struct command c = command_for(ACTION_LIST, api->resources[1], 0);
	must_run(&c);
	KEYS_MUST_BE(1, 3);
	c.page = (struct page){ .kind = PAGE_AFTER, .limit = 2, .count = true };
	must_run(&c);
	KEYS_MUST_BE(1, 3);
	must_run(&c);
	ck_assert_int_eq(take_reply().total, 3);
}
END_TEST

START_TEST(a_broken_child_is_left_out_of_its_parent_and_of_the_parents_digest)
{
	struct command c = command_for(ACTION_UPDATE, api->resources[0], 1);

	break_second_of(3, "UPDATE posts SET date_posted = 7 WHERE id = 2");
	uint64_t digest = digest_shown(api->resources[0], 1);
	c.match = (struct str){ (const char *)&digest, sizeof(digest) };
	c.record.resource = api->resources[0];
	must_run(&c);
	c = command_for(ACTION_READ, api->resources[0], 1);
	must_run(&c);
	keys_must_be((const int64_t[]){ 1, 3 }, 2, true);
}
END_TEST

/* But not with a condition: no client has seen its state. */
START_TEST(a_broken_row_can_be_deleted)
{
	uint64_t digest = 1;
	struct command c = command_for(ACTION_DELETE, api->resources[1], 2);

	break_second_of(2, broken[_i]);
	c.match = (struct str){ (const char *)&digest, sizeof(digest) };
	must_fail(&c, FAULT_CHANGED, api->resources[1]);
	c.match = (struct str){ NULL, 0 };
	must_run(&c);
	must_fail(&c, FAULT_NOT_FOUND, api->resources[1]);
}
END_TEST

START_TEST(a_page_has_as_many_rows_although_others_are_left_out)
{
	struct command c = command_for(ACTION_LIST, api->resources[1], 0);

	break_second_of(9, "UPDATE posts SET date_posted = 7 WHERE id IN (1, 3, 4, 5, 6, 9)");
	c.page = (struct page){ .kind = PAGE_AFTER, .limit = 1 };
	must_run(&c);
	KEYS_MUST_BE(2);
	c.page = (struct page){ .kind = PAGE_AFTER, .after = 2, .limit = 2 };
	must_run(&c);
	KEYS_MUST_BE(7, 8);
	c.page = (struct page){ .kind = PAGE_AFTER, .after = 8, .limit = 2 };
	must_run(&c);
	ck_assert_uint_eq(take_reply().rows.left, 0);
}
END_TEST

/* Rows that are left out take time, but no bytes. */
START_TEST(a_list_that_leaves_out_too_many_rows_is_refused)
{
	enum { ROWS = 20 };
	struct command c = command_for(ACTION_LIST, api->resources[1], 0);

	break_second_of(ROWS, "UPDATE posts SET date_posted = 7 WHERE id > 1");
	most = 64 * ROWS;
	must_run(&c);
	KEYS_MUST_BE(1);
	most /= 2;
	must_fail(&c, FAULT_TOO_LARGE, api->resources[1]);
}
END_TEST

static const struct {
	const char *text;
	struct value value;
} moments[] = {
	{ "1970-01-02", { .kind = VALUE_INT, .integer = INT64_C(86400000000) } },
	{ "1970-01-01T00:00:01Z", { .kind = VALUE_ZONED, .integer = 1000000 } },
	{ "1970-01-01T02:00:00+02:00",
		{ .kind = VALUE_ZONED, .integer = INT64_C(7200000000), .offset = 7200 } },
	{ "1970-01-01 00:00:00.5-23:59:59.9",
		{ .kind = VALUE_ZONED, .integer = 500000, .offset = -86400 } },
};

/* The stored value stays as another program wrote it. */
START_TEST(a_date_is_shown_with_its_zone_by_all_actions)
{
	struct command read = command_for(ACTION_READ, api->resources[1], 1), update = read;

	create(api->resources[1], 1);
	sql(arena_printf(&arena, "UPDATE posts SET date_posted = '%s'", moments[_i].text).ptr);
	must_run(&read);
	struct record want = take_row();
	ck_assert_int_eq(want.values[4].kind, moments[_i].value.kind);
	ck_assert_int_eq(want.values[4].integer, moments[_i].value.integer);
	if (want.values[4].kind == VALUE_ZONED)
		ck_assert_int_eq(want.values[4].offset, moments[_i].value.offset);
	uint64_t digest = digest_shown(api->resources[1], 1);
	update.action = ACTION_UPDATE;
	update.record = sample_input(&arena, api->resources[1], 2);
	update.match = (struct str){ (const char *)&digest, sizeof(digest) };
	must_run(&update);
	struct record updated = take_row();
	updated.present = want.present = 1 << 4;
	sample_assert_same(&updated, &want);
	/* 1 if it is the same. */
	sql(arena_printf(&arena, "UPDATE posts SET user_id = date_posted = '%s'", moments[_i].text)
			.ptr);
	must_run(&read);
	ck_assert_int_eq(take_row().values[3].integer, 1);
}
END_TEST

START_TEST(a_failed_command_leaves_no_statement_open)
{
	create(api->resources[1], 1);
	sql("UPDATE posts SET date_posted = 'never'");
	struct command c = command_for(ACTION_READ, api->resources[1], 1);
	must_fail(&c, FAULT_STORAGE, api->resources[1]);
	/* SQLite refuses this while a statement is open. */
	sql("DROP TABLE posts");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("handlers");
	TCase *all = tcase_create("every resource");
	TCase *tc = tcase_create("rows");
	int n = (int)api->nresources;

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_loop_test(all, what_is_created_is_read_back_whole, 0, n);
	tcase_add_loop_test(all, a_list_is_ordered_by_key, 0, n);
	tcase_add_loop_test(all, an_empty_list_is_one_frame_without_rows, 0, n);
	tcase_add_loop_test(all, an_update_changes_what_it_names_and_nothing_else, 0, n);
	tcase_add_loop_test(all, an_update_may_change_all_at_once, 0, n);
	tcase_add_loop_test(all, an_empty_update_writes_nothing_and_answers_the_row, 0, n);
	tcase_add_loop_test(all, a_row_that_is_absent_is_not_found, 0, n);
	tcase_add_loop_test(all, a_parent_that_is_absent_is_named, 0, n);
	tcase_add_loop_test(all, a_unique_value_that_is_taken_is_a_conflict, 0, n);
	tcase_add_loop_test(all, a_page_is_part_of_the_list, 0, n);
	tcase_add_loop_test(all, a_write_may_require_a_digest, 0, n);
	tcase_add_loop_test(all, embedded_rows_are_part_of_a_rows_digest, 0, n);
	tcase_add_loop_test(
		all, nulls_are_named_after_the_row_was_found_and_before_conflicts, 0, n);
	tcase_add_loop_test(all, a_create_with_refused_values_may_be_a_conflict, 0, n);
	tcase_add_loop_test(all, what_the_engine_cannot_store_is_refused, 0, n);
	tcase_add_loop_test(all, a_row_is_deleted_with_the_rows_below_it_and_no_others, 0, n);
	tcase_add_loop_test(all, the_key_of_the_last_row_is_used_again, 0, n);
	suite_add_tcase(suite, all);

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, nul_bytes_survive_and_count_in_comparisons);
	tcase_add_test(tc, a_row_is_followed_by_its_embedded_children);
	tcase_add_test(tc, a_long_list_comes_in_several_frames);
	tcase_add_test(tc, a_list_that_is_too_long_is_refused);
	tcase_add_test(tc, a_row_that_no_frame_can_hold_is_refused);
	tcase_add_loop_test(tc, a_broken_row_is_a_fault_when_it_is_read_alone, 0, NITEMS(broken));
	tcase_add_loop_test(tc, a_broken_row_is_left_out_of_lists, 0, NITEMS(broken));
	tcase_add_test(tc, a_broken_child_is_left_out_of_its_parent_and_of_the_parents_digest);
	tcase_add_loop_test(tc, a_broken_row_can_be_deleted, 0, NITEMS(broken));
	tcase_add_test(tc, a_page_has_as_many_rows_although_others_are_left_out);
	tcase_add_test(tc, a_list_that_leaves_out_too_many_rows_is_refused);
	tcase_add_loop_test(tc, a_date_is_shown_with_its_zone_by_all_actions, 0, NITEMS(moments));
	tcase_add_test(tc, a_failed_command_leaves_no_statement_open);
	suite_add_tcase(suite, tc);
	return suite;
}

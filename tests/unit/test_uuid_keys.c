/* Rows with UUIDs as keys: commands over SQLite as a worker sends them, and what they invalidate.
 */
#include "arena.h"
#include "codec.h"
#include "frame.h"
#include "group.h"
#include "handlers.h"
#include "log.h"
#include "sample.h"
#include "source_file.h"
#include "sqlite_engine.h"
#include "store.h"
#include "store_changes.h"
#include "store_statements.h"
#include "suite.h"

#include <sqlite3.h>
#include <unistd.h>

static struct generations *table;
static struct changes *changes;
static struct store *store;
static struct arena arena;
static struct buf frames, wire;
static struct reply reply; /* of the last command */

static const struct resource *category, *author, *book, *chapter, *shelf, *copy;

static void use_library(void)
{
	static const struct api *library;

	if (!library)
		library = sample_read_api(source_file_read(&arena, "tests/apis/uuids.json"));
	api_use(library);
	category = sample_resource("category");
	author = sample_resource("author");
	book = sample_resource("book");
	chapter = sample_resource("chapter");
	shelf = sample_resource("shelf");
	copy = sample_resource("copy");
}

static void setup(void)
{
	int fds[GENERATIONS_END__COUNT];
	struct buf error;

	use_library();
	ck_assert_int_eq(generations_create(fds), 0);
	table = generations_map(fds[GENERATIONS_WRITE], GENERATIONS_WRITE);
	ck_assert_ptr_nonnull(table);
	close(fds[GENERATIONS_READ]);
	buf_init(&error, 4096);
	store = store_open_writer(NULL, &error);
	ck_assert_msg(store, "%.*s", STR_ARGS(buf_view(&error)));
	buf_done(&error);
	changes = changes_new(table);
	store_publish_changes(store, changes);
	buf_init(&frames, SIZE_MAX / 2);
	buf_init(&wire, SIZE_MAX / 2);
}

static void teardown(void)
{
	store_close(store);
	changes_free(changes);
	arena_done(&arena);
	buf_done(&frames);
	buf_done(&wire);
}

static void sql(const char *text)
{
	sqlite3 *db = sqlite3_db_handle(store_statement(store, author, SQL_LIST));

	ck_assert_msg(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", text,
		sqlite3_errmsg(db));
}

/* Commands. */

static struct command command_for(enum action action, const struct resource *r, struct key key)
{
	return (struct command){ .deadline = UINT64_MAX,
		.action = action,
		.resource = r,
		.key = key,
		.record.resource = r };
}

static struct reply take_frame(void)
{
	struct reply got;
	struct str payload;
	size_t size;
	const char *error;

	ck_assert_int_eq(frame_parse(buf_view(&frames), &payload, &size), FRAME_WHOLE);
	ck_assert_msg(codec_decode_reply(payload, api, &got, &error), "%s", error);
	frames.start += size;
	return got;
}

/* Over the wire to the writer, or to a reader. FAULT_NONE: done; the first frame is in reply. */
static enum fault ask(const struct command *sent)
{
	struct job_list jobs = { 0 };
	struct group_counts counts = { 0 };
	struct command command;
	struct str payload;
	size_t size;
	const char *error;

	buf_reset(&wire, 0);
	codec_encode_command(&wire, sent);
	ck_assert_int_eq(frame_parse(buf_view(&wire), &payload, &size), FRAME_WHOLE);
	ck_assert_msg(codec_decode_command(payload, api, &command, &error), "%s", error);
	job_append(&jobs, job_new(JOB_WRITE, &command, NULL));
	group_run(sqlite_engine_of(store), &jobs, &counts);
	buf_reset(&frames, 0);
	buf_str(&frames, buf_view(&jobs.first->reply));
	job_free(job_take(&jobs));
	reply = take_frame();
	return reply.status == STATUS_FAULT ? reply.fault : FAULT_NONE;
}

static struct record next_row(void)
{
	struct record row;

	ck_assert(codec_next_row(&reply.rows, &row));
	for (unsigned i = 0; i < row.resource->nfields; i++)
		if (row.values[i].kind == VALUE_STR)
			row.values[i].text = arena_copy(&arena, row.values[i].text);
	return row;
}

static struct key key_of(const struct record *row)
{
	return key_of_value(&row->values[RESOURCE_KEY]);
}

static const struct value *value_of(const struct record *row, const char *field)
{
	return &row->values[resource_field_named(row->resource, field)];
}

/* A reference; null without a key. */
static struct value reference(const struct resource *r, const char *field, const struct key *to)
{
	char *text = arena_alloc(&arena, UUID_LENGTH);

	return to ? key_value(&r->fields[resource_field_named(r, field)], *to, text) : value_null();
}

static void set(struct command *c, const char *field, struct value value)
{
	record_set(&c->record, resource_field_named(c->resource, field), value);
}

static struct command new_row(const struct resource *r, struct key parent)
{
	struct command c = command_for(ACTION_CREATE, r, key_none());

	c.parent = parent;
	return c;
}

static struct record created(const struct command *c)
{
	ck_assert_int_eq(ask(c), FAULT_NONE);
	return next_row();
}

static struct key named(const struct resource *r, const char *name)
{
	struct command c = new_row(r, key_none());

	set(&c, r == shelf ? "place" : "name", value_text(str_from(name)));
	const struct record row = created(&c);
	return key_of(&row);
}

static struct command new_book(struct key parent, const struct key *in)
{
	struct command c = new_row(book, parent);

	set(&c, "title", value_text(STR("T")));
	set(&c, "category_id", reference(book, "category_id", in));
	return c;
}

static struct key add_book(struct key parent, const struct key *in)
{
	struct command c = new_book(parent, in);
	const struct record row = created(&c);

	return key_of(&row);
}

static struct key add_chapter(struct key parent, const struct key *quotes)
{
	struct command c = new_row(chapter, parent);

	set(&c, "title", value_text(STR("One")));
	set(&c, "quotes_id", reference(chapter, "quotes_id", quotes));
	const struct record row = created(&c);
	return key_of(&row);
}

static struct command new_copy(struct key on, struct key of, int64_t bought)
{
	struct command c = new_row(copy, on);

	set(&c, "book_id", reference(copy, "book_id", &of));
	set(&c, "bought", value_int(bought));
	return c;
}

static struct key add_copy(struct key on, struct key of, int64_t bought)
{
	struct command c = new_copy(on, of, bought);
	const struct record row = created(&c);

	return key_of(&row);
}

static enum fault do_with(enum action action, const struct resource *r, struct key key)
{
	struct command c = command_for(action, r, key);

	return ask(&c);
}

static uint32_t count_rows(const struct resource *r)
{
	struct command c = command_for(ACTION_LIST, r, key_none());

	ck_assert_int_eq(ask(&c), FAULT_NONE);
	return reply.rows.left;
}

/* What the workers see. */

static struct generation_stamp stamp_of(unsigned place)
{
	struct generation_stamp stamp;

	ck_assert(generations_stamp(table, place, &stamp));
	return stamp;
}

static struct generation_stamp row_stamp(const struct resource *r, struct key key)
{
	return stamp_of(generations_row(r, key));
}

static struct generation_stamp list_stamp(const struct resource *r)
{
	return stamp_of(generations_list(r));
}

static bool holds(const struct generation_stamp *stamp)
{
	return generations_hold(table, stamp);
}

/* Tests. */

START_TEST(a_new_row_has_a_random_uuid)
{
	struct key a = named(author, "a"), b = named(author, "b");

	ck_assert(!key_equal(a, b));
	ck_assert_uint_eq(a.high >> 12 & 0xf, 4); /* RFC 9562 5.4: the version */
	ck_assert_uint_eq(a.low >> 62, 2);        /* and the variant */
	ck_assert_int_eq(do_with(ACTION_READ, author, a), FAULT_NONE);
	const struct record row = next_row();
	ck_assert(key_equal(key_of(&row), a));
	ck_assert_slice_eq(value_of(&row, "name")->text, STR("a"));
	ck_assert_int_eq(
		do_with(ACTION_READ, author, (struct key){ a.high, a.low ^ 1 }), FAULT_NOT_FOUND);
}
END_TEST

START_TEST(parents_and_references_have_the_uuids_of_their_rows)
{
	struct key in = named(category, "c"), a = named(author, "a"), other = { 1, 2 };
	struct command c = new_book(a, &in);
	struct record row = created(&c);

	ck_assert(key_equal(key_of_value(value_of(&row, "author_id")), a));
	ck_assert(key_equal(key_of_value(value_of(&row, "category_id")), in));
	c = new_book(other, &in);
	ck_assert_int_eq(ask(&c), FAULT_NOT_FOUND);
	ck_assert_uint_eq(reply.fields, UINT64_C(1) << book->parent_field);
	c = new_book(a, &other);
	ck_assert_int_eq(ask(&c), FAULT_NOT_FOUND);
	ck_assert_uint_eq(reply.fields, UINT64_C(1) << resource_field_named(book, "category_id"));
	c = command_for(ACTION_UPDATE, book, key_of(&row));
	set(&c, "category_id", reference(book, "category_id", &other));
	ck_assert_int_eq(ask(&c), FAULT_NOT_FOUND);
	set(&c, "category_id", value_null());
	row = created(&c);
	ck_assert_int_eq(value_of(&row, "category_id")->kind, VALUE_NULL);
}
END_TEST

START_TEST(a_tree_may_mix_integers_and_uuids)
{
	struct key a = named(author, "a"), b = add_book(a, NULL), on = named(shelf, "s");
	struct key first = add_chapter(b, &b), second = add_chapter(b, NULL);

	ck_assert_int_eq(key_integer(first), 1);
	ck_assert_int_eq(key_integer(second), 2);
	add_copy(on, b, 7);
	ck_assert_int_eq(do_with(ACTION_READ, author, a), FAULT_NONE);
	next_row();
	struct record row = next_row();
	ck_assert_ptr_eq(row.resource, book);
	ck_assert(key_equal(key_of(&row), b));
	row = next_row();
	ck_assert_ptr_eq(row.resource, chapter);
	ck_assert_int_eq(key_integer(key_of(&row)), 1);
	ck_assert(key_equal(key_of_value(value_of(&row, "book_id")), b));
	ck_assert(key_equal(key_of_value(value_of(&row, "quotes_id")), b));
}
END_TEST

/* Random keys have another order. */
START_TEST(lists_are_in_the_order_of_insertion)
{
	enum { ROWS = 20 };
	struct key keys[ROWS], a = named(author, "a"), on = named(shelf, "s");

	for (unsigned i = 0; i < ROWS; i++)
		keys[i] = add_book(a, NULL);
	ck_assert_uint_eq(count_rows(book), ROWS);
	for (unsigned i = 0; i < ROWS; i++) {
		const struct record row = next_row();
		ck_assert(key_equal(key_of(&row), keys[i]));
	}
	ck_assert_int_eq(do_with(ACTION_READ, author, a), FAULT_NONE);
	next_row();
	for (unsigned i = 0; i < ROWS; i++) {
		const struct record row = next_row();
		ck_assert(key_equal(key_of(&row), keys[i]));
	}
	for (unsigned i = 0; i < ROWS; i++)
		keys[i] = add_copy(on, keys[i], i / 2);
	struct command c = command_for(ACTION_LIST, copy, key_none());
	c.page = (struct page){ .kind = PAGE_SLICE, .after = 2, .limit = 2 };
	ck_assert_int_eq(ask(&c), FAULT_NONE);
	ck_assert_uint_eq(reply.rows.left, 2);
	for (unsigned i = 0; i < 2; i++) {
		const struct record row = next_row();
		ck_assert_int_eq(value_of(&row, "bought")->integer, ROWS / 2 - 2);
	}
}
END_TEST

START_TEST(a_page_after_a_key_is_no_command)
{
	struct command c = command_for(ACTION_LIST, book, key_none()), got;
	struct str payload;
	size_t size;
	const char *error;

	c.page = (struct page){ .kind = PAGE_AFTER, .after = 2, .limit = 2 };
	codec_encode_command(&wire, &c);
	ck_assert_int_eq(frame_parse(buf_view(&wire), &payload, &size), FRAME_WHOLE);
	ck_assert(!codec_decode_command(payload, api, &got, &error));
}
END_TEST

/* Deletions. */

START_TEST(a_deletion_takes_along_what_refers_to_the_row)
{
	struct key a = named(author, "a"), b = add_book(a, NULL), other = add_book(a, NULL);
	struct key on = named(shelf, "s");

	add_chapter(b, NULL);
	add_chapter(other, &b);
	add_chapter(other, NULL);
	add_copy(on, b, 1);
	add_copy(on, other, 2);
	ck_assert_int_eq(do_with(ACTION_DELETE, book, b), FAULT_NONE);
	ck_assert_uint_eq(count_rows(book), 1);
	ck_assert_uint_eq(count_rows(chapter), 1);
	ck_assert_uint_eq(count_rows(copy), 1);
	ck_assert_int_eq(do_with(ACTION_DELETE, shelf, on), FAULT_NONE);
	ck_assert_uint_eq(count_rows(copy), 0);
	ck_assert_int_eq(do_with(ACTION_DELETE, author, a), FAULT_NONE);
	ck_assert_uint_eq(count_rows(book), 0);
	ck_assert_uint_eq(count_rows(chapter), 0);
}
END_TEST

START_TEST(a_reference_may_restrict)
{
	struct key in = named(category, "c"), a = named(author, "a"), b = add_book(a, &in);

	ck_assert_int_eq(do_with(ACTION_DELETE, category, in), FAULT_IN_USE);
	ck_assert_int_eq(do_with(ACTION_DELETE, book, b), FAULT_NONE);
	ck_assert_int_eq(do_with(ACTION_DELETE, category, in), FAULT_NONE);
}
END_TEST

/* What is invalidated. */

START_TEST(a_write_invalidates_its_row_and_what_shows_it)
{
	struct key a = named(author, "a"), b = add_book(a, NULL), other = named(author, "b");
	struct generation_stamp row = row_stamp(book, b), list = list_stamp(book),
				above = row_stamp(author, a), beside = row_stamp(author, other);
	struct command c = command_for(ACTION_UPDATE, book, b);

	set(&c, "title", value_text(STR("U")));
	ck_assert_int_eq(ask(&c), FAULT_NONE);
	ck_assert(!holds(&row) && !holds(&list) && !holds(&above));
	ck_assert(holds(&beside));
	row = row_stamp(book, b);
	list = list_stamp(book);
	above = row_stamp(author, a);
	ck_assert_int_eq(do_with(ACTION_DELETE, book, b), FAULT_NONE);
	ck_assert(!holds(&row) && !holds(&list) && !holds(&above));
	ck_assert(holds(&beside));
	list = list_stamp(book);
	above = row_stamp(author, a);
	add_book(a, NULL);
	ck_assert(!holds(&list) && !holds(&above));
	ck_assert(holds(&beside));
}
END_TEST

/* The rows below are deleted with the shelf by one statement. */
START_TEST(a_deletion_invalidates_the_rows_below)
{
	struct key a = named(author, "a"), b = add_book(a, NULL);
	struct key on = named(shelf, "s"), of = add_copy(on, b, 1);
	struct key beside = add_copy(named(shelf, "t"), b, 2);
	struct generation_stamp deleted = row_stamp(copy, of), list = list_stamp(copy),
				stays = row_stamp(copy, beside);

	ck_assert_int_eq(do_with(ACTION_DELETE, shelf, on), FAULT_NONE);
	ck_assert(!holds(&deleted) && !holds(&list));
	ck_assert(holds(&stays));
}
END_TEST

/* SQLite reports the rowids of the rows that a trigger changes, and not their keys. */
START_TEST(a_trigger_that_changes_such_rows_invalidates_everything)
{
	struct key a = named(author, "a"), b = add_book(a, NULL), on = named(shelf, "s");
	struct generation_stamp row = row_stamp(book, b), beside = row_stamp(author, a);

	sql("CREATE TRIGGER t AFTER UPDATE ON shelves BEGIN UPDATE books SET title = 'X'; END");
	struct command c = command_for(ACTION_UPDATE, shelf, on);
	set(&c, "place", value_text(STR("u")));
	ck_assert_int_eq(ask(&c), FAULT_NONE);
	ck_assert(!holds(&row) && !holds(&beside));
}
END_TEST

/* Rows of other programs. */

START_TEST(a_row_whose_key_is_no_uuid_is_left_out)
{
	struct key a = named(author, "a");

	add_book(a, NULL);
	sql("INSERT INTO books (id, title, author_id) SELECT 'seven', 'T', id FROM authors");
	sql("INSERT INTO authors VALUES (7, 'Ann')");
	ck_assert_uint_eq(count_rows(book), 1);
	ck_assert_uint_eq(count_rows(author), 1);
	ck_assert_int_eq(do_with(ACTION_READ, author, a), FAULT_NONE);
	next_row();
	next_row();
	ck_assert_uint_eq(reply.rows.left, 0);
	/* It cannot be deleted with its author, since what refers to it cannot be found. */
	ck_assert_int_eq(do_with(ACTION_DELETE, author, a), FAULT_STORAGE);
}
END_TEST

START_TEST(a_key_may_be_stored_with_hyphens)
{
	struct key key = { UINT64_C(0x0011223344556677), UINT64_C(0x8899aabbccddeeff) };

	sql("INSERT INTO authors VALUES ('00112233-4455-6677-8899-AABBCCDDEEFF', 'Ann')");
	ck_assert_uint_eq(count_rows(author), 1);
	const struct record row = next_row();
	ck_assert(key_equal(key_of(&row), key));
	/* As in the reference, which compares texts. */
	ck_assert_int_eq(do_with(ACTION_READ, author, key), FAULT_NOT_FOUND);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("uuid_keys");
	TCase *tests = tcase_create("uuid_keys");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_new_row_has_a_random_uuid);
	tcase_add_test(tests, parents_and_references_have_the_uuids_of_their_rows);
	tcase_add_test(tests, a_tree_may_mix_integers_and_uuids);
	tcase_add_test(tests, lists_are_in_the_order_of_insertion);
	tcase_add_test(tests, a_page_after_a_key_is_no_command);
	tcase_add_test(tests, a_deletion_takes_along_what_refers_to_the_row);
	tcase_add_test(tests, a_reference_may_restrict);
	tcase_add_test(tests, a_write_invalidates_its_row_and_what_shows_it);
	tcase_add_test(tests, a_deletion_invalidates_the_rows_below);
	tcase_add_test(tests, a_trigger_that_changes_such_rows_invalidates_everything);
	tcase_add_test(tests, a_row_whose_key_is_no_uuid_is_left_out);
	tcase_add_test(tests, a_key_may_be_stored_with_hyphens);
	suite_add_tcase(suite, tests);
	return suite;
}

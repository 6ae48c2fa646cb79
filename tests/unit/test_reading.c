/* The frames of a LIST or a READ, over an engine without a database. */
#include "reading.h"

#include "fake_engine.h"
#include "frame.h"
#include "sample.h"
#include "suite.h"

/* The first two resources: a parent and what is shown in it. */
#define PARENT api->resources[0]
#define CHILD  api->resources[1]

static struct fake_engine fake;
static struct arena arena;
static struct buf out;
static struct reading reading;
static struct failure failure;

static void setup(void)
{
	fake_engine_init(&fake);
	buf_init(&out, SIZE_MAX / 2);
}

static void teardown(void)
{
	reading_end(&reading);
	ck_assert_uint_eq(fake.cursors, 0);
	ck_assert_ptr_null(fake.engine.command);
	buf_done(&out);
	arena_done(&arena);
}

static struct record row_of(const struct resource *r, int64_t key, int64_t parent)
{
	struct record row = sample_input(&arena, r, (unsigned)key);

	for (unsigned i = 0; i < r->nfields; i++) {
		if (r->fields[i].flags & FIELD_KEY)
			record_set(&row, i, value_int(key));
		if (r->fields[i].flags & FIELD_PARENT)
			record_set(&row, i, value_int(parent));
		if (r->fields[i].flags & FIELD_NOW)
			record_set(&row, i, value_int(0));
	}
	return row;
}

static void add(const struct resource *r, int64_t key, int64_t parent)
{
	struct record row = row_of(r, key, parent);

	fake_engine_add(&fake, &row, r->nfields);
}

static void add_unreadable(const struct resource *r, int64_t key)
{
	struct record row = row_of(r, key, 1);

	fake_engine_add(&fake, &row, 1);
}

static void add_large(int64_t key, size_t size)
{
	struct record row = row_of(CHILD, key, 1);
	char *text = arena_alloc(&arena, size);

	memset(text, 'x', size);
	for (unsigned i = 0; i < CHILD->nfields; i++)
		if (CHILD->fields[i].len.max == FIELD_UNBOUNDED && row.values[i].kind == VALUE_STR)
			row.values[i].text = (struct str){ text, size };
	fake_engine_add(&fake, &row, CHILD->nfields);
}

/* Reads all frames. rows: those of each resource. Returns the number of frames, or 0 on failure. */
static unsigned read_all(const struct command *command, unsigned rows[2])
{
	unsigned frames = 0;
	bool fine = reading_begin(&reading, &fake.engine, command, &failure);

	rows[0] = rows[1] = 0;
	while (fine && reading.goes_on) {
		struct reply reply;
		struct str payload;
		size_t size;
		const char *error;
		buf_reset(&out, 0);
		if (!reading_frame(&reading, &out, MORE_WAITS, &failure))
			return 0;
		ck_assert_int_eq(frame_parse(buf_view(&out), &payload, &size), FRAME_WHOLE);
		ck_assert_msg(codec_decode_reply(payload, api, &reply, &error), "%s", error);
		ck_assert_int_eq(reply.more, reading.goes_on ? MORE_WAITS : MORE_NO);
		while (reply.rows.left > 0) {
			struct record row;
			ck_assert(codec_next_row(&reply.rows, &row));
			rows[resource_index(row.resource)]++;
		}
		frames++;
	}
	return fine ? frames : 0;
}

static struct command command_for(enum action action, const struct resource *r)
{
	return (struct command){ .id = 7, .action = action, .resource = r, .key = key_int(1) };
}

START_TEST(a_row_is_followed_by_its_embedded_rows)
{
	struct command c = command_for(ACTION_READ, PARENT);
	unsigned rows[2];

	add(PARENT, 1, 0);
	add(PARENT, 2, 0);
	add(CHILD, 1, 1);
	add(CHILD, 2, 2);
	add(CHILD, 3, 1);
	ck_assert_uint_eq(read_all(&c, rows), 1);
	ck_assert_uint_eq(rows[0], 1);
	ck_assert_uint_eq(rows[1], 2);
}
END_TEST

START_TEST(a_row_that_is_absent_is_not_found)
{
	struct command c = command_for(ACTION_READ, PARENT);
	unsigned rows[2];

	add(PARENT, 2, 0);
	ck_assert_uint_eq(read_all(&c, rows), 0);
	ck_assert_int_eq(failure.fault, FAULT_NOT_FOUND);
	ck_assert_ptr_eq(failure.resource, PARENT);
	ck_assert_uint_eq(buf_len(&out), 0);
}
END_TEST

START_TEST(a_page_ends_after_its_rows)
{
	struct command c = command_for(ACTION_LIST, CHILD);
	unsigned rows[2];

	for (int64_t key = 1; key <= 9; key++)
		add(CHILD, key, 1);
	c.page = (struct page){ .kind = PAGE_AFTER, .after = 2, .limit = 3, .count = true };
	ck_assert_uint_eq(read_all(&c, rows), 1);
	ck_assert_uint_eq(rows[1], 3);
	ck_assert_int_eq(reading.total, 9);
	ck_assert_str_eq(fake.calls, "count open next next next");
}
END_TEST

/* Each has no room beside the one before. */
START_TEST(a_row_without_room_is_in_the_next_frame)
{
	enum { HALF = 40 * 1024 };
	struct command c = command_for(ACTION_LIST, CHILD);
	unsigned rows[2];

	for (int64_t key = 1; key <= 3; key++)
		add_large(key, HALF);
	ck_assert_uint_eq(read_all(&c, rows), 3);
	ck_assert_uint_eq(rows[1], 3);
	ck_assert_str_eq(fake.calls, "open next next next next");
}
END_TEST

START_TEST(unreadable_rows_are_left_out_of_lists)
{
	struct command c = command_for(ACTION_LIST, CHILD);
	unsigned rows[2];

	add_unreadable(CHILD, 1);
	add(CHILD, 2, 1);
	add_unreadable(CHILD, 3);
	c.page = (struct page){ .kind = PAGE_AFTER, .limit = 1 };
	ck_assert_uint_eq(read_all(&c, rows), 1);
	ck_assert_uint_eq(rows[1], 1);
	ck_assert_uint_eq(reading.left_out, 1);
	reading_end(&reading);
	c.page.kind = PAGE_WHOLE;
	ck_assert_uint_eq(read_all(&c, rows), 1);
	ck_assert_uint_eq(reading.left_out, 2);
	reading_end(&reading);
	/* The rows that SQLite counts for a slice are those of the table. */
	c.page = (struct page){ .kind = PAGE_SLICE, .after = 1, .limit = 2 };
	ck_assert_uint_eq(read_all(&c, rows), 1);
	ck_assert_uint_eq(rows[1], 1);
	ck_assert_uint_eq(reading.left_out, 1);
}
END_TEST

START_TEST(too_many_unreadable_rows_are_too_much)
{
	struct command c = command_for(ACTION_LIST, CHILD);

	for (int64_t key = 1; key <= 3; key++)
		add_unreadable(CHILD, key);
	ck_assert(reading_begin(&reading, &fake.engine, &c, &failure));
	reading.left_out_most = 2;
	ck_assert(!reading_frame(&reading, &out, MORE_NO, &failure));
	ck_assert_int_eq(failure.fault, FAULT_TOO_LARGE);
	ck_assert_uint_eq(buf_len(&out), 0);
}
END_TEST

START_TEST(an_unreadable_row_alone_is_a_fault)
{
	struct command c = command_for(ACTION_READ, CHILD);
	unsigned rows[2];

	add_unreadable(CHILD, 1);
	ck_assert_uint_eq(read_all(&c, rows), 0);
	ck_assert_int_eq(failure.fault, FAULT_STORAGE);
}
END_TEST

static const struct fake_failure failures[] = {
	{ "open", 0, FAULT_STORAGE, TRANSACTION_OPEN, 0 },
	{ "open", 1, FAULT_LOCKED, TRANSACTION_OPEN, 0 },
	{ "next", 0, FAULT_STORAGE, TRANSACTION_OPEN, 0 },
	{ "next", 2, FAULT_INTERNAL, TRANSACTION_OPEN, 0 },
};

START_TEST(a_fault_ends_the_reading)
{
	struct command c = command_for(ACTION_READ, PARENT);
	unsigned rows[2];

	add(PARENT, 1, 0);
	add(CHILD, 1, 1);
	fake.failure = failures[_i];
	ck_assert_uint_eq(read_all(&c, rows), 0);
	ck_assert_int_eq(failure.fault, failures[_i].fault);
}
END_TEST

START_TEST(a_count_that_fails_fails_the_page)
{
	struct command c = command_for(ACTION_LIST, PARENT);
	unsigned rows[2];

	c.page = (struct page){ .kind = PAGE_AFTER, .limit = 1, .count = true };
	fake.failure = (struct fake_failure){ "count", 0, FAULT_STORAGE, TRANSACTION_OPEN, 0 };
	ck_assert_uint_eq(read_all(&c, rows), 0);
	ck_assert_int_eq(failure.fault, FAULT_STORAGE);
	ck_assert_str_eq(fake.calls, "count");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("reading");
	TCase *tc = tcase_create("frames");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_row_is_followed_by_its_embedded_rows);
	tcase_add_test(tc, a_row_that_is_absent_is_not_found);
	tcase_add_test(tc, a_page_ends_after_its_rows);
	tcase_add_test(tc, a_row_without_room_is_in_the_next_frame);
	tcase_add_test(tc, unreadable_rows_are_left_out_of_lists);
	tcase_add_test(tc, too_many_unreadable_rows_are_too_much);
	tcase_add_test(tc, an_unreadable_row_alone_is_a_fault);
	tcase_add_loop_test(tc, a_fault_ends_the_reading, 0, (int)NITEMS(failures));
	tcase_add_test(tc, a_count_that_fails_fails_the_page);
	suite_add_tcase(suite, tc);
	return suite;
}

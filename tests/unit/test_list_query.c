/* Filtered lists and lists below a row, over a database in memory. */
#include "list_query.h"

#include "codec.h"
#include "frame.h"
#include "reading.h"
#include "sample.h"
#include "sqlite_engine.h"
#include "store.h"
#include "store_state.h"
#include "store_writes.h"
#include "suite.h"

#include <sqlite3.h>

enum { FLAGS = 5, SETS = 1 << FLAGS, ROWS_MOST = 64 };

static const char declaration[] =
	"{\"resources\":{\"a\":{\"fields\":{\"f\":{\"type\":\"text\"}}},\"b\":{\"parent\":\"a\","
	"\"list\":{\"filters\":{\"f0\":{},\"f1\":{},\"f2\":{},\"f3\":{},\"f4\":{},\"least\":{"
	"\"field\":\"id\",\"op\":\"ge\"}},\"skip\":{},\"limit\":{},\"order_by\":\"-id\"},"
	"\"fields\":"
	"{\"f0\":{\"type\":\"boolean\",\"index\":true},\"f1\":{\"type\":\"boolean\"},\"f2\":{"
	"\"type\":\"boolean\"},\"f3\":{\"type\":\"boolean\"},\"f4\":{\"type\":\"boolean\"}}}}}";

enum { LEAST = FLAGS /* the index of this filter */ };

static struct engine *engine;
static struct buf error, out;
static const struct resource *a, *b;
static int64_t keys[ROWS_MOST]; /* of the last list */
static struct reading reading;
static struct failure failure;

static void insert(const struct record *record)
{
	struct written written;

	ck_assert_int_eq(engine->ops->insert(engine, record, &written), FAULT_NONE);
}

/* Row n of b, from 1 on, has the bits of n - 1; its parent is 1 or 2. */
static void insert_rows(void)
{
	struct record parent = { .resource = a }, row = { .resource = b };

	record_set(&parent, 1, value_text(STR("x")));
	insert(&parent);
	insert(&parent);
	for (unsigned n = 0; n < SETS; n++) {
		for (unsigned i = 0; i < FLAGS; i++)
			record_set(&row, 1 + i, value_int(n >> i & 1));
		record_set(&row, b->parent_field, value_int(1 + n % 2));
		insert(&row);
	}
}

static void setup(void)
{
	buf_init(&error, SIZE_MAX / 2);
	buf_init(&out, SIZE_MAX / 2);
	api_use(sample_read_api(str_from(declaration)));
	a = api->resources[0];
	b = api->resources[1];
	engine = sqlite_engine_of(store_open_writer(NULL, &error));
	ck_assert(engine);
	insert_rows();
}

static void teardown(void)
{
	engine_close(engine);
	declaration_free(api);
	buf_done(&error);
	buf_done(&out);
}

/* Reads a list of one frame into keys. Returns the number of rows; -1: *failure has the reason. */
static int read_list(const struct command *command)
{
	struct reply reply;
	struct record row;
	struct str payload;
	size_t size;
	const char *wrong;
	int n = 0;

	buf_reset(&out, 0);
	bool fine = reading_begin(&reading, engine, command, &failure) &&
		    reading_frame(&reading, &out, MORE_COMES, &failure);
	reading_end(&reading);
	if (!fine)
		return -1;
	ck_assert_int_eq(frame_parse(buf_view(&out), &payload, &size), FRAME_WHOLE);
	ck_assert_msg(codec_decode_reply(payload, api, &reply, &wrong), "%s", wrong);
	ck_assert_int_eq(reply.more, MORE_NO);
	ck_assert_int_eq(reply.total, command->page.count ? reading.total : -1);
	while (reply.rows.left > 0) {
		ck_assert(codec_next_row(&reply.rows, &row));
		keys[n++] = row.values[RESOURCE_KEY].integer;
	}
	return n;
}

static struct command list_of(enum action action, enum page_kind kind)
{
	return (struct command){
		.action = action,
		.resource = b,
		.api = api,
		.page = { .limit = UINT32_MAX, .kind = (uint8_t)kind },
		.record.resource = b,
	};
}

/* Of all rows from the last on, those that have the bits of `values` in the set. */
static void expect_set(unsigned set, unsigned values, int n)
{
	int found = 0;

	for (unsigned row = SETS; row-- > 0;)
		if ((row & set) == (values & set))
			ck_assert_int_eq(keys[found++], row + 1);
	ck_assert_int_eq(n, found);
}

static unsigned count_statements(void)
{
	sqlite3_stmt *statement = NULL;
	unsigned count = 0;

	while ((statement = sqlite3_next_stmt(store_of(engine)->db, statement)))
		count++;
	return count;
}

/* More sets than statements are kept. */
START_TEST(each_set_of_filters_has_its_rows)
{
	struct command c = list_of(ACTION_LIST, PAGE_FILTERED);
	unsigned before = count_statements();

	c.page.count = true;
	for (unsigned n = 0; n < 2 * SETS; n++) {
		unsigned set = n % SETS, values = n / 3;
		c.record.present = 0;
		for (unsigned i = 0; i < FLAGS; i++)
			if (set >> i & 1)
				record_set(&c.record, i, value_int(values >> i & 1));
		int found = read_list(&c);
		expect_set(set, values, found);
		ck_assert_int_eq(reading.total, found);
	}
	ck_assert_uint_le(count_statements(), before + STORE_FILTERED_MOST);
}
END_TEST

START_TEST(a_count_is_without_skip_and_limit)
{
	struct command c = list_of(ACTION_LIST, PAGE_FILTERED);

	c.page = (struct page){ .after = 1, .limit = 2, .count = true, .kind = PAGE_FILTERED };
	record_set(&c.record, LEAST, value_int(SETS - 3));
	ck_assert_int_eq(read_list(&c), 2);
	ck_assert_int_eq(keys[0], SETS - 1);
	ck_assert_int_eq(keys[1], SETS - 2);
	ck_assert_int_eq(reading.total, 4);
}
END_TEST

START_TEST(a_refused_value_is_that_of_no_row)
{
	struct command c = list_of(ACTION_LIST, PAGE_FILTERED);

	c.page.count = true;
	record_set(&c.record, LEAST, value_refused());
	ck_assert_int_eq(read_list(&c), 0);
	ck_assert_int_eq(reading.total, 0);
}
END_TEST

/* All of them, a slice, and those that a filter leaves. */
START_TEST(the_rows_below_a_row_are_a_list)
{
	struct command c = list_of(ACTION_CHILDREN, PAGE_WHOLE);

	c.page.limit = 0;
	c.parent = key_int(2);
	ck_assert_int_eq(read_list(&c), SETS / 2);
	for (int i = 0; i < SETS / 2; i++)
		ck_assert_int_eq(keys[i], SETS - 2 * i);
	c.page = (struct page){ .after = 1, .limit = 1, .kind = PAGE_SLICE };
	ck_assert_int_eq(read_list(&c), 1);
	ck_assert_int_eq(keys[0], SETS - 2);
	c.page = (struct page){ .limit = 9, .count = true, .kind = PAGE_FILTERED };
	record_set(&c.record, LEAST, value_int(SETS - 3));
	ck_assert_int_eq(read_list(&c), 2);
	ck_assert_int_eq(reading.total, 2);
}
END_TEST

START_TEST(a_parent_must_be_there)
{
	struct command c = list_of(ACTION_CHILDREN, PAGE_WHOLE);

	c.parent = key_int(3);
	ck_assert_int_eq(read_list(&c), -1);
	ck_assert_int_eq(failure.fault, FAULT_NOT_FOUND);
	ck_assert_ptr_eq(failure.resource, a);
	ck_assert_uint_eq(failure.fields, 0);
}
END_TEST

START_TEST(a_parent_may_be_absent_if_the_operation_says_so)
{
	const struct operation operation = { .action = ACTION_CHILDREN, .parent_may_miss = true };
	struct resource lenient = *b;
	struct command c = list_of(ACTION_CHILDREN, PAGE_WHOLE);

	lenient.by_action[ACTION_CHILDREN] = &operation;
	c.resource = &lenient;
	c.parent = key_int(3);
	ck_assert_int_eq(read_list(&c), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("list query");
	TCase *tc = tcase_create("lists");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_set_of_filters_has_its_rows);
	tcase_add_test(tc, a_count_is_without_skip_and_limit);
	tcase_add_test(tc, a_refused_value_is_that_of_no_row);
	tcase_add_test(tc, the_rows_below_a_row_are_a_list);
	tcase_add_test(tc, a_parent_must_be_there);
	tcase_add_test(tc, a_parent_may_be_absent_if_the_operation_says_so);
	suite_add_tcase(suite, tc);
	return suite;
}

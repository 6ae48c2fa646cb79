/* Which counters an answer to the question moves, without a server. */
#include "freshness.h"

#include "digest.h"
#include "pg_snapshot.h"
#include "suite.h"

#include <stdio.h>
#include <unistd.h>

static struct generations *table;
static struct changes *changes;
static struct freshness *f;

/* Rows of the first resource, and the list. */
enum seen { ROW_1 = 1 << 0, ROW_2 = 1 << 1, LIST = 1 << 2, ALL = ROW_1 | ROW_2 | LIST };
static struct generation_stamp stamps[3];

#define RESOURCE api->resources[0]

static unsigned place_of(unsigned n)
{
	return n < 2 ? generations_row(RESOURCE, key_int(n + 1)) : generations_list(RESOURCE);
}

static void note_stamps(void)
{
	for (unsigned n = 0; n < 3; n++)
		ck_assert(generations_stamp(table, place_of(n), &stamps[n]));
}

/* Since the last call, or note_stamps. */
static unsigned moved(void)
{
	unsigned seen = 0;

	for (unsigned n = 0; n < 3; n++) {
		if (!generations_hold(table, &stamps[n]))
			seen |= 1u << n;
		generations_stamp(table, place_of(n), &stamps[n]);
	}
	return seen;
}

static void setup(void)
{
	int fds[GENERATIONS_END__COUNT];

	ck_assert_int_eq(generations_create(fds), 0);
	table = generations_map(fds[GENERATIONS_WRITE], GENERATIONS_WRITE);
	ck_assert_ptr_nonnull(table);
	close(fds[GENERATIONS_READ]);
	changes = changes_new(table);
	f = freshness_new(changes);
	note_stamps();
}

static void teardown(void)
{
	freshness_free(f);
	changes_free(changes);
}

/* The keys of a transaction that changes a row. */
static const char *keys_of(int64_t key)
{
	static char text[256];
	struct buf out;
	struct changes *foreign = changes_new(table);

	buf_init(&out, sizeof(text));
	changes_note(foreign, RESOURCE, key_int(key));
	freshness_keys(foreign, &out);
	snprintf(text, sizeof(text), "%.*s", STR_ARGS(buf_view(&out)));
	buf_done(&out);
	changes_free(foreign);
	return text;
}

static void begin(const char *snapshot)
{
	ck_assert_msg(freshness_begin_answer(f, str_from(snapshot)), "%s", snapshot);
}

static void add(const char *xid, const char *keys)
{
	ck_assert_msg(freshness_add(f, str_from(xid), str_from(keys)), "%s %s", xid, keys);
}

static unsigned end(void)
{
	freshness_end_answer(f);
	return moved();
}

static unsigned answer(const char *snapshot)
{
	begin(snapshot);
	return end();
}

START_TEST(the_first_answer_of_a_connection_invalidates_everything)
{
	ck_assert_ptr_null(freshness_since(f));
	ck_assert_uint_eq(answer("5:9:5,7@run"), ALL);
	ck_assert_str_eq(freshness_since(f), "5:9:5,7");
	ck_assert_uint_eq(answer("5:9:5,7@run"), 0);
	freshness_restart(f);
	ck_assert_uint_eq(moved(), ALL);
	ck_assert_ptr_null(freshness_since(f));
	ck_assert_uint_eq(answer("5:9:5,7@run"), ALL);
	ck_assert_uint_eq(answer("5:9:5,7@run"), 0);
}
END_TEST

START_TEST(another_run_of_the_server_is_another_connection)
{
	answer("5:9:5,7@run");
	ck_assert_uint_eq(answer("5:9:5,7@other"), ALL);
	ck_assert_uint_eq(answer("5:9:5,7@other"), 0);
	/* An own transaction of another run is not one of this run. */
	freshness_own(f, 7);
	ck_assert_uint_eq(answer("5:9:5,7@third"), ALL);
	ck_assert_uint_eq(answer("5:9:5@third"), ALL);
	/* Without a name nothing is known. */
	ck_assert_uint_eq(answer("5:9:5@"), ALL);
	ck_assert_ptr_null(freshness_since(f));
	ck_assert_uint_eq(answer("5:9:5@"), ALL);
}
END_TEST

START_TEST(only_the_same_snapshot_of_the_same_run_is_unchanged)
{
	static const struct {
		const char *snapshot, *run;
	} others[] = {
		{ "5:9:5", "run" },
		{ "5:9:5,7,8", "run" },
		{ "5:9:5,", "run" },
		{ "5:10:5,7", "run" },
		{ "6:9:7", "run" },
		{ "", "run" },
		{ "5:9:5,7", "other" },
		{ "5:9:5,7", "ru" },
		{ "5:9:5,7", "" },
	};

	ck_assert(!freshness_is_unchanged(f, STR("5:9:5,7"), STR("run")));
	ck_assert(!freshness_is_unchanged(f, STR(""), STR("")));
	answer("5:9:5,7@run");
	ck_assert(freshness_is_unchanged(f, STR("5:9:5,7"), STR("run")));
	for (size_t i = 0; i < NITEMS(others); i++)
		ck_assert_msg(!freshness_is_unchanged(
				      f, str_from(others[i].snapshot), str_from(others[i].run)),
			"%s %s", others[i].snapshot, others[i].run);
	freshness_restart(f);
	ck_assert(!freshness_is_unchanged(f, STR("5:9:5,7"), STR("run")));
	/* Without a name nothing is known. */
	answer("5:9:5,7@");
	ck_assert(!freshness_is_unchanged(f, STR("5:9:5,7"), STR("")));
}
END_TEST

/* From "10:20:10,14,17", of which 14 finishes. */
static const struct {
	const char *snapshot;
	const char *xids[3]; /* logged with the key of row 1 */
	uint64_t own[3];
	unsigned moved;
} answers[] = {
	{ "10:20:10,14,17", { NULL }, { 0 }, 0 },
	{ "10:20:10,17", { NULL }, { 0 }, ALL },
	{ "10:20:10,17", { "14" }, { 0 }, ROW_1 },
	{ "10:20:10,17", { NULL }, { 14 }, 0 },
	{ "10:20:10,17", { "14" }, { 14 }, 0 },
	{ "10:20:10,17", { NULL }, { 17 }, ALL },
	{ "10:20:10,17", { "14" }, { 17, 25 }, ROW_1 },
	{ "17:20:17", { "10", "14" }, { 0 }, ROW_1 },
	{ "17:20:17", { "10" }, { 14 }, ROW_1 },
	{ "17:20:17", { "10" }, { 0 }, ALL },
	{ "20:20:", { "10", "17" }, { 14 }, ROW_1 },
	{ "20:20:", { NULL }, { 17, 14, 10 }, 0 },
	{ "10:23:10,14,17", { "20", "21", "22" }, { 0 }, ROW_1 },
	{ "10:23:10,14,17", { "20", "21" }, { 0 }, ALL },
	{ "10:23:10,14,17,21", { "20", "22" }, { 0 }, ROW_1 },
	{ "10:23:10,14,17,21", { "20" }, { 22, 21 }, ROW_1 },
	{ "10:23:10,14,17,20,21,22", { NULL }, { 0 }, 0 },
	{ "10:30:10,14,17", { NULL }, { 20 }, ALL },
	/* Snapshots that go back are another server's. */
	{ "10:19:10,14,17", { NULL }, { 0 }, ALL },
	{ "10:20:10,11,14,17", { NULL }, { 0 }, ALL },
};

START_TEST(what_has_finished_must_be_logged_or_own)
{
	answer("10:20:10,14,17@run");
	for (unsigned i = 0; i < 3 && answers[_i].own[i]; i++)
		freshness_own(f, answers[_i].own[i]);
	char snapshot[64];
	snprintf(snapshot, sizeof(snapshot), "%s@run", answers[_i].snapshot);
	begin(snapshot);
	for (unsigned i = 0; i < 3 && answers[_i].xids[i]; i++)
		add(answers[_i].xids[i], keys_of(1));
	ck_assert_uint_eq(end(), answers[_i].moved);
	ck_assert_str_eq(freshness_since(f), answers[_i].snapshot);
	ck_assert_uint_eq(answer(snapshot), 0);
}
END_TEST

START_TEST(an_own_transaction_is_remembered_until_it_has_finished)
{
	answer("10:20:@run");
	freshness_own(f, 21);
	ck_assert_uint_eq(answer("21:21:@run"), ALL); /* 20 was somebody else's */
	ck_assert_uint_eq(answer("21:24:21,22,23@run"), 0);
	ck_assert_uint_eq(answer("22:24:22,23@run"), 0);
	ck_assert_uint_eq(answer("23:24:23@run"), ALL);
}
END_TEST

START_TEST(more_own_transactions_than_are_remembered_are_foreign)
{
	char since[32];

	answer("10:10:@run");
	for (uint64_t xid = 10; xid < 10 + 4096; xid++)
		freshness_own(f, xid);
	snprintf(since, sizeof(since), "%d:%d:@run", 10 + 4096, 10 + 4096);
	ck_assert_uint_eq(answer(since), 0);
	for (uint64_t xid = 10 + 4096; xid < 10 + 2 * 4096 + 1; xid++)
		freshness_own(f, xid);
	snprintf(since, sizeof(since), "%d:%d:@run", 10 + 2 * 4096 + 1, 10 + 2 * 4096 + 1);
	ck_assert_uint_eq(answer(since), ALL);
}
END_TEST

START_TEST(an_own_transaction_may_be_given_up)
{
	answer("10:13:10,11,12@run");
	freshness_own(f, 10);
	freshness_own(f, 11);
	freshness_own(f, 12);
	freshness_disown(f, 11);
	freshness_disown(f, 9);
	freshness_disown(f, 13);
	begin("13:13:@run");
	add("10", keys_of(2));
	add("11", keys_of(1));
	ck_assert_uint_eq(end(), ROW_1);
}
END_TEST

static const struct {
	const char *keys;
	unsigned moved; /* 0: refused */
} foreign_keys[] = {
	{ "*", ALL },
	{ "0123456789abcdef:1,2,", ALL },
	{ "0123456789abcdef:", ALL },
	{ "0123456789abcdef", 0 },
	{ "0123456789abcde:1,", 0 },
	{ "0123456789Abcdef:1,", 0 },
	{ "**", 0 },
	{ "x", 0 },
};

START_TEST(keys_of_other_declarations_invalidate_everything)
{
	answer("10:11:10@run");
	begin("11:11:@run");
	ck_assert(freshness_add(f, STR("10"), str_from(foreign_keys[_i].keys)) ==
		  (foreign_keys[_i].moved != 0));
	ck_assert_uint_eq(moved(), ALL);
}
END_TEST

START_TEST(keys_without_places_move_nothing)
{
	answer("10:11:10@run");
	begin("11:11:@run");
	add("10", "");
	ck_assert_uint_eq(end(), 0);
}
END_TEST

static const char *const bad_places[] = { "1", "1,,", ",", "1,x,", "-1,", "1 ,", "16640,",
	"18446744073709551616,", "1,2" };

START_TEST(malformed_places_invalidate_everything)
{
	char keys[256];

	ck_assert_uint_eq(GENERATIONS_PLACES, 16640);
	answer("10:11:10@run");
	begin("11:11:@run");
	snprintf(keys, sizeof(keys), "%.17s%s", keys_of(1), bad_places[_i]);
	ck_assert(!freshness_add(f, STR("10"), str_from(keys)));
	ck_assert_uint_eq(moved(), ALL);
	ck_assert_ptr_null(freshness_since(f));
}
END_TEST

static const char *const bad_snapshots[] = { "", "@run", "10@run", "10:11@run", "10:11:", "10:11",
	"11:10:@run", "0:1:@run", ":11:@run", "10::@run", "10:12:9@run", "10:12:12@run",
	"10:13:11,10@run", "10:13:11,11@run", "10:13:11,@run", "10:13:,11@run", "10:13:11 @run",
	"-1:13:@run", "18446744073709551616:18446744073709551617:@run", "10:13:11;12@run" };

START_TEST(malformed_snapshots_invalidate_everything)
{
	answer("10:11:10@run");
	ck_assert_msg(
		!freshness_begin_answer(f, str_from(bad_snapshots[_i])), "%s", bad_snapshots[_i]);
	ck_assert_uint_eq(moved(), ALL);
	ck_assert_ptr_null(freshness_since(f));
	ck_assert_uint_eq(answer("10:11:10@run"), ALL);
}
END_TEST

/* 14 is running, 9 and 19 had finished before, 20 has not begun. */
static const char *const bad_xids[] = { "", "x", "9", "19", "14", "20", "17x",
	"18446744073709551633", "-17" };

START_TEST(rows_that_the_question_does_not_return_invalidate_everything)
{
	answer("10:20:10,14,17@run");
	begin("10:20:10,14@run");
	ck_assert(!freshness_add(f, str_from(bad_xids[_i]), STR("")));
	ck_assert_uint_eq(moved(), ALL);
	ck_assert_ptr_null(freshness_since(f));
}
END_TEST

START_TEST(ids_have_64_bits)
{
	answer("18446744073709551610:18446744073709551612:18446744073709551610@run");
	begin("18446744073709551613:18446744073709551613:@run");
	add("18446744073709551610", keys_of(1));
	add("18446744073709551612", keys_of(2));
	ck_assert_uint_eq(end(), ROW_1 | ROW_2);
}
END_TEST

START_TEST(many_transactions_may_run)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	buf_printf(&text, "1000:5000:1000");
	for (unsigned xid = 1002; xid < 5000; xid += 2)
		buf_printf(&text, ",%u", xid);
	buf_printf(&text, "@run");
	ck_assert(freshness_begin_answer(f, buf_view(&text)));
	ck_assert_uint_eq(end(), ALL);
	begin("1000:5000:1000@run");
	for (unsigned xid = 1002; xid < 5000; xid += 2) {
		char number[16];
		snprintf(number, sizeof(number), "%u", xid);
		add(number, "");
	}
	ck_assert_uint_eq(end(), 0);
	buf_done(&text);
}
END_TEST

/* Keys. */

START_TEST(a_long_set_of_keys_is_everything)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	for (int64_t key = 0; key < 1000; key++)
		changes_note(changes, RESOURCE, key_int(key));
	freshness_keys(changes, &out);
	ck_assert_uint_gt(buf_len(&out), 1000);
	buf_reset(&out, 0);
	changes_note(changes, RESOURCE, key_int(1000));
	freshness_keys(changes, &out);
	ck_assert_slice_eq(buf_view(&out), STR("*"));
	changes_forget(changes);
	changes_note_all(changes);
	buf_reset(&out, 0);
	freshness_keys(changes, &out);
	ck_assert_slice_eq(buf_view(&out), STR("*"));
	changes_forget(changes);
	buf_reset(&out, 0);
	freshness_keys(changes, &out);
	ck_assert_uint_eq(buf_len(&out), 17);
	ck_assert_uint_eq(moved(), 0);
	buf_done(&out);
}
END_TEST

/* While this process commits. */

START_TEST(what_is_marked_stays_marked)
{
	struct generation_stamp stamp;
	unsigned place = place_of(0);

	answer("10:12:10,11@run");
	changes_note(changes, RESOURCE, key_int(1));
	freshness_own(f, 10);
	changes_mark(changes);
	/* A foreign transaction with the same row; then an unknown one. */
	begin("10:12:10@run");
	add("11", keys_of(1));
	freshness_end_answer(f);
	ck_assert(!generations_stamp(table, place, &stamp));
	begin("10:13:10@run");
	freshness_end_answer(f);
	ck_assert(!generations_stamp(table, place, &stamp));
	/* The commit is visible before its reply is here, and after it. */
	begin("13:13:@run");
	add("10", keys_of(1));
	freshness_end_answer(f);
	ck_assert(!generations_stamp(table, place, &stamp));
	changes_settle(changes);
	ck_assert(generations_stamp(table, place, &stamp));
	moved();
	ck_assert_uint_eq(answer("13:13:@run"), 0);
}
END_TEST

START_TEST(two_transactions_mark_one_counter)
{
	struct changes *other = changes_new_beside(changes);
	struct generation_stamp stamp;

	changes_note(changes, RESOURCE, key_int(1));
	changes_note(other, RESOURCE, key_int(1));
	changes_note(other, RESOURCE, key_int(2));
	changes_mark(changes);
	changes_mark(other);
	changes_settle(changes);
	ck_assert(!generations_stamp(table, place_of(0), &stamp));
	changes_invalidate_all(changes);
	ck_assert(!generations_stamp(table, place_of(0), &stamp));
	ck_assert(!generations_stamp(table, place_of(1), &stamp));
	ck_assert(generations_stamp(table, place_of(2), &stamp));
	/* Everything, by one of them. */
	changes_note_all(changes);
	changes_mark(changes);
	ck_assert(!generations_stamp(table, place_of(2), &stamp));
	changes_settle(other);
	ck_assert(!generations_stamp(table, place_of(0), &stamp));
	ck_assert(!generations_stamp(table, place_of(1), &stamp));
	changes_settle(changes);
	note_stamps();
	changes_free(other);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("freshness");
	TCase *tc = tcase_create("answers");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_first_answer_of_a_connection_invalidates_everything);
	tcase_add_test(tc, another_run_of_the_server_is_another_connection);
	tcase_add_test(tc, only_the_same_snapshot_of_the_same_run_is_unchanged);
	tcase_add_loop_test(tc, what_has_finished_must_be_logged_or_own, 0, NITEMS(answers));
	tcase_add_test(tc, an_own_transaction_is_remembered_until_it_has_finished);
	tcase_add_test(tc, more_own_transactions_than_are_remembered_are_foreign);
	tcase_add_test(tc, an_own_transaction_may_be_given_up);
	tcase_add_loop_test(
		tc, keys_of_other_declarations_invalidate_everything, 0, NITEMS(foreign_keys));
	tcase_add_test(tc, keys_without_places_move_nothing);
	tcase_add_loop_test(tc, malformed_places_invalidate_everything, 0, NITEMS(bad_places));
	tcase_add_loop_test(
		tc, malformed_snapshots_invalidate_everything, 0, NITEMS(bad_snapshots));
	tcase_add_loop_test(tc, rows_that_the_question_does_not_return_invalidate_everything, 0,
		NITEMS(bad_xids));
	tcase_add_test(tc, ids_have_64_bits);
	tcase_add_test(tc, many_transactions_may_run);
	tcase_add_test(tc, a_long_set_of_keys_is_everything);
	tcase_add_test(tc, what_is_marked_stays_marked);
	tcase_add_test(tc, two_transactions_mark_one_counter);
	suite_add_tcase(s, tc);
	return s;
}

#include "generations.h"

#include "suite.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int fds[GENERATIONS_END__COUNT];
static struct generations *table;

static void setup(void)
{
	ck_assert_int_eq(generations_create(fds), 0);
	ck_assert_int_eq(generations_create(fds), 0);
	table = generations_map(fds[GENERATIONS_WRITE], GENERATIONS_WRITE);
	ck_assert_ptr_nonnull(table);
}

static void teardown(void)
{
	close(fds[GENERATIONS_READ]);
}

static struct generation_stamp stamp_of(unsigned place)
{
	struct generation_stamp stamp;

	ck_assert(generations_stamp(table, place, &stamp));
	return stamp;
}

START_TEST(a_stamp_holds_until_something_changes)
{
	unsigned row = generations_row(api->resources[0], key_int(7));
	struct generation_stamp stamp = stamp_of(row), other = stamp_of(row + 1);

	ck_assert(generations_hold(table, &stamp));
	generations_mark(table, row);
	ck_assert(!generations_hold(table, &stamp));
	ck_assert(!generations_stamp(table, row, &stamp));
	generations_settle(table, row);
	ck_assert(!generations_hold(table, &stamp));
	stamp = stamp_of(row);
	ck_assert(generations_hold(table, &stamp));
	ck_assert(generations_hold(table, &other));
}
END_TEST

START_TEST(marking_and_settling_twice_changes_nothing)
{
	unsigned row = generations_row(api->resources[0], key_int(7));

	for (int i = 0; i < 3; i++)
		generations_mark(table, row);
	struct generation_stamp stamp;
	ck_assert(!generations_stamp(table, row, &stamp));
	for (int i = 0; i < 3; i++)
		generations_settle(table, row);
	stamp = stamp_of(row);
	ck_assert_uint_eq(stamp.count, 2);
}
END_TEST

START_TEST(invalidate_all_invalidates_every_stamp)
{
	struct generation_stamp row = stamp_of(generations_row(api->resources[0], key_int(7)));
	struct generation_stamp list = stamp_of(generations_list(api->resources[0]));

	generations_mark(table, generations_row(api->resources[0], key_int(8)));
	generations_invalidate_all(table);
	ck_assert(!generations_hold(table, &row));
	ck_assert(!generations_hold(table, &list));
	/* A mark that a predecessor left is ended. */
	stamp_of(generations_row(api->resources[0], key_int(8)));
}
END_TEST

START_TEST(every_place_is_in_the_table)
{
	static const int64_t keys[] = { 0, 1, -1, 16384, INT64_MAX, INT64_MIN };

	for (unsigned r = 0; r < api->nresources; r++) {
		ck_assert_uint_lt(generations_list(api->resources[r]), GENERATIONS_LISTS);
		for (size_t i = 0; i < NITEMS(keys); i++) {
			unsigned place = generations_row(api->resources[r], key_int(keys[i]));
			ck_assert_uint_ge(place, GENERATIONS_LISTS);
			ck_assert_uint_lt(place, GENERATIONS_PLACES);
		}
	}
}
END_TEST

START_TEST(rows_with_the_same_key_do_not_share_a_counter)
{
	for (unsigned r = 0; r < api->nresources; r++)
		for (int64_t key = 1; key < 1000; key++)
			for (unsigned other = 0; other < api->nresources; other++)
				ck_assert(r == other ||
					  generations_row(api->resources[r], key_int(key)) !=
						  generations_row(
							  api->resources[other], key_int(key)));
}
END_TEST

START_TEST(other_processes_can_read_but_not_write)
{
	unsigned row = generations_row(api->resources[0], key_int(7));
	struct generation_stamp stamp = stamp_of(row);

	generations_mark(table, row);
	pid_t pid = fork();
	if (pid == 0) {
		const struct generations *seen =
			generations_map(fds[GENERATIONS_READ], GENERATIONS_READ);
		_exit(seen && !generations_hold(seen, &stamp) ? 0 : 1);
	}
	int status;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_ne(ftruncate(fds[GENERATIONS_READ], 0), 0);
	ck_assert_ptr_null(generations_map(fds[GENERATIONS_READ], GENERATIONS_WRITE));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("generations");
	TCase *tc = tcase_create("generations");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_stamp_holds_until_something_changes);
	tcase_add_test(tc, marking_and_settling_twice_changes_nothing);
	tcase_add_test(tc, invalidate_all_invalidates_every_stamp);
	tcase_add_test(tc, every_place_is_in_the_table);
	tcase_add_test(tc, rows_with_the_same_key_do_not_share_a_counter);
	tcase_add_test(tc, other_processes_can_read_but_not_write);
	suite_add_tcase(suite, tc);
	return suite;
}

#include "admission.h"

#include "suite.h"

enum { MICRO = 1000, MILLI = 1000 * 1000, GROUPS = 1000 };

static void note(struct admission *admission, unsigned commands, uint64_t commit, uint64_t command)
{
	admission_note(admission, commands, commit + commands * command, commit);
}

/* What there is room for after many groups of one size, where a commit takes so long and each
 * command so much longer. */
static unsigned room_after(unsigned commands, uint64_t commit, uint64_t command)
{
	struct admission admission = { 0 };

	for (int i = 0; i < GROUPS; i++)
		note(&admission, commands, commit, command);
	return admission_room(&admission);
}

static void must_be_about(unsigned got, unsigned want)
{
	ck_assert_uint_ge(got, want - want / 8);
	ck_assert_uint_le(got, want + want / 8);
}

START_TEST(nothing_is_refused_before_anything_is_known)
{
	struct admission admission = { 0 };

	ck_assert_uint_eq(admission_room(&admission), ADMISSION_ROOM_MAX);
}
END_TEST

START_TEST(a_slow_start_is_no_measure)
{
	struct admission admission = { 0 };

	note(&admission, 1, 30 * MILLI, 20 * MILLI);
	ck_assert_uint_eq(admission_room(&admission), ADMISSION_ROOM_MAX);
}
END_TEST

START_TEST(as_many_fit_as_can_be_done_in_good_time)
{
	/* 50 ms less two commits, 20 µs each. */
	must_be_about(room_after(100, 500 * MICRO, 20 * MICRO), 2450);
	/* However many share a group. */
	must_be_about(room_after(2000, 500 * MICRO, 20 * MICRO), 2450);
}
END_TEST

START_TEST(a_slow_disk_is_slow_for_one_as_for_many)
{
	/* Alone a write takes 20 ms, so it may take 160, of which two commits are 40. */
	must_be_about(room_after(100, 20 * MILLI, 20 * MICRO), 6000);
}
END_TEST

START_TEST(room_has_bounds)
{
	ck_assert_uint_eq(room_after(100, 1 * MILLI, 10 * MILLI), ADMISSION_ROOM_MIN);
	ck_assert_uint_eq(room_after(100, 20 * MICRO, 1 * MICRO), ADMISSION_ROOM_MAX);
	ck_assert_uint_eq(room_after(1, 0, 0), ADMISSION_ROOM_MAX);
	ck_assert_uint_ge(
		room_after(ADMISSION_ROOM_MAX, UINT32_MAX, UINT32_MAX), ADMISSION_ROOM_MIN);
}
END_TEST

START_TEST(one_slow_group_is_no_measure)
{
	struct admission admission = { 0 };

	for (int i = 0; i < GROUPS; i++)
		note(&admission, 10, 500 * MICRO, 20 * MICRO);
	unsigned usual = admission_room(&admission);
	note(&admission, 1, 400 * MILLI, 400 * MILLI);
	must_be_about(admission_room(&admission), usual);
}
END_TEST

/* The groups are as large as there is room for, as under a load that does not end. */
START_TEST(a_disk_that_becomes_slow_under_load_is_noticed)
{
	struct admission admission = { 0 };

	note(&admission, 1, 100 * MICRO, 20 * MICRO);
	for (int i = 0; i < 10 * GROUPS; i++)
		note(&admission, admission_room(&admission) / 2, 30 * MILLI, 20 * MICRO);
	must_be_about(admission_room(&admission), (8 * 30 - 2 * 30) * MILLI / (20 * MICRO));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("admission");
	TCase *tc = tcase_create("admission");

	tcase_add_test(tc, nothing_is_refused_before_anything_is_known);
	tcase_add_test(tc, a_slow_start_is_no_measure);
	tcase_add_test(tc, as_many_fit_as_can_be_done_in_good_time);
	tcase_add_test(tc, a_slow_disk_is_slow_for_one_as_for_many);
	tcase_add_test(tc, room_has_bounds);
	tcase_add_test(tc, one_slow_group_is_no_measure);
	tcase_add_test(tc, a_disk_that_becomes_slow_under_load_is_noticed);
	suite_add_tcase(suite, tc);
	return suite;
}

/* The limit of queued writes follows the measured times of groups. */
#include "admission.h"

#include "suite.h"

enum { MICRO = 1000, MILLI = 1000 * 1000, GROUPS = 1000 };

static void note(struct admission *admission, unsigned commands, uint64_t commit, uint64_t command)
{
	admission_note(admission, commands, commit + commands * command, commit);
}

/* The limit after many equal groups. commit, command: nanoseconds for the commit, and for each
 * command. */
static unsigned limit_after(unsigned commands, uint64_t commit, uint64_t command)
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

START_TEST(the_limit_is_the_maximum_before_any_measurement)
{
	struct admission admission = { 0 };

	ck_assert_uint_eq(admission_room(&admission), ADMISSION_ROOM_MAX);
}
END_TEST

START_TEST(a_slow_first_group_does_not_lower_the_limit)
{
	struct admission admission = { 0 };

	note(&admission, 1, 30 * MILLI, 20 * MILLI);
	ck_assert_uint_eq(admission_room(&admission), ADMISSION_ROOM_MAX);
}
END_TEST

START_TEST(the_limit_is_what_fits_into_the_allowed_time)
{
	/* (50 ms - two commits) / 20 µs. */
	must_be_about(limit_after(100, 500 * MICRO, 20 * MICRO), 2450);
	/* The size of the groups does not matter. */
	must_be_about(limit_after(2000, 500 * MICRO, 20 * MICRO), 2450);
}
END_TEST

START_TEST(a_slow_disk_does_not_lower_the_limit)
{
	/* A single write takes 20 ms, so the limit is 160 ms, of which two commits take 40. */
	must_be_about(limit_after(100, 20 * MILLI, 20 * MICRO), 6000);
}
END_TEST

START_TEST(the_limit_has_bounds)
{
	ck_assert_uint_eq(limit_after(100, 1 * MILLI, 10 * MILLI), ADMISSION_ROOM_MIN);
	ck_assert_uint_eq(limit_after(100, 20 * MICRO, 1 * MICRO), ADMISSION_ROOM_MAX);
	ck_assert_uint_eq(limit_after(1, 0, 0), ADMISSION_ROOM_MAX);
	ck_assert_uint_ge(
		limit_after(ADMISSION_ROOM_MAX, UINT32_MAX, UINT32_MAX), ADMISSION_ROOM_MIN);
}
END_TEST

START_TEST(one_slow_group_does_not_change_the_limit)
{
	struct admission admission = { 0 };

	for (int i = 0; i < GROUPS; i++)
		note(&admission, 10, 500 * MICRO, 20 * MICRO);
	unsigned usual = admission_room(&admission);
	note(&admission, 1, 400 * MILLI, 400 * MILLI);
	must_be_about(admission_room(&admission), usual);
}
END_TEST

/* Each group has half as many commands as the limit allows, as under constant overload. */
START_TEST(the_limit_follows_a_disk_that_becomes_slow_under_load)
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

	tcase_add_test(tc, the_limit_is_the_maximum_before_any_measurement);
	tcase_add_test(tc, a_slow_first_group_does_not_lower_the_limit);
	tcase_add_test(tc, the_limit_is_what_fits_into_the_allowed_time);
	tcase_add_test(tc, a_slow_disk_does_not_lower_the_limit);
	tcase_add_test(tc, the_limit_has_bounds);
	tcase_add_test(tc, one_slow_group_does_not_change_the_limit);
	tcase_add_test(tc, the_limit_follows_a_disk_that_becomes_slow_under_load);
	suite_add_tcase(suite, tc);
	return suite;
}

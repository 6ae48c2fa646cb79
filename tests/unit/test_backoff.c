#include "backoff.h"

#include "suite.h"

START_TEST(the_first_restart_is_immediate)
{
	struct backoff b = { 0 };

	ck_assert_uint_eq(backoff_after_death(&b, 1000, 1010, 1020), 0);
	ck_assert_uint_eq(backoff_after_death(&b, 1020, 1030, 1040), 30);
}
END_TEST

START_TEST(pauses_double_up_to_the_longest)
{
	static const uint64_t pauses[] = { 0, 50, 100, 200, 400, 800, 1600, 3200, 5000, 5000 };
	struct backoff b = { 0 };

	for (size_t i = 0; i < NITEMS(pauses); i++)
		ck_assert_uint_eq(backoff_after_death(&b, 1000, 0, 1000), pauses[i]);
}
END_TEST

START_TEST(lifetime_counts_towards_the_pause)
{
	struct backoff b = { 0 };

	/* A child that lives 0.4 s is restarted at once while the pause is shorter than that. */
	for (int i = 0; i < 5; i++)
		ck_assert_uint_eq(backoff_after_death(&b, 1000, 1001, 1400), 0);
	ck_assert_uint_eq(backoff_after_death(&b, 1000, 1001, 1400), 400);
}
END_TEST

START_TEST(a_healthy_child_resets_the_backoff)
{
	struct backoff b = { .pause = BACKOFF_LONGEST, .deaths = 9, .since = 1 };

	ck_assert_uint_eq(backoff_after_death(&b, 1000, 1001, 1002 + BACKOFF_HEALTHY), 0);
	ck_assert_uint_eq(b.pause, BACKOFF_FIRST);
	ck_assert(!backoff_is_loop(&b));
	ck_assert_uint_eq(b.deaths, 1);
	ck_assert_uint_eq(b.since, 1002 + BACKOFF_HEALTHY);
}
END_TEST

START_TEST(three_deaths_in_a_row_are_a_loop)
{
	struct backoff b = { 0 };

	for (unsigned i = 1; i <= 5; i++) {
		backoff_after_death(&b, 1000 * i, 0, 1000 * i + 1);
		ck_assert_uint_eq(b.deaths, i);
		ck_assert_uint_eq(b.since, 1001);
		ck_assert_int_eq(backoff_is_loop(&b), i >= 3);
	}
}
END_TEST

START_TEST(a_child_that_was_never_ready_is_not_healthy)
{
	struct backoff b = { .pause = 3200 };

	ck_assert_uint_eq(backoff_after_death(&b, 1000, 0, 1000 + 30000), 0);
	ck_assert_uint_eq(b.pause, BACKOFF_LONGEST);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("backoff");
	TCase *tc = tcase_create("backoff");

	tcase_add_test(tc, the_first_restart_is_immediate);
	tcase_add_test(tc, pauses_double_up_to_the_longest);
	tcase_add_test(tc, lifetime_counts_towards_the_pause);
	tcase_add_test(tc, a_healthy_child_resets_the_backoff);
	tcase_add_test(tc, three_deaths_in_a_row_are_a_loop);
	tcase_add_test(tc, a_child_that_was_never_ready_is_not_healthy);
	suite_add_tcase(suite, tc);
	return suite;
}

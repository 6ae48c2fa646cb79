#include "civil.h"

#include "suite.h"

#include <inttypes.h>
#include <time.h>

static const int64_t second = 1000000;

/* Check notes each assertion in a file, so there is but one here. */
static bool is_libcs(int64_t microseconds)
{
	struct civil c = civil_from(microseconds);
	time_t seconds = (time_t)((microseconds - c.microsecond) / second);
	struct tm tm;

	return c.microsecond >= 0 && c.microsecond < second && gmtime_r(&seconds, &tm) &&
	       c.year == tm.tm_year + 1900 && c.month == tm.tm_mon + 1 && c.day == tm.tm_mday &&
	       c.hour == tm.tm_hour && c.minute == tm.tm_min && c.second == tm.tm_sec &&
	       civil_to(&c) == microseconds && civil_is_day(c.year, c.month, c.day);
}

static void must_be_libcs(int64_t microseconds)
{
	if (!is_libcs(microseconds))
		ck_abort_msg("%" PRId64, microseconds);
}

/* Each day from 0000-01-01 to 10000-12-31, at some time of it. */
START_TEST(each_day_is_libcs)
{
	const int64_t day = 86400 * second;
	int64_t time = 0;

	for (int64_t days = -719528; days <= 2933000; days++) {
		time = (time + 12345678901) % day;
		must_be_libcs(days * day + time);
	}
}
END_TEST

START_TEST(moments_at_the_edges)
{
	static const int64_t moments[] = { 0, -1, 1, 999999, 1000000, -1000000, -1000001,
		86399999999, 86400000000, -86400000000, -62135596800000000, 253402300799999999 };

	for (size_t i = 0; i < NITEMS(moments); i++)
		must_be_libcs(moments[i]);
}
END_TEST

START_TEST(any_number_has_its_moment)
{
	ck_assert_int_eq(civil_from(INT64_MAX).year, 294247);
	ck_assert_int_eq(civil_from(INT64_MIN).year, -290308);
}
END_TEST

static const struct {
	int year, month, day;
	bool is;
} days[] = {
	{ 2026, 1, 31, true },
	{ 2026, 1, 32, false },
	{ 2026, 4, 31, false },
	{ 2026, 2, 29, false },
	{ 2024, 2, 29, true },
	{ 1900, 2, 29, false },
	{ 2000, 2, 29, true },
	{ 2026, 0, 1, false },
	{ 2026, 13, 1, false },
	{ 2026, 12, 0, false },
};

START_TEST(not_every_day_is_one)
{
	ck_assert_int_eq(civil_is_day(days[_i].year, days[_i].month, days[_i].day), days[_i].is);
}
END_TEST

START_TEST(all_digits_are_written)
{
	struct civil c = { 33, 4, 5, 6, 7, 8, 90 };
	char text[CIVIL_MICROSECONDS];

	civil_write(text, &c, 'T');
	ck_assert_slice_eq(((struct str){ text, sizeof(text) }), STR("0033-04-05T06:07:08.000090"));
	ck_assert_slice_eq(((struct str){ text, CIVIL_SECONDS }), STR("0033-04-05T06:07:08"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("civil");
	TCase *tc = tcase_create("civil");

	tcase_add_test(tc, each_day_is_libcs);
	tcase_add_test(tc, moments_at_the_edges);
	tcase_add_test(tc, any_number_has_its_moment);
	tcase_add_loop_test(tc, not_every_day_is_one, 0, NITEMS(days));
	tcase_add_test(tc, all_digits_are_written);
	suite_add_tcase(suite, tc);
	return suite;
}

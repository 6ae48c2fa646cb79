#include "civil.h"

#include "suite.h"

#include <inttypes.h>
#include <time.h>

static const int64_t second = 1000000;

/* One result instead of an assertion for each member: Check records each assertion in a file. */
static bool agrees_with_libc(int64_t microseconds)
{
	struct civil c = civil_from(microseconds);
	time_t seconds = (time_t)((microseconds - c.microsecond) / second);
	struct tm tm;

	return c.microsecond >= 0 && c.microsecond < second && gmtime_r(&seconds, &tm) &&
	       c.year == tm.tm_year + 1900 && c.month == tm.tm_mon + 1 && c.day == tm.tm_mday &&
	       c.hour == tm.tm_hour && c.minute == tm.tm_min && c.second == tm.tm_sec &&
	       civil_to(&c) == microseconds && civil_is_day(c.year, c.month, c.day);
}

static void must_agree_with_libc(int64_t microseconds)
{
	if (!agrees_with_libc(microseconds))
		ck_abort_msg("%" PRId64, microseconds);
}

/* Writes the last digits of a number. */
static char *put_digits(char *text, int number, int digits)
{
	for (int i = digits; i-- > 0; number /= 10)
		text[i] = (char)('0' + number % 10);
	return text + digits;
}

static void write_plainly(char text[CIVIL_MICROSECONDS], const struct civil *c)
{
	char *p = put_digits(text, c->year, 4);
	*p++ = '-';
	p = put_digits(p, c->month, 2);
	*p++ = '-';
	p = put_digits(p, c->day, 2);
	*p++ = ' ';
	p = put_digits(p, c->hour, 2);
	*p++ = ':';
	p = put_digits(p, c->minute, 2);
	*p++ = ':';
	p = put_digits(p, c->second, 2);
	*p++ = '.';
	put_digits(p, c->microsecond, 6);
}

/* True if the moment is written as write_plainly does, and parsed back; year 0 is not parsed. */
static bool is_written_and_parsed(int64_t microseconds)
{
	struct civil c = civil_from(microseconds);
	char text[CIVIL_MICROSECONDS], want[CIVIL_MICROSECONDS];
	int64_t back = 0;

	write_plainly(want, &c);
	return civil_format(text, microseconds, ' ') == (unsigned)c.microsecond &&
	       memcmp(text, want, sizeof(text)) == 0 && civil_parse(text, &back) == (c.year > 0) &&
	       (c.year == 0 || back == microseconds);
}

/* Each day from 0000-01-01 to 10000-12-31, at a time that differs from day to day. */
START_TEST(each_day_agrees_with_libc)
{
	const int64_t day = 86400 * second;
	int64_t time = 0;

	for (int64_t days = -719528; days <= 2933000; days++) {
		time = (time + 12345678901) % day;
		must_agree_with_libc(days * day + time);
		if (days <= 2932896 && !is_written_and_parsed(days * day + time))
			ck_abort_msg("day %" PRId64, days);
	}
}
END_TEST

START_TEST(moments_at_boundaries)
{
	static const int64_t moments[] = { 0, -1, 1, 999999, 1000000, -1000000, -1000001,
		86399999999, 86400000000, -86400000000, -62135596800000000, 253402300799999999 };

	for (size_t i = 0; i < NITEMS(moments); i++)
		must_agree_with_libc(moments[i]);
}
END_TEST

/* Moments at both ends of the range, and evenly spread over it. gmtime_r(3) has no fraction. */
START_TEST(any_number_is_a_moment)
{
	const uint64_t step = UINT64_C(184467440737095517);

	for (uint64_t n = 0; n < 200; n++) {
		int64_t ends[] = { INT64_MIN + (int64_t)n * 431, INT64_MAX - (int64_t)n * 431,
			(int64_t)((uint64_t)INT64_MIN + n / 2 * step) };
		for (size_t i = 0; i < NITEMS(ends); i++) {
			struct civil c = civil_from(ends[i]);
			time_t seconds = ends[i] / second - (ends[i] % second < 0);
			struct tm tm;
			ck_assert_ptr_nonnull(gmtime_r(&seconds, &tm));
			if (c.year != tm.tm_year + 1900 || c.month != tm.tm_mon + 1 ||
				c.day != tm.tm_mday || c.hour != tm.tm_hour ||
				c.minute != tm.tm_min || c.second != tm.tm_sec ||
				c.microsecond != (ends[i] % second + second) % second ||
				civil_to(&c) != ends[i])
				ck_abort_msg("%" PRId64, ends[i]);
		}
	}
}
END_TEST

/* A database row may hold any moment. */
START_TEST(any_year_is_written_as_four_digits)
{
	static const int64_t moments[] = { INT64_MIN, INT64_MAX, -62167219200000001,
		253402300800000000 };
	char text[CIVIL_MICROSECONDS];

	for (size_t i = 0; i < NITEMS(moments); i++) {
		struct civil c = civil_from(moments[i]);
		civil_format(text, moments[i], ' ');
		for (int j = 0; j < 4; j++)
			ck_assert(text[j] >= '0' && text[j] <= '9');
		ck_assert_int_eq(text[9] - '0', c.day % 10);
		ck_assert_int_eq(text[25] - '0', c.microsecond % 10);
	}
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

START_TEST(only_days_that_exist_are_days)
{
	ck_assert_int_eq(civil_is_day(days[_i].year, days[_i].month, days[_i].day), days[_i].is);
}
END_TEST

START_TEST(all_digits_are_written)
{
	struct civil c = { 33, 4, 5, 6, 7, 8, 90 };
	char text[CIVIL_MICROSECONDS];

	ck_assert_uint_eq(civil_format(text, civil_to(&c), 'T'), 90);
	ck_assert_slice_eq(((struct str){ text, sizeof(text) }), STR("0033-04-05T06:07:08.000090"));
	ck_assert_slice_eq(((struct str){ text, CIVIL_SECONDS }), STR("0033-04-05T06:07:08"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("civil");
	TCase *tc = tcase_create("civil");

	tcase_add_test(tc, each_day_agrees_with_libc);
	tcase_add_test(tc, moments_at_boundaries);
	tcase_add_test(tc, any_number_is_a_moment);
	tcase_add_test(tc, any_year_is_written_as_four_digits);
	tcase_add_loop_test(tc, only_days_that_exist_are_days, 0, NITEMS(days));
	tcase_add_test(tc, all_digits_are_written);
	suite_add_tcase(suite, tc);
	return suite;
}

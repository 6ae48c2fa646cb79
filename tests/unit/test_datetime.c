/* The text of a moment: what is written, what is read, what is refused. */
#include "datetime.h"

#include "suite.h"

#define DAYS(n) ((n)*INT64_C(86400000000))

static const struct {
	const char *text;
	int64_t microseconds;
} written[] = {
	{ "1970-01-01 00:00:00.000000", 0 },
	{ "1970-01-01 00:00:00.000001", 1 },
	{ "1969-12-31 23:59:59.999999", -1 },
	{ "2024-02-29 12:34:56.789000", DAYS(19782) + INT64_C(45296789000) },
	{ "0001-01-01 00:00:00.000000", DAYS(-719162) },
	{ "9999-12-31 23:59:59.999999", DAYS(2932897) - 1 },
};

START_TEST(a_moment_is_written_with_six_digits_and_read_back)
{
	char text[DATETIME_LENGTH + 1];
	int64_t microseconds;

	datetime_format(written[_i].microseconds, text);
	ck_assert_str_eq(text, written[_i].text);
	ck_assert(datetime_parse(str_from(text), &microseconds));
	ck_assert_int_eq(microseconds, written[_i].microseconds);
}
END_TEST

static const struct {
	const char *text;
	int64_t microseconds;
} also_read[] = {
	{ "1970-01-02", DAYS(1) },
	{ "1970-01-02 00:01", DAYS(1) + 60000000 },
	{ "1970-01-02 00:00:01", DAYS(1) + 1000000 },
	{ "1970-01-02T00:00:01", DAYS(1) + 1000000 },
	{ "1970-01-01 00:00:00.5", 500000 },
	{ "1970-01-01 00:00:00.123", 123000 },
	{ "1970-01-01 00:00:00.123456789", 123456 },
};

START_TEST(shorter_forms_are_read)
{
	int64_t microseconds;

	ck_assert_msg(datetime_parse(str_from(also_read[_i].text), &microseconds), "%s",
		also_read[_i].text);
	ck_assert_int_eq(microseconds, also_read[_i].microseconds);
}
END_TEST

static const struct str refused[] = {
	STR_INIT(""),
	STR_INIT("now"),
	STR_INIT("2024"),
	STR_INIT("2024-1-1"),
	STR_INIT("0000-01-01"),
	STR_INIT("2024-00-01"),
	STR_INIT("2024-13-01"),
	STR_INIT("2024-01-00"),
	STR_INIT("2023-02-29"),
	STR_INIT("2024-04-31"),
	STR_INIT("2024-01-01 "),
	STR_INIT("2024-01-01 24:00:00"),
	STR_INIT("2024-01-01 00:60:00"),
	STR_INIT("2024-01-01 00:00:60"),
	STR_INIT("2024-01-01 00:00:00."),
	STR_INIT("2024-01-01 00:00:00.1x"),
	STR_INIT("2024-01-01 00:00:00Z"),
	STR_INIT("2024-01-01\0"),
	STR_INIT("-024-01-01"),
	STR_INIT(" 2024-01-01"),
};

START_TEST(what_is_no_moment_is_refused)
{
	int64_t microseconds = 42;

	ck_assert_msg(!datetime_parse(refused[_i], &microseconds), "%s", refused[_i].ptr);
	ck_assert_int_eq(microseconds, 42);
}
END_TEST

/* It must not look beyond the length that it is given. */
START_TEST(every_prefix_is_a_day_a_time_or_refused)
{
	const struct str whole = STR("2024-02-29 12:34:56.789000");

	for (size_t n = 0; n <= whole.len; n++) {
		int64_t microseconds;
		bool wanted = n == 10 || n == 16 || n == 19 || n >= 21;
		ck_assert_msg(datetime_parse((struct str){ whole.ptr, n }, &microseconds) == wanted,
			"%zu bytes", n);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("datetime");
	TCase *tc = tcase_create("text");

	tcase_add_loop_test(
		tc, a_moment_is_written_with_six_digits_and_read_back, 0, NITEMS(written));
	tcase_add_loop_test(tc, shorter_forms_are_read, 0, NITEMS(also_read));
	tcase_add_loop_test(tc, what_is_no_moment_is_refused, 0, NITEMS(refused));
	tcase_add_test(tc, every_prefix_is_a_day_a_time_or_refused);
	suite_add_tcase(suite, tc);
	return suite;
}

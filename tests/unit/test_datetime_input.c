/* Dates and times as Pydantic reads them: what is accepted, and the words of each refusal. */
#include "datetime_input.h"

#include "civil.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>

#define EXTRA     "unexpected extra characters at the end of the input"
#define SHORT     "input is too short"
#define SEPARATOR "invalid date separator, expected `-`"
#define AFTER     "dates after 9999 are not supported as unix timestamps"
#define BEFORE    "dates before 0000 are not supported as unix timestamps"
#define YEAR_ZERO "year 0 is out of range"

static struct arena arena;

static void setup(void)
{
	arena_init(&arena);
}

static void teardown(void)
{
	arena_done(&arena);
}

static void expect(const char *input, enum datetime_input outcome, int64_t moment,
	const char *reason, const char *wanted)
{
	char text[CIVIL_MICROSECONDS + 1] = "";

	if (outcome == DATETIME_INPUT_OK) {
		civil_format(text, moment, 'T');
		reason = text;
	}
	ck_assert_msg(strcmp(reason, wanted) == 0, "%s: %s instead of %s", input, reason, wanted);
}

static const struct {
	struct str text;
	enum datetime_input outcome;
	const char *wanted; /* the moment, or the reason */
} texts[] = {
	{ STR_INIT("2026-01-31"), DATETIME_INPUT_OK, "2026-01-31T00:00:00.000000" },
	{ STR_INIT("0001-01-01"), DATETIME_INPUT_OK, "0001-01-01T00:00:00.000000" },
	{ STR_INIT("2026-01-31T12:30"), DATETIME_INPUT_OK, "2026-01-31T12:30:00.000000" },
	{ STR_INIT("2026-01-31t12:30:45z"), DATETIME_INPUT_OK, "2026-01-31T12:30:45.000000" },
	{ STR_INIT("2026-01-31 12:30:45.1"), DATETIME_INPUT_OK, "2026-01-31T12:30:45.100000" },
	{ STR_INIT("2026-01-31_12:30:45,1234569"), DATETIME_INPUT_OK,
		"2026-01-31T12:30:45.123456" },
	{ STR_INIT("2026-01-31T12:30Z"), DATETIME_INPUT_OK, "2026-01-31T12:30:00.000000" },
	{ STR_INIT("2026-01-31T12:30:45+02:00"), DATETIME_INPUT_OK, "2026-01-31T12:30:45.000000" },
	{ STR_INIT("2026-01-31T12:30:45-0530"), DATETIME_INPUT_OK, "2026-01-31T12:30:45.000000" },
	{ STR_INIT("2026-01-31T12:30:45\xe2\x88\x92"
		   "23:59"),
		DATETIME_INPUT_OK, "2026-01-31T12:30:45.000000" },
	{ STR_INIT("9999-12-31T23:59:59.999999+00:00"), DATETIME_INPUT_OK,
		"9999-12-31T23:59:59.999999" },
	/* Timestamps. */
	{ STR_INIT("0"), DATETIME_INPUT_OK, "1970-01-01T00:00:00.000000" },
	{ STR_INIT("-1"), DATETIME_INPUT_OK, "1969-12-31T23:59:59.000000" },
	{ STR_INIT("+5"), DATETIME_INPUT_OK, "1970-01-01T00:00:05.000000" },
	{ STR_INIT("5."), DATETIME_INPUT_OK, "1970-01-01T00:00:05.000000" },
	{ STR_INIT(".5"), DATETIME_INPUT_OK, "1970-01-01T00:00:00.500000" },
	{ STR_INIT("-90.25"), DATETIME_INPUT_OK, "1969-12-31T23:58:29.750000" },
	{ STR_INIT("1.5e3"), DATETIME_INPUT_OK, "1970-01-01T00:25:00.000000" },
	{ STR_INIT("20000000000"), DATETIME_INPUT_OK, "2603-10-11T11:33:20.000000" },
	{ STR_INIT("20000000001"), DATETIME_INPUT_OK, "1970-08-20T11:33:20.001000" },
	{ STR_INIT("-20000000001"), DATETIME_INPUT_OK, "1969-05-14T12:26:39.999000" },
	{ STR_INIT("1704067200123.456"), DATETIME_INPUT_OK, "2024-01-01T00:00:00.123456" },
	{ STR_INIT("253402300799999"), DATETIME_INPUT_OK, "9999-12-31T23:59:59.999000" },
	{ STR_INIT("253402300800000"), DATETIME_INPUT_NOT_A_DAY, AFTER },
	{ STR_INIT("-62167219200001"), DATETIME_INPUT_NOT_A_DAY, BEFORE },
	{ STR_INIT("-62167219200000"), DATETIME_INPUT_INVALID, YEAR_ZERO },
	/* 2^63: negative for the reference. */
	{ STR_INIT("9223372036854775808"), DATETIME_INPUT_NOT_A_DAY, SEPARATOR },
	{ STR_INIT("100000000000000000000000.5"), DATETIME_INPUT_NOT_A_DAY, SEPARATOR },
	{ STR_INIT("1.0e999"), DATETIME_INPUT_NOT_A_DAY, SHORT },
	{ STR_INIT("-1.0e999"), DATETIME_INPUT_NOT_A_DAY, SHORT },
	/* Neither. */
	{ STR_INIT(""), DATETIME_INPUT_NOT_A_DAY, SHORT },
	{ STR_INIT("."), DATETIME_INPUT_NOT_A_DAY, SHORT },
	{ STR_INIT("-"), DATETIME_INPUT_NOT_A_DAY, SHORT },
	{ STR_INIT("1e3"), DATETIME_INPUT_NOT_A_DAY, SHORT },
	{ STR_INIT("1.5e"), DATETIME_INPUT_NOT_A_DAY, SHORT },
	{ STR_INIT(" 5 "), DATETIME_INPUT_NOT_A_DAY, SHORT },
	{ STR_INIT("2026-1-3"), DATETIME_INPUT_NOT_A_DAY, SHORT },
	{ STR_INIT("31.01.2026"), DATETIME_INPUT_NOT_A_DAY, "invalid character in year" },
	{ STR_INIT("\0\0\0\0\0\0\0\0\0\0"), DATETIME_INPUT_NOT_A_DAY, "invalid character in year" },
	{ STR_INIT("2026/01/31"), DATETIME_INPUT_NOT_A_DAY, SEPARATOR },
	{ STR_INIT("2026-01/31"), DATETIME_INPUT_NOT_A_DAY, SEPARATOR },
	{ STR_INIT("2026-\0001-31"), DATETIME_INPUT_NOT_A_DAY, "invalid character in month" },
	{ STR_INIT("2026-xx-31"), DATETIME_INPUT_NOT_A_DAY, "invalid character in month" },
	{ STR_INIT("2026-01-xx"), DATETIME_INPUT_NOT_A_DAY, "invalid character in day" },
	{ STR_INIT("2026-13-01"), DATETIME_INPUT_NOT_A_DAY,
		"month value is outside expected range of 1-12" },
	{ STR_INIT("2026-02-29"), DATETIME_INPUT_NOT_A_DAY, "day value is outside expected range" },
	{ STR_INIT("2026-01-00"), DATETIME_INPUT_NOT_A_DAY, "day value is outside expected range" },
	{ STR_INIT("0000-01-01"), DATETIME_INPUT_INVALID, YEAR_ZERO },
	{ STR_INIT("0000-01-01T00:00:00Z"), DATETIME_INPUT_INVALID, YEAR_ZERO },
	{ STR_INIT("2026-01-31 "), DATETIME_INPUT_NOT_A_DAY, EXTRA },
	{ STR_INIT("2026-01-31x12:30"), DATETIME_INPUT_NOT_A_DAY, EXTRA },
	{ STR_INIT("2026-01-31T1230"), DATETIME_INPUT_NOT_A_DAY, EXTRA },
	{ STR_INIT("2026-01-31T24:00:00"), DATETIME_INPUT_NOT_A_DAY, EXTRA },
	{ STR_INIT("2026-01-31T12:60:00"), DATETIME_INPUT_NOT_A_DAY, EXTRA },
	{ STR_INIT("2026-01-31T23:59:60"), DATETIME_INPUT_NOT_A_DAY, EXTRA },
	{ STR_INIT("2026-01-31T12:30:45."), DATETIME_INPUT_NOT_A_DAY, EXTRA },
	{ STR_INIT("2026-01-31T12:30:45+02"), DATETIME_INPUT_NOT_A_DAY, EXTRA },
	{ STR_INIT("2026-01-31T12:30:45+24:00"), DATETIME_INPUT_NOT_A_DAY, EXTRA },
	{ STR_INIT("2026-01-31T12:30:45+23:60"), DATETIME_INPUT_NOT_A_DAY, EXTRA },
	{ STR_INIT("2026-01-31T12:30:45Zx"), DATETIME_INPUT_NOT_A_DAY, EXTRA },
};

START_TEST(texts_are_read)
{
	struct str text = texts[_i].text;
	/* A copy of the exact size, so that a sanitizer sees a read behind it. */
	char *copy = malloc(text.len ? text.len : 1);
	const char *reason = NULL;
	int64_t moment = 0;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text.ptr, text.len);
	enum datetime_input outcome =
		datetime_input_text(&arena, (struct str){ copy, text.len }, &moment, &reason);
	expect(text.ptr, outcome, moment, reason, texts[_i].wanted);
	ck_assert_int_eq(outcome, texts[_i].outcome);
	free(copy);
}
END_TEST

static const struct {
	double number;
	const char *wanted;
} floats[] = {
	{ 0.5, "1970-01-01T00:00:00.500000" },
	{ -90.5, "1969-12-31T23:58:29.500000" },
	/* As the reference has it: the fraction is added to -91. */
	{ -90.25, "1969-12-31T23:58:29.250000" },
	{ 1e-7, "1970-01-01T00:00:00.000000" },
	{ 0.9999999, "1970-01-01T00:00:01.000000" },
	{ 1704067200123.456, "2024-01-01T00:00:00.123456" },
	{ 1e20, AFTER },
	{ INFINITY, AFTER },
	{ -1e20, BEFORE },
	{ -INFINITY, BEFORE },
	{ -62150000000000.0, YEAR_ZERO },
	{ NAN, "NaN values not permitted" },
};

START_TEST(floats_are_read)
{
	const char *reason = NULL;
	int64_t moment = 0;
	enum datetime_input outcome = datetime_input_float(floats[_i].number, &moment, &reason);

	expect("float", outcome, moment, reason, floats[_i].wanted);
	ck_assert(outcome != DATETIME_INPUT_NOT_A_DAY);
}
END_TEST

static const struct {
	struct str digits;
	const char *wanted;
} integers[] = {
	{ STR_INIT("-0"), "1970-01-01T00:00:00.000000" },
	{ STR_INIT("-86400"), "1969-12-31T00:00:00.000000" },
	{ STR_INIT("253402300799000"), "9999-12-31T23:59:59.000000" },
	{ STR_INIT("9223372036854775807"), AFTER },
	{ STR_INIT("9223372036854775808"), AFTER },
	{ STR_INIT("100000000000000000000000000000000"), AFTER },
	{ STR_INIT("-9223372036854775809"), BEFORE },
};

START_TEST(integers_are_read)
{
	const char *reason = NULL;
	int64_t moment = 0;
	enum datetime_input outcome = datetime_input_integer(integers[_i].digits, &moment, &reason);

	expect(integers[_i].digits.ptr, outcome, moment, reason, integers[_i].wanted);
	ck_assert(outcome != DATETIME_INPUT_NOT_A_DAY);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("datetime_input");
	TCase *tests = tcase_create("datetime_input");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, texts_are_read, 0, (int)NITEMS(texts));
	tcase_add_loop_test(tests, floats_are_read, 0, (int)NITEMS(floats));
	tcase_add_loop_test(tests, integers_are_read, 0, (int)NITEMS(integers));
	suite_add_tcase(suite, tests);
	return suite;
}

/* Dates, times and datetimes as Pydantic reads them: what is accepted, and the words of each
 * refusal. */
#include "datetime_input.h"

#include "suite.h"
#include "value_json.h"

#include <math.h>
#include <stdlib.h>

#define EXTRA     "unexpected extra characters at the end of the input"
#define SHORT     "input is too short"
#define SEPARATOR "invalid date separator, expected `-`"
#define AFTER     "dates after 9999 are not supported as unix timestamps"
#define BEFORE    "dates before 0000 are not supported as unix timestamps"
#define YEAR_ZERO "year 0 is out of range"
#define POSITIVE  "time in seconds should be positive"
#define TOO_LARGE "numeric times may not exceed 86,399 seconds"
#define MINUS     "\xe2\x88\x92"

static struct arena arena;

static void setup(void)
{
	arena_init(&arena);
}

static void teardown(void)
{
	arena_done(&arena);
}

typedef enum datetime_input reader(
	struct arena *arena, const struct json *json, struct value *value, const char **reason);

/* Reads the input and compares the outcome, and the value as an answer has it or the reason. */
static void expect(reader *read, enum field_type type, const struct json *json,
	enum datetime_input outcome, const char *wanted)
{
	const struct field field = { .type = type };
	struct value value;
	const char *reason = "";
	struct buf out;

	buf_init(&out, 256);
	ck_assert_int_eq(read(&arena, json, &value, &reason), outcome);
	if (outcome == DATETIME_INPUT_OK)
		value_json_write(&out, &field, &value);
	else
		buf_str(&out, str_from(reason));
	ck_assert_slice_eq(buf_view(&out), str_from(wanted));
	buf_done(&out);
}

/* The text is a copy of the exact size, so that a sanitizer sees a read behind it. */
static void expect_text(reader *read, enum field_type type, struct str text,
	enum datetime_input outcome, const char *wanted)
{
	char *copy = malloc(text.len ? text.len : 1);
	struct json json = { .type = JSON_STRING, .text = { copy, text.len } };

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text.ptr, text.len);
	expect(read, type, &json, outcome, wanted);
	free(copy);
}

static const struct {
	struct str text;
	enum datetime_input outcome;
	const char *wanted; /* the datetime, or the reason */
} datetimes[] = {
	{ STR_INIT("2026-01-31"), DATETIME_INPUT_OK, "\"2026-01-31T00:00:00\"" },
	{ STR_INIT("0001-01-01"), DATETIME_INPUT_OK, "\"0001-01-01T00:00:00\"" },
	{ STR_INIT("2026-01-31T12:30"), DATETIME_INPUT_OK, "\"2026-01-31T12:30:00\"" },
	{ STR_INIT("2026-01-31t12:30:45z"), DATETIME_INPUT_OK, "\"2026-01-31T12:30:45Z\"" },
	{ STR_INIT("2026-01-31 12:30:45.1"), DATETIME_INPUT_OK, "\"2026-01-31T12:30:45.100000\"" },
	{ STR_INIT("2026-01-31_12:30:45,1234569"), DATETIME_INPUT_OK,
		"\"2026-01-31T12:30:45.123456\"" },
	{ STR_INIT("2026-01-31T12:30Z"), DATETIME_INPUT_OK, "\"2026-01-31T12:30:00Z\"" },
	{ STR_INIT("2026-01-31T12:30:45+02:00"), DATETIME_INPUT_OK,
		"\"2026-01-31T12:30:45+02:00\"" },
	{ STR_INIT("2026-01-31T12:30:45-0530"), DATETIME_INPUT_OK,
		"\"2026-01-31T12:30:45-05:30\"" },
	{ STR_INIT("2026-01-31T12:30:45\xe2\x88\x92"
		   "23:59"),
		DATETIME_INPUT_OK, "\"2026-01-31T12:30:45-23:59\"" },
	{ STR_INIT("9999-12-31T23:59:59.999999+00:00"), DATETIME_INPUT_OK,
		"\"9999-12-31T23:59:59.999999Z\"" },
	/* Timestamps. */
	{ STR_INIT("0"), DATETIME_INPUT_OK, "\"1970-01-01T00:00:00Z\"" },
	{ STR_INIT("-1"), DATETIME_INPUT_OK, "\"1969-12-31T23:59:59Z\"" },
	{ STR_INIT("+5"), DATETIME_INPUT_OK, "\"1970-01-01T00:00:05Z\"" },
	{ STR_INIT("5."), DATETIME_INPUT_OK, "\"1970-01-01T00:00:05Z\"" },
	{ STR_INIT(".5"), DATETIME_INPUT_OK, "\"1970-01-01T00:00:00.500000Z\"" },
	{ STR_INIT("-90.25"), DATETIME_INPUT_OK, "\"1969-12-31T23:58:29.750000Z\"" },
	{ STR_INIT("1.5e3"), DATETIME_INPUT_OK, "\"1970-01-01T00:25:00Z\"" },
	{ STR_INIT("20000000000"), DATETIME_INPUT_OK, "\"2603-10-11T11:33:20Z\"" },
	{ STR_INIT("20000000001"), DATETIME_INPUT_OK, "\"1970-08-20T11:33:20.001000Z\"" },
	{ STR_INIT("-20000000001"), DATETIME_INPUT_OK, "\"1969-05-14T12:26:39.999000Z\"" },
	{ STR_INIT("1704067200123.456"), DATETIME_INPUT_OK, "\"2024-01-01T00:00:00.123456Z\"" },
	{ STR_INIT("253402300799999"), DATETIME_INPUT_OK, "\"9999-12-31T23:59:59.999000Z\"" },
	{ STR_INIT("253402300800000"), DATETIME_INPUT_OTHER, AFTER },
	{ STR_INIT("-62167219200001"), DATETIME_INPUT_OTHER, BEFORE },
	{ STR_INIT("-62167219200000"), DATETIME_INPUT_INVALID, YEAR_ZERO },
	/* 2^63: negative for the reference. */
	{ STR_INIT("9223372036854775808"), DATETIME_INPUT_OTHER, SEPARATOR },
	{ STR_INIT("100000000000000000000000.5"), DATETIME_INPUT_OTHER, SEPARATOR },
	{ STR_INIT("1.0e999"), DATETIME_INPUT_OTHER, SHORT },
	{ STR_INIT("-1.0e999"), DATETIME_INPUT_OTHER, SHORT },
	/* Neither. */
	{ STR_INIT(""), DATETIME_INPUT_OTHER, SHORT },
	{ STR_INIT("."), DATETIME_INPUT_OTHER, SHORT },
	{ STR_INIT("-"), DATETIME_INPUT_OTHER, SHORT },
	{ STR_INIT("1e3"), DATETIME_INPUT_OTHER, SHORT },
	{ STR_INIT("1.5e"), DATETIME_INPUT_OTHER, SHORT },
	{ STR_INIT(" 5 "), DATETIME_INPUT_OTHER, SHORT },
	{ STR_INIT("2026-1-3"), DATETIME_INPUT_OTHER, SHORT },
	{ STR_INIT("31.01.2026"), DATETIME_INPUT_OTHER, "invalid character in year" },
	{ STR_INIT("\0\0\0\0\0\0\0\0\0\0"), DATETIME_INPUT_OTHER, "invalid character in year" },
	{ STR_INIT("2026/01/31"), DATETIME_INPUT_OTHER, SEPARATOR },
	{ STR_INIT("2026-01/31"), DATETIME_INPUT_OTHER, SEPARATOR },
	{ STR_INIT("2026-\0001-31"), DATETIME_INPUT_OTHER, "invalid character in month" },
	{ STR_INIT("2026-xx-31"), DATETIME_INPUT_OTHER, "invalid character in month" },
	{ STR_INIT("2026-01-xx"), DATETIME_INPUT_OTHER, "invalid character in day" },
	{ STR_INIT("2026-13-01"), DATETIME_INPUT_OTHER,
		"month value is outside expected range of 1-12" },
	{ STR_INIT("2026-02-29"), DATETIME_INPUT_OTHER, "day value is outside expected range" },
	{ STR_INIT("2026-01-00"), DATETIME_INPUT_OTHER, "day value is outside expected range" },
	{ STR_INIT("0000-01-01"), DATETIME_INPUT_INVALID, YEAR_ZERO },
	{ STR_INIT("0000-01-01T00:00:00Z"), DATETIME_INPUT_INVALID, YEAR_ZERO },
	{ STR_INIT("2026-01-31 "), DATETIME_INPUT_OTHER, EXTRA },
	{ STR_INIT("2026-01-31x12:30"), DATETIME_INPUT_OTHER, EXTRA },
	{ STR_INIT("2026-01-31T1230"), DATETIME_INPUT_OTHER, EXTRA },
	{ STR_INIT("2026-01-31T24:00:00"), DATETIME_INPUT_OTHER, EXTRA },
	{ STR_INIT("2026-01-31T12:60:00"), DATETIME_INPUT_OTHER, EXTRA },
	{ STR_INIT("2026-01-31T23:59:60"), DATETIME_INPUT_OTHER, EXTRA },
	{ STR_INIT("2026-01-31T12:30:45."), DATETIME_INPUT_OTHER, EXTRA },
	{ STR_INIT("2026-01-31T12:30:45+02"), DATETIME_INPUT_OTHER, EXTRA },
	{ STR_INIT("2026-01-31T12:30:45+24:00"), DATETIME_INPUT_OTHER, EXTRA },
	{ STR_INIT("2026-01-31T12:30:45+23:60"), DATETIME_INPUT_OTHER, EXTRA },
	{ STR_INIT("2026-01-31T12:30:45Zx"), DATETIME_INPUT_OTHER, EXTRA },
	{ STR_INIT("0001-01-01T00:00+10:00"), DATETIME_INPUT_OK, "\"0001-01-01T00:00:00+10:00\"" },
	/* Numbers beyond 64 bits wrap around. */
	{ STR_INIT("18446744073709551617"), DATETIME_INPUT_OK, "\"1970-01-01T00:00:01Z\"" },
};

START_TEST(datetimes_are_read)
{
	expect_text(datetime_input_read, FIELD_DATETIME, datetimes[_i].text, datetimes[_i].outcome,
		datetimes[_i].wanted);
}
END_TEST

static const struct {
	struct str text;
	enum datetime_input outcome;
	const char *wanted;
} dates[] = {
	{ STR_INIT("2026-01-31"), DATETIME_INPUT_OK, "\"2026-01-31\"" },
	{ STR_INIT("0001-01-01"), DATETIME_INPUT_OK, "\"0001-01-01\"" },
	{ STR_INIT("1969-12-31"), DATETIME_INPUT_OK, "\"1969-12-31\"" },
	{ STR_INIT("2026-01-31T00:00:00.000000-23:59"), DATETIME_INPUT_OK, "\"2026-01-31\"" },
	{ STR_INIT("-86400"), DATETIME_INPUT_OK, "\"1969-12-31\"" },
	{ STR_INIT("86400.0"), DATETIME_INPUT_OK, "\"1970-01-02\"" },
	{ STR_INIT("-62135596800000"), DATETIME_INPUT_OK, "\"0001-01-01\"" },
	{ STR_INIT("1704067200001"), DATETIME_INPUT_INEXACT, "" },
	{ STR_INIT("5"), DATETIME_INPUT_INEXACT, "" },
	{ STR_INIT("2026-01-31T00:00:00.000001"), DATETIME_INPUT_INEXACT, "" },
	{ STR_INIT("-62135596800001"), DATETIME_INPUT_INEXACT, "" },
	{ STR_INIT("0000-01-01"), DATETIME_INPUT_INVALID, YEAR_ZERO },
	{ STR_INIT("0000-01-01T00:00Z"), DATETIME_INPUT_INVALID, YEAR_ZERO },
	{ STR_INIT("-62167219200000"), DATETIME_INPUT_INVALID, YEAR_ZERO },
	{ STR_INIT(""), DATETIME_INPUT_OTHER, SHORT },
	{ STR_INIT("2026-01-31T"), DATETIME_INPUT_OTHER, SHORT },
	{ STR_INIT("2026-01-31x12:30"), DATETIME_INPUT_OTHER,
		"invalid datetime separator, expected `T`, `t`, `_` or space" },
	{ STR_INIT("2026-01-31T12:30:45.123456 "), DATETIME_INPUT_OTHER, "invalid timezone sign" },
	{ STR_INIT("253402300800000"), DATETIME_INPUT_OTHER, AFTER },
	{ STR_INIT("-62167219200001"), DATETIME_INPUT_OTHER, BEFORE },
	{ STR_INIT("1.0e999"), DATETIME_INPUT_OTHER, TOO_LARGE },
	{ STR_INIT("-1.0e999"), DATETIME_INPUT_OTHER, BEFORE },
	{ STR_INIT("9223372036854775808.5"), DATETIME_INPUT_OTHER, SEPARATOR },
};

START_TEST(dates_are_read)
{
	expect_text(datetime_input_date, FIELD_DATE, dates[_i].text, dates[_i].outcome,
		dates[_i].wanted);
}
END_TEST

static const struct {
	struct str text;
	const char *wanted; /* with quotes the time, else the reason */
} times[] = {
	{ STR_INIT("12:30"), "\"12:30:00\"" },
	{ STR_INIT("12:30:45,5"), "\"12:30:45.500000\"" },
	{ STR_INIT("12:30:45.1234569"), "\"12:30:45.123456\"" },
	{ STR_INIT("12:30z"), "\"12:30:00Z\"" },
	{ STR_INIT("12:30+0000"), "\"12:30:00Z\"" },
	{ STR_INIT("23:59:59.999999+23:59"), "\"23:59:59.999999+23:59\"" },
	{ STR_INIT("00:00" MINUS "05:30"), "\"00:00:00-05:30\"" },
	{ STR_INIT(""), SHORT },
	{ STR_INIT("1:30"), SHORT },
	{ STR_INIT("1:300"), "invalid character in hour" },
	{ STR_INIT("12\0"
		   "30"),
		"invalid time separator, expected `:`" },
	{ STR_INIT("12:3x"), "invalid character in minute" },
	{ STR_INIT("12:30:"), "invalid character in second" },
	{ STR_INIT("12:30:4"), "invalid character in second" },
	{ STR_INIT("24:60"), "hour value is outside expected range of 0-23" },
	{ STR_INIT("12:60"), "minute value is outside expected range of 0-59" },
	{ STR_INIT("12:30:60"), "second value is outside expected range of 0-59" },
	{ STR_INIT("12:30:45."), "second fraction digits missing after `.`" },
	{ STR_INIT("12:30 Z"), "invalid timezone sign" },
	{ STR_INIT("12:30\xe2\x88"), "invalid timezone sign" },
	{ STR_INIT("12:30+"), "invalid timezone hour" },
	{ STR_INIT("12:30+0x:00"), "invalid timezone hour" },
	{ STR_INIT("12:30+02"), "invalid timezone minute" },
	{ STR_INIT("12:30+02:"), "invalid timezone minute" },
	{ STR_INIT("12:30+02:0"), "invalid timezone minute" },
	{ STR_INIT("12:30+25:60"), "timezone minute value is outside expected range of 0-59" },
	{ STR_INIT("12:30-24:00"), "timezone offset must be less than 24 hours" },
	{ STR_INIT("12:30Zx"), EXTRA },
	{ STR_INIT("12:30+02:000"), EXTRA },
};

START_TEST(times_are_read)
{
	bool good = times[_i].wanted[0] == '"';

	expect_text(datetime_input_time, FIELD_TIME, times[_i].text,
		good ? DATETIME_INPUT_OK : DATETIME_INPUT_INVALID, times[_i].wanted);
}
END_TEST

/* Numbers, read as each of the three types. */
static const struct {
	struct json json;
	const char *datetime, *date, *time; /* with quotes the value, else the reason */
} numbers[] = {
#define FLOAT(n)                                                                                   \
	{                                                                                          \
		.type = JSON_FLOAT, .number = (n)                                                  \
	}
#define INT(n)                                                                                     \
	{                                                                                          \
		.type = JSON_INT, .text = STR_INIT(n)                                              \
	}
	{ FLOAT(0.5), "\"1970-01-01T00:00:00.500000Z\"", "", "\"00:00:00.500000Z\"" },
	{ FLOAT(-90.5), "\"1969-12-31T23:58:29.500000Z\"", "", POSITIVE },
	/* As the reference has it: the fraction is added to -91. */
	{ FLOAT(-90.25), "\"1969-12-31T23:58:29.250000Z\"", "", POSITIVE },
	{ FLOAT(-0.0), "\"1970-01-01T00:00:00Z\"", "\"1970-01-01\"", "\"00:00:00Z\"" },
	{ FLOAT(1e-7), "\"1970-01-01T00:00:00Z\"", "\"1970-01-01\"", "\"00:00:00Z\"" },
	{ FLOAT(0.9999999), "\"1970-01-01T00:00:01Z\"", "", "\"00:00:01Z\"" },
	{ FLOAT(86399.9999999), "\"1970-01-02T00:00:00Z\"", "\"1970-01-02\"", TOO_LARGE },
	{ FLOAT(1704067200123.456), "\"2024-01-01T00:00:00.123456Z\"", "", TOO_LARGE },
	{ FLOAT(1e20), AFTER, AFTER, TOO_LARGE },
	{ FLOAT(INFINITY), AFTER, AFTER, TOO_LARGE },
	{ FLOAT(-1e20), BEFORE, BEFORE, POSITIVE },
	{ FLOAT(-INFINITY), BEFORE, BEFORE, POSITIVE },
	{ FLOAT(-62167219200000.0), YEAR_ZERO, YEAR_ZERO, POSITIVE },
	{ FLOAT(NAN), "NaN values not permitted", "NaN values not permitted",
		"NaN values not permitted" },
	{ INT("-0"), "\"1970-01-01T00:00:00Z\"", "\"1970-01-01\"", "\"00:00:00Z\"" },
	{ INT("86399"), "\"1970-01-01T23:59:59Z\"", "", "\"23:59:59Z\"" },
	{ INT("-86400"), "\"1969-12-31T00:00:00Z\"", "\"1969-12-31\"", POSITIVE },
	{ INT("253402300799000"), "\"9999-12-31T23:59:59Z\"", "", TOO_LARGE },
	{ INT("9223372036854775807"), AFTER, AFTER, TOO_LARGE },
	{ INT("9223372036854775808"), AFTER, AFTER, TOO_LARGE },
	{ INT("100000000000000000000000000000000"), AFTER, AFTER, TOO_LARGE },
	{ INT("-9223372036854775808"), BEFORE, BEFORE, POSITIVE },
	{ INT("-9223372036854775809"), BEFORE, BEFORE, POSITIVE },
};

static void expect_number(reader *read, enum field_type type, const struct json *json,
	enum datetime_input refusal, const char *wanted)
{
	bool good = wanted[0] == '"';
	bool inexact = wanted[0] == '\0';

	if (strcmp(wanted, YEAR_ZERO) == 0)
		refusal = DATETIME_INPUT_INVALID;
	if (inexact)
		refusal = DATETIME_INPUT_INEXACT;
	expect(read, type, json, good ? DATETIME_INPUT_OK : refusal, wanted);
}

START_TEST(numbers_are_read)
{
	const struct json *json = &numbers[_i].json;

	expect_number(datetime_input_read, FIELD_DATETIME, json, DATETIME_INPUT_INVALID,
		numbers[_i].datetime);
	expect_number(
		datetime_input_date, FIELD_DATE, json, DATETIME_INPUT_OTHER, numbers[_i].date);
	expect_number(
		datetime_input_time, FIELD_TIME, json, DATETIME_INPUT_INVALID, numbers[_i].time);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("datetime_input");
	TCase *tests = tcase_create("datetime_input");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, datetimes_are_read, 0, (int)NITEMS(datetimes));
	tcase_add_loop_test(tests, dates_are_read, 0, (int)NITEMS(dates));
	tcase_add_loop_test(tests, times_are_read, 0, (int)NITEMS(times));
	tcase_add_loop_test(tests, numbers_are_read, 0, (int)NITEMS(numbers));
	suite_add_tcase(suite, tests);
	return suite;
}

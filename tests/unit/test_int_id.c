#include "int_id.h"

#include "buf.h"
#include "suite.h"

static const struct {
	struct str segment;
	int64_t value;
} integers[] = {
	{ STR_INIT("0"), 0 },
	{ STR_INIT("1"), 1 },
	{ STR_INIT("-1"), -1 },
	{ STR_INIT("-0"), 0 },
	{ STR_INIT("42"), 42 },
	{ STR_INIT("9223372036854775807"), INT64_MAX },
	{ STR_INIT("-9223372036854775808"), INT64_MIN },
	{ STR_INIT("9223372036854775807.00"), INT64_MAX },

	{ STR_INIT("+1"), 1 },
	{ STR_INIT("+0"), 0 },
	{ STR_INIT("007"), 7 },
	{ STR_INIT("+007"), 7 },
	{ STR_INIT("-007"), -7 },
	{ STR_INIT("000"), 0 },
	{ STR_INIT("-000"), 0 },
	{ STR_INIT("1_000"), 1000 },
	{ STR_INIT("-1_0_0"), -100 },
	{ STR_INIT("1.0"), 1 },
	{ STR_INIT("1.000"), 1 },
	{ STR_INIT("-1.0"), -1 },
	{ STR_INIT("10.0"), 10 },
	{ STR_INIT("0.0"), 0 },
	{ STR_INIT("00.0"), 0 },
	{ STR_INIT("01.0"), 1 },
	{ STR_INIT("1_0.0"), 10 },
	{ STR_INIT("0_1"), 1 },
	{ STR_INIT("0__1"), 1 },
	{ STR_INIT("0_0_1"), 1 },
	{ STR_INIT("-0__1"), -1 },
	{ STR_INIT("0_0"), 0 },
	{ STR_INIT("0__0"), 0 },
	{ STR_INIT("0-1"), -1 },
	{ STR_INIT("+0-1"), -1 },
	{ STR_INIT("0_-1"), -1 },
	{ STR_INIT("0-0"), 0 },
	{ STR_INIT("0-1_0.0"), -10 },
	{ STR_INIT("0-_1"), -1 },

	{ STR_INIT(" 1"), 1 },
	{ STR_INIT("1 "), 1 },
	{ STR_INIT("\t\n\v\f\r 1 \r\f\v\n\t"), 1 },
	{ STR_INIT(" -1 "), -1 },
	{ STR_INIT("\xc2\x85"
		   "1\xc2\xa0"),
		1 },
	{ STR_INIT("\xe1\x9a\x80"
		   "1"),
		1 },
	{ STR_INIT("\xe2\x80\x80"
		   "1\xe2\x80\x8a"),
		1 },
	{ STR_INIT("1\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaf\xe2\x81\x9f\xe3\x80\x80"), 1 },
};

START_TEST(reads_integers)
{
	struct str segment = integers[_i].segment;
	int64_t value = 12345;
	enum int_id_outcome outcome = int_id_parse(segment, &value);

	ck_assert_msg(outcome == INT_ID_OK && value == integers[_i].value, "\"%.*s\": %d, %lld",
		STR_ARGS(segment), (int)outcome, (long long)value);
}
END_TEST

static const struct str others[] = {
	STR_INIT(""),
	STR_INIT("abc"),
	STR_INIT("1a"),
	STR_INIT("1\0"),
	STR_INIT("\0"),
	STR_INIT(" "),
	STR_INIT("-"),
	STR_INIT("+"),
	STR_INIT("_"),
	STR_INIT("1."),
	STR_INIT(".0"),
	STR_INIT("0."),
	STR_INIT("0_.0"),
	STR_INIT("0-.0"),
	STR_INIT("1.5"),
	STR_INIT("1.0.0"),
	STR_INIT("1.0_0"),
	STR_INIT("1,0"),
	STR_INIT("1e0"),
	STR_INIT("0x1"),
	STR_INIT("1__0"),
	STR_INIT("_1"),
	STR_INIT("1_"),
	STR_INIT("1_.0"),
	STR_INIT("-_1"),
	STR_INIT("0_"),
	STR_INIT("-0_"),
	STR_INIT("+-1"),
	STR_INIT("-+1"),
	STR_INIT("--1"),
	STR_INIT("++1"),
	STR_INIT("- 1"),
	STR_INIT("+ 1"),
	STR_INIT("1 1"),
	STR_INIT("1-1"),
	STR_INIT("-0-1"),
	STR_INIT("0-01"),
	STR_INIT("0--1"),
	STR_INIT("0+1"),
	STR_INIT("0 1"),
	STR_INIT("0a"),
	STR_INIT("inf"),
	STR_INIT("NaN"),
	/* Not white space: U+001C to U+001F, U+180E, U+200B, U+FEFF. */
	STR_INIT("\x1c"
		 "1"),
	STR_INIT("1\x1f"),
	STR_INIT("\xe1\xa0\x8e"
		 "1"),
	STR_INIT("1\xe2\x80\x8b"),
	STR_INIT("\xef\xbb\xbf"
		 "1"),
	/* Digits, but not ASCII ones: Arabic three, full-width one, superscript two. */
	STR_INIT("\xd9\xa3"),
	STR_INIT("\xef\xbc\x91"),
	STR_INIT("1\xc2\xb2"),
	STR_INIT("\xef\xbf\xbd"),
};

START_TEST(refuses_other_texts)
{
	int64_t value;
	enum int_id_outcome outcome = int_id_parse(others[_i], &value);

	ck_assert_msg(
		outcome == INT_ID_PARSING, "\"%.*s\": %d", STR_ARGS(others[_i]), (int)outcome);
}
END_TEST

static const struct str beyond[] = {
	STR_INIT("9223372036854775808"),
	STR_INIT("-9223372036854775809"),
	STR_INIT("18446744073709551617"), /* 2^64 + 1 */
	STR_INIT(" 9223372036854775808 "),
	STR_INIT("9223372036854775808.0"),
	STR_INIT("1_000_000_000_000_000_000_000"),
};

START_TEST(recognises_integers_beyond_64_bits)
{
	int64_t value;

	ck_assert_msg(
		int_id_parse(beyond[_i], &value) == INT_ID_OUT_OF_RANGE, "%s", beyond[_i].ptr);
}
END_TEST

/* The text before and after that many digits. */
static const struct {
	const char *before;
	size_t digits;
	const char *behind;
	enum int_id_outcome outcome;
} long_ones[] = {
	{ "", 4300, "", INT_ID_OUT_OF_RANGE },
	{ "", 4301, "", INT_ID_SIZE },
	{ "-", 4299, "", INT_ID_OUT_OF_RANGE },
	{ "-", 4300, "", INT_ID_SIZE },
	{ "", 100000, "", INT_ID_SIZE },
	{ "", 4301, "abc", INT_ID_SIZE },
	{ "", 4301, " ", INT_ID_SIZE },
	{ "", 4301, ".0", INT_ID_SIZE },
	{ "", 4301, ".5", INT_ID_SIZE },
	{ "", 4301, "_1", INT_ID_SIZE },
	{ "", 4300, "x", INT_ID_PARSING },
	{ "", 4300, ".0", INT_ID_OUT_OF_RANGE },
	{ "", 4299, "_1", INT_ID_OUT_OF_RANGE },
	{ "", 4300, "_1", INT_ID_PARSING },
	{ "+", 4300, "", INT_ID_OUT_OF_RANGE },
	{ " ", 4301, "", INT_ID_PARSING },
	{ "+", 4301, "", INT_ID_PARSING },
	{ "0", 4301, "", INT_ID_PARSING },
	{ "-0", 4299, "", INT_ID_OUT_OF_RANGE },
	{ "-0", 4300, "", INT_ID_PARSING },
	{ "_", 4301, "", INT_ID_PARSING },
};

START_TEST(limits_the_number_of_digits)
{
	struct buf segment;
	int64_t value;

	buf_init(&segment, SIZE_MAX / 2);
	buf_str(&segment, str_from(long_ones[_i].before));
	for (size_t i = 0; i < long_ones[_i].digits; i++)
		buf_char(&segment, '7');
	buf_str(&segment, str_from(long_ones[_i].behind));
	ck_assert_int_eq(int_id_parse(buf_view(&segment), &value), long_ones[_i].outcome);
	buf_done(&segment);
}
END_TEST

/* Leading zeros do not count as digits. */
START_TEST(skips_any_number_of_zeros)
{
	char segment[5001];
	int64_t value = 0;

	memset(segment, '0', sizeof(segment));
	segment[sizeof(segment) - 1] = '1';
	ck_assert_int_eq(int_id_parse((struct str){ segment, sizeof(segment) }, &value), INT_ID_OK);
	ck_assert_int_eq(value, 1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("int_id");
	TCase *tests = tcase_create("int_id");

	tcase_add_loop_test(tests, reads_integers, 0, NITEMS(integers));
	tcase_add_loop_test(tests, refuses_other_texts, 0, NITEMS(others));
	tcase_add_loop_test(tests, recognises_integers_beyond_64_bits, 0, NITEMS(beyond));
	tcase_add_loop_test(tests, limits_the_number_of_digits, 0, NITEMS(long_ones));
	tcase_add_test(tests, skips_any_number_of_zeros);
	suite_add_tcase(suite, tests);
	return suite;
}

#include "ascii.h"
#include "suite.h"

#include <inttypes.h>
#include <stdio.h>

#define DIGITS  "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static const struct {
	enum ascii_set set;
	const char *members; /* below 0x80 */
	bool others;         /* true if 0x80 and above are members */
} sets[] = {
	{ ASCII_DIGIT, DIGITS, false },
	{ ASCII_ALPHA, LETTERS, false },
	{ ASCII_HEX, DIGITS "ABCDEFabcdef", false },
	{ ASCII_TOKEN, DIGITS LETTERS "!#$%&'*+-.^_`|~", false },
	{ ASCII_FIELD, DIGITS LETTERS "\t !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", true },
	{ ASCII_VCHAR, DIGITS LETTERS "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", false },
	{ ASCII_PATH, DIGITS LETTERS "!\"$&'()*+,-./:;<=>@[\\]^_`{|}~", false },
	{ ASCII_HOST, DIGITS LETTERS "-._~!$&'()*+,;=", false },
	{ ASCII_URL, DIGITS LETTERS "_.-~:/%#?=@[]!$&'()*+,;", false },
};
_Static_assert(NITEMS(sets) == ASCII__COUNT, "a set has no test");

START_TEST(sets_have_exactly_their_members)
{
	const char *members = sets[_i].members;

	for (int c = 0; c < 256; c++) {
		bool want = c < 0x80 ? c > 0 && strchr(members, c) : sets[_i].others;
		ck_assert_msg(ascii_is(sets[_i].set, (char)c) == want, "set %d, byte %d", _i, c);
	}
}
END_TEST

START_TEST(spans_stop_at_the_first_byte_outside_the_set)
{
	ck_assert_uint_eq(ascii_span(ASCII_DIGIT, STR("12a3")), 2);
	ck_assert_uint_eq(ascii_span(ASCII_DIGIT, STR("a")), 0);
	ck_assert_uint_eq(ascii_span(ASCII_DIGIT, STR("")), 0);
	ck_assert(ascii_all(ASCII_DIGIT, STR("123")));
	ck_assert(ascii_all(ASCII_DIGIT, STR("")));
	ck_assert(!ascii_all(ASCII_DIGIT, STR("123 ")));
}
END_TEST

START_TEST(hex_digits_are_decoded)
{
	const struct str digits = STR("0123456789abcdefABCDEF");

	for (size_t i = 0; i < digits.len; i++)
		ck_assert_uint_eq(ascii_hex_value(digits.ptr[i]), i < 16 ? i : i - 6);
}
END_TEST

START_TEST(numbers_are_written_in_hex)
{
	char text[17] = "", want[17];

	for (unsigned i = 0; i < 64 * 16; i++) {
		/* Each digit in each place, with all other bits 0 or 1. */
		uint64_t n = (uint64_t)(i % 16) << i / 64 * 4;
		n |= i / 16 % 2 ? ~(UINT64_C(15) << i / 64 * 4) : 0;
		ascii_write_hex(text, n);
		snprintf(want, sizeof(want), "%016" PRIx64, n);
		ck_assert_str_eq(text, want);
	}
	ascii_write_hex(text, UINT64_C(0x0123456789abcdef));
	ck_assert_str_eq(text, "0123456789abcdef");
}
END_TEST

START_TEST(only_letters_have_case)
{
	ck_assert(ascii_equal_nocase(STR("Transfer-ENCODING"), STR("transfer-encoding")));
	ck_assert(ascii_equal_nocase(STR(""), STR("")));
	ck_assert(!ascii_equal_nocase(STR("Host"), STR("hosts")));
	ck_assert(!ascii_equal_nocase(STR("Hosts"), STR("host")));
	ck_assert(!ascii_equal_nocase(STR("content\x0dlength"), STR("content-length")));
	ck_assert(!ascii_equal_nocase(STR("@["), STR("`{")));
	ck_assert(!ascii_equal_nocase(STR("\xc0"), STR("\xe0")));
}
END_TEST

START_TEST(spaces_and_tabs_are_trimmed)
{
	ck_assert_slice_eq(ascii_trim(STR(" \ta b\t ")), STR("a b"));
	ck_assert_slice_eq(ascii_trim(STR("a")), STR("a"));
	ck_assert_slice_eq(ascii_trim(STR("\x0b\xa0\n")), STR("\x0b\xa0\n"));
	ck_assert_uint_eq(ascii_trim(STR(" \t ")).len, 0);
	ck_assert_uint_eq(ascii_trim(STR("")).len, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("ascii");
	TCase *tests = tcase_create("ascii");

	tcase_add_loop_test(tests, sets_have_exactly_their_members, 0, ASCII__COUNT);
	tcase_add_test(tests, spans_stop_at_the_first_byte_outside_the_set);
	tcase_add_test(tests, hex_digits_are_decoded);
	tcase_add_test(tests, numbers_are_written_in_hex);
	tcase_add_test(tests, only_letters_have_case);
	tcase_add_test(tests, spaces_and_tabs_are_trimmed);
	suite_add_tcase(suite, tests);
	return suite;
}

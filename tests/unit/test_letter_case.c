/* Case and white space of texts as Rust's str has them, and digits of all scripts. */
#include "letter_case.h"
#include "suite.h"
#include "unicode.h"
#include "white_space.h"

static struct arena arena;

static void teardown(void)
{
	arena_done(&arena);
}

static const struct {
	const char *text, *lower, *upper;
} cases[] = {
	{ "", "", "" },
	{ "aBc 1_-", "abc 1_-", "ABC 1_-" },
	{ "éÉ", "éé", "ÉÉ" },
	{ "ß", "ß", "SS" },
	{ "İ", "i̇", "İ" },
	{ "ﬃ", "ﬃ", "FFI" },
	{ "ŉ", "ŉ", "ʼN" },
	{ "ǅ", "ǆ", "Ǆ" },
	{ "ᾼ", "ᾳ", "ΑΙ" },
	{ "Ꭰ", "ꭰ", "Ꭰ" },
	{ "𐐀", "𐐨", "𐐀" },
	{ "\xea\x9f\x9c", "ƛ", "\xea\x9f\x9c" }, /* U+A7DC, of Unicode 16 */
	{ "中😀", "中😀", "中😀" },
	/* Final_Sigma: after a cased letter and before none, both across case-ignorables. */
	{ "Σ", "σ", "Σ" },
	{ "ΑΣ", "ας", "ΑΣ" },
	{ "ΑΣΑ", "ασα", "ΑΣΑ" },
	{ "ΑΣ ΑΣ", "ας ας", "ΑΣ ΑΣ" },
	{ "Α'Σ", "α'ς", "Α'Σ" },
	{ "ΑΣ'Α", "ασ'α", "ΑΣ'Α" },
	{ "ΑΣ'", "ας'", "ΑΣ'" },
	{ "1Σ", "1σ", "1Σ" },
	{ "ΣΣ", "σς", "ΣΣ" },
};

START_TEST(texts_are_converted)
{
	struct str text = str_from(cases[_i].text);

	ck_assert_slice_eq(letter_case_lower(&arena, text), str_from(cases[_i].lower));
	ck_assert_slice_eq(letter_case_upper(&arena, text), str_from(cases[_i].upper));
}
END_TEST

static const struct {
	const char *text, *trimmed;
} spaces[] = {
	{ "", "" },
	{ " \t\n\v\f\r", "" },
	{ " a b ", "a b" },
	{ "\xc2\x85\xc2\xa0\xe1\x9a\x80 x\xe2\x80\xa8\xe2\x80\xaf\xe2\x81\x9f\xe3\x80\x80", "x" },
	{ "\x1c x \x1f", "\x1c x \x1f" },     /* space for Python only */
	{ "\xe2\x80\x8bx", "\xe2\x80\x8bx" }, /* U+200B zero width space */
	{ "x\xef\xbb\xbf", "x\xef\xbb\xbf" }, /* U+FEFF */
	{ "\xe2\x80\x8a\xe2\x80\x80"
	  "x",
		"x" },
};

START_TEST(white_space_is_trimmed)
{
	ck_assert_slice_eq(
		white_space_trim(str_from(spaces[_i].text)), str_from(spaces[_i].trimmed));
}
END_TEST

START_TEST(digits_of_all_scripts_are_digits)
{
	static const uint32_t zeros[] = { '0', 0x660, 0x966, 0xFF10, 0x1D7CE, 0x1D7D8, 0x1FBF0 };
	static const uint32_t others[] = { 0, '/', ':', 'a', 0xB2, 0xBD, 0x2460, 0x4E94, 0x11DE0 };

	for (size_t i = 0; i < NITEMS(zeros); i++)
		for (uint32_t digit = 0; digit < 10; digit++)
			ck_assert_int_eq(unicode_digit(zeros[i] + digit), (char)('0' + digit));
	for (size_t i = 0; i < NITEMS(others); i++)
		ck_assert_int_eq(unicode_digit(others[i]), '\0');
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("letter_case");
	TCase *tests = tcase_create("letter_case");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_loop_test(tests, texts_are_converted, 0, NITEMS(cases));
	tcase_add_loop_test(tests, white_space_is_trimmed, 0, NITEMS(spaces));
	tcase_add_test(tests, digits_of_all_scripts_are_digits);
	suite_add_tcase(suite, tests);
	return suite;
}

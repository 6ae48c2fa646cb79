#include "line.h"

#include "suite.h"

#include <stdint.h>

static struct line line;

static void check(const char *want)
{
	ck_assert_slice_eq(((struct str){ line.text, line.len }), str_from(want));
	line.len = 0;
}

START_TEST(numbers)
{
	line_int(&line, 0);
	check("0");
	line_int(&line, INT64_MIN);
	check("-9223372036854775808");
	line_int(&line, INT64_MAX);
	check("9223372036854775807");
	line_ms(&line, 999);
	check("0.000");
	line_ms(&line, 1234567);
	check("1.234");
	line_ms(&line, 60000000000);
	check("60000.000");
}
END_TEST

START_TEST(text_is_escaped)
{
	static const struct {
		enum line_escape how;
		const char *want;
	} cases[] = {
		{ LINE_PLAIN, "a\"\\\\x0a\xc3\xa9\\x7f" },
		{ LINE_TARGET, "a%22\\%0a\xc3\xa9%7f" },
		{ LINE_APACHE, "a\\\"\\\\\\x0a\\xc3\\xa9\\x7f" },
		{ LINE_JSON, "a\\\"\\\\\\u000a\xc3\xa9\\u007f" },
	};

	for (size_t i = 0; i < NITEMS(cases); i++) {
		line_escape(&line, STR("a\"\\\n\xc3\xa9\x7f"), 100, cases[i].how);
		check(cases[i].want);
	}
	line_escape(&line, STR("\0\xc3(\xff"), 100, LINE_JSON);
	check("\\u0000\\u00c3(\\u00ff");
}
END_TEST

START_TEST(text_is_cut_between_characters)
{
	line_escape(&line, STR("ab\n"), 5, LINE_PLAIN);
	check("ab");
	line_escape(&line, STR("a\"b"), 2, LINE_JSON);
	check("a");
	line_escape(&line, STR("a\xe2\x82\xac"), 3, LINE_JSON);
	check("a");
	line_escape(&line,
		STR("a\xe2\x82\xac"
		    "b"),
		4, LINE_JSON);
	check("a\xe2\x82\xac");
}
END_TEST

START_TEST(a_line_never_exceeds_its_limit)
{
	static char text[LINE_MOST + 10];

	memset(text, '"', sizeof(text));
	line_str(&line, (struct str){ text, 10 });
	line_escape(&line, (struct str){ text, sizeof(text) }, SIZE_MAX, LINE_JSON);
	ck_assert_uint_eq(line.len, LINE_MOST);
	line_str(&line, STR("more"));
	line_int(&line, 7);
	ck_assert_uint_eq(line.len, LINE_MOST);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("line");
	TCase *tests = tcase_create("line");

	tcase_add_test(tests, numbers);
	tcase_add_test(tests, text_is_escaped);
	tcase_add_test(tests, text_is_cut_between_characters);
	tcase_add_test(tests, a_line_never_exceeds_its_limit);
	suite_add_tcase(suite, tests);
	return suite;
}

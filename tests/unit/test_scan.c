#include "scan.h"
#include "suite.h"

static const struct {
	struct str text;
	int digits;
	bool is_number;
	int number;
	size_t left; /* bytes, if it is a number */
} numbers[] = {
	{ STR_INIT("2026-12"), 4, true, 2026, 3 },
	{ STR_INIT("007"), 2, true, 0, 1 },
	{ STR_INIT("999999999"), 9, true, 999999999, 0 },
	{ STR_INIT("12"), 3, false, 0, 0 },
	{ STR_INIT(""), 1, false, 0, 0 },
	{ STR_INIT("1/"), 2, false, 0, 0 },
	{ STR_INIT("1:"), 2, false, 0, 0 },
	{ STR_INIT("-1"), 2, false, 0, 0 },
	{ STR_INIT("\0001"), 1, false, 0, 0 },
};

START_TEST(a_number_has_exactly_these_digits)
{
	struct scan s = scan_of(numbers[_i].text);
	int number;

	ck_assert_int_eq(scan_number(&s, numbers[_i].digits, &number), numbers[_i].is_number);
	if (!numbers[_i].is_number)
		return;
	ck_assert_int_eq(number, numbers[_i].number);
	ck_assert_uint_eq((size_t)(s.end - s.next), numbers[_i].left);
}
END_TEST

START_TEST(a_character_is_read_only_if_it_is_the_next)
{
	struct scan s = scan_of(STR("-:"));

	ck_assert(!scan_char(&s, ':'));
	ck_assert(scan_char(&s, '-'));
	ck_assert(!scan_at_end(&s));
	ck_assert(scan_char(&s, ':'));
	ck_assert(scan_at_end(&s));
	ck_assert(!scan_char(&s, '\0'));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("scan");
	TCase *tests = tcase_create("scan");

	tcase_add_loop_test(tests, a_number_has_exactly_these_digits, 0, (int)NITEMS(numbers));
	tcase_add_test(tests, a_character_is_read_only_if_it_is_the_next);
	suite_add_tcase(suite, tests);
	return suite;
}

#include "str.h"
#include "suite.h"

static const struct {
	struct str a, b;
	bool equal, a_starts_with_b;
} pairs[] = {
	{ STR_INIT(""), STR_INIT(""), true, true },
	{ STR_INIT(""), { NULL, 0 }, true, true },
	{ { NULL, 0 }, { NULL, 0 }, true, true },
	{ STR_INIT("a"), { NULL, 0 }, false, true },
	{ { NULL, 0 }, STR_INIT("a"), false, false },
	{ STR_INIT("abc"), STR_INIT("abc"), true, true },
	{ STR_INIT("abc"), STR_INIT("ab"), false, true },
	{ STR_INIT("ab"), STR_INIT("abc"), false, false },
	{ STR_INIT("abc"), STR_INIT("abd"), false, false },
	{ STR_INIT("a\0b"), STR_INIT("a\0c"), false, false },
	{ STR_INIT("a\0b"), STR_INIT("a\0"), false, true },
	{ STR_INIT("a"), STR_INIT("a\0"), false, false },
};

START_TEST(equality_and_prefix_compare_every_byte)
{
	ck_assert_int_eq(str_equal(pairs[_i].a, pairs[_i].b), pairs[_i].equal);
	ck_assert_int_eq(str_equal(pairs[_i].b, pairs[_i].a), pairs[_i].equal);
	ck_assert_int_eq(str_starts(pairs[_i].a, pairs[_i].b), pairs[_i].a_starts_with_b);
}
END_TEST

START_TEST(literals_have_their_length)
{
	ck_assert_uint_eq(STR("a\0b").len, 3);
	ck_assert_uint_eq(STR("").len, 0);
	ck_assert_uint_eq(str_from("a\0b").len, 1);
}
END_TEST

START_TEST(an_index_returns_the_rest)
{
	ck_assert_slice_eq(str_from_index(STR("a\0bc"), 0), STR("a\0bc"));
	ck_assert_slice_eq(str_from_index(STR("a\0bc"), 2), STR("bc"));
	ck_assert_slice_eq(str_from_index(STR("a\0bc"), 4), STR(""));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("str");
	TCase *tests = tcase_create("str");

	tcase_add_loop_test(tests, equality_and_prefix_compare_every_byte, 0, (int)NITEMS(pairs));
	tcase_add_test(tests, literals_have_their_length);
	tcase_add_test(tests, an_index_returns_the_rest);
	suite_add_tcase(suite, tests);
	return suite;
}

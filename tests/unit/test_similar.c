/* Words that are misspelt. */
#include "similar.h"

#include "suite.h"

static const struct {
	const char *given, *known;
	unsigned distance;
} pairs[] = {
	{ "port", "port", 0 },
	{ "prt", "port", 1 },
	{ "poort", "port", 1 },
	{ "pott", "port", 1 },
	{ "prot", "port", 1 },
	{ "pr", "port", 2 },
	{ "str", "string", 1 },
	{ "st", "string", SIMILAR_NOT },
	{ "emial", "email", 1 },
	{ "float", "number", SIMILAR_NOT },
	{ "", "ab", 2 },
	{ "", "abc", SIMILAR_NOT },
	{ "a-word-that-has-more-than-forty-characters",
		"a-word-that-has-more-than-forty-characters", SIMILAR_NOT },
};

START_TEST(the_distance_is_that_of_the_least_mistakes)
{
	struct str given = str_from(pairs[_i].given), known = str_from(pairs[_i].known);

	ck_assert_uint_eq(similar_distance(given, known), pairs[_i].distance);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("similar");
	TCase *tests = tcase_create("similar");

	tcase_add_loop_test(tests, the_distance_is_that_of_the_least_mistakes, 0, NITEMS(pairs));
	suite_add_tcase(suite, tests);
	return suite;
}

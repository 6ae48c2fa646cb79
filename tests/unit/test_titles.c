/* Titles equal those that CPython 3.14 makes: name.title().replace("_", " "). */
#include "suite.h"
#include "titles.h"

static struct arena arena;

static void setup(void)
{
	arena_init(&arena);
}

static void teardown(void)
{
	arena_done(&arena);
}

static const struct {
	const char *name, *title, *field, *joined;
} titles[] = {
	{ "", "", "", "" },
	{ "id", "Id", "Id", "Id" },
	{ "date_posted", "Date Posted", "Date Posted", "DatePosted" },
	{ "isbn13", "Isbn13", "Isbn13", "Isbn13" },
	{ "isbn13x", "Isbn13X", "Isbn13X", "Isbn13x" },
	{ "iSBN", "Isbn", "Isbn", "ISBN" },
	{ "orderItems", "Orderitems", "Orderitems", "OrderItems" },
	{ "a__b", "A  B", "A  B", "AB" },
	{ "_a_", " A ", "A", "A" },
	{ "class_", "Class ", "Class", "Class" },
	{ "2nd_part", "2Nd Part", "2Nd Part", "2ndPart" },
	{ "_", " ", "", "" },
};

START_TEST(titles_are_those_of_python)
{
	const char *name = titles[_i].name;

	ck_assert_str_eq(title_of(&arena, str_from(name)).ptr, titles[_i].title);
	ck_assert_str_eq(title_of_field(&arena, name).ptr, titles[_i].field);
	ck_assert_str_eq(title_joined(&arena, name).ptr, titles[_i].joined);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("titles");
	TCase *tests = tcase_create("titles");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, titles_are_those_of_python, 0, (int)NITEMS(titles));
	suite_add_tcase(suite, tests);
	return suite;
}

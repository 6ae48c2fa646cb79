/* The keys of rows on two servers. */
#include "key_pairs.h"

#include "related.h"
#include "suite.h"

#include <stdio.h>

enum { MANY = 300 /* more rows than are kept as existing */ };

static struct key_pairs *pairs;

static void setup(void)
{
	related_use_api();
	pairs = key_pairs_new();
}

static void teardown(void)
{
	key_pairs_free(pairs);
}

static struct key_pair pair(const char *old, const char *new)
{
	return (struct key_pair){ { str_from(old), str_from(new) } };
}

static void expect_new(const struct resource *r, const char *old, const char *new)
{
	ck_assert_slice_eq(key_pairs_new_of(pairs, r, str_from(old)), str_from(new));
}

START_TEST(a_key_of_old_is_replaced_by_news)
{
	key_pairs_add(pairs, author, pair("1", "11"));
	key_pairs_add(pairs, author, pair("2", "12"));
	expect_new(author, "1", "11");
	expect_new(author, "2", "12");
	expect_new(author, "3", "3");
}
END_TEST

START_TEST(resources_have_keys_of_their_own)
{
	key_pairs_add(pairs, author, pair("1", "11"));
	expect_new(book, "1", "1");
	ck_assert_uint_eq(key_pairs_count(pairs, book), 0);
}
END_TEST

START_TEST(a_key_that_is_used_again_is_the_newest_rows)
{
	key_pairs_add(pairs, author, pair("1", "11"));
	key_pairs_remove(pairs, author, pair("1", "11"));
	expect_new(author, "1", "11");
	key_pairs_add(pairs, author, pair("1", "12"));
	expect_new(author, "1", "12");
}
END_TEST

START_TEST(a_removed_row_does_not_exist)
{
	key_pairs_add(pairs, author, pair("1", "11"));
	key_pairs_add(pairs, author, pair("2", "12"));
	key_pairs_add(pairs, author, pair("3", "13"));
	key_pairs_remove(pairs, author, pair("2", "12"));
	ck_assert_uint_eq(key_pairs_count(pairs, author), 2);
	ck_assert_slice_eq(key_pairs_at(pairs, author, 0).at[PEER_NEW], STR("11"));
	ck_assert_slice_eq(key_pairs_at(pairs, author, 1).at[PEER_OLD], STR("3"));
}
END_TEST

START_TEST(pairs_differ_if_one_does)
{
	ck_assert(key_pairs_are_equal(pairs));
	key_pairs_add(pairs, author, pair("1", "1"));
	ck_assert(key_pairs_are_equal(pairs));
	key_pairs_add(pairs, book, pair("1", "2"));
	key_pairs_add(pairs, book, pair("3", "3"));
	ck_assert(!key_pairs_are_equal(pairs));
}
END_TEST

START_TEST(texts_are_copied)
{
	char old[] = "7", new[] = "9";

	key_pairs_add(pairs, author, pair(old, new));
	old[0] = new[0] = 'x';
	expect_new(author, "7", "9");
	ck_assert_slice_eq(key_pairs_at(pairs, author, 0).at[PEER_OLD], STR("7"));
}
END_TEST

START_TEST(all_of_many_keys_are_known)
{
	char old[16], new[16];

	for (int i = 0; i < MANY; i++) {
		snprintf(old, sizeof(old), "%d", i);
		snprintf(new, sizeof(new), "%d", i + MANY);
		key_pairs_add(pairs, author, pair(old, new));
	}
	ck_assert_uint_lt(key_pairs_count(pairs, author), MANY);
	for (int i = 0; i < MANY; i++) {
		snprintf(old, sizeof(old), "%d", i);
		snprintf(new, sizeof(new), "%d", i + MANY);
		expect_new(author, old, new);
	}
}
END_TEST

static const TTest *const *const all[] = {
	&a_key_of_old_is_replaced_by_news,
	&resources_have_keys_of_their_own,
	&a_key_that_is_used_again_is_the_newest_rows,
	&a_removed_row_does_not_exist,
	&pairs_differ_if_one_does,
	&texts_are_copied,
	&all_of_many_keys_are_known,
};

Suite *test_suite(void)
{
	Suite *suite = suite_create("key_pairs");
	TCase *tests = tcase_create("key_pairs");

	tcase_add_checked_fixture(tests, setup, teardown);
	for (size_t i = 0; i < NITEMS(all); i++)
		tcase_add_test(tests, *all[i]);
	suite_add_tcase(suite, tests);
	return suite;
}

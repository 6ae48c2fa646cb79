#include "cache.h"

#include "suite.h"

#include <stdio.h>
#include <unistd.h>

enum { LIMIT = 16 * 1024 };

static struct generations *table;
static struct cache *cache;

static void setup(void)
{
	int fds[GENERATIONS_END__COUNT];

	ck_assert_int_eq(generations_create(fds), 0);
	table = generations_map(fds[GENERATIONS_WRITE], GENERATIONS_WRITE);
	ck_assert_ptr_nonnull(table);
	close(fds[GENERATIONS_READ]);
	cache = cache_new(table, LIMIT);
}

static void teardown(void)
{
	cache_free(cache);
}

static struct command read_of(unsigned resource, int64_t key)
{
	return (struct command){
		.action = ACTION_READ, .resource = api->resources[resource], .key = key_int(key)
	};
}

static struct command list_of(unsigned resource)
{
	return (struct command){ .action = ACTION_LIST, .resource = api->resources[resource] };
}

static void put(const struct command *command, const char *answer)
{
	struct generation_stamp stamp;

	ck_assert(cache_stamp(cache, command, &stamp));
	cache_put(cache, command, CODING_NONE, &stamp, STR("etag: \"1\"\r\n"), str_from(answer));
}

enum { PART = LIMIT / 4 - 200 }; /* the cache has room for four of these and some small ones */

static const char *long_text(char c)
{
	static char text[PART + 1];

	memset(text, c, PART);
	return text;
}

/* As for a row that is read often: a full cache admits an answer the second time. */
static void put_twice(const struct command *command, const char *answer)
{
	put(command, answer);
	put(command, answer);
}

static void assert_cached(const struct command *command, const char *answer)
{
	struct cache_entry *found = cache_find(cache, command, CODING_NONE);

	if (answer) {
		ck_assert_ptr_nonnull(found);
		ck_assert_slice_eq(cache_text(found), str_from(answer));
		ck_assert_slice_eq(cache_fields(found), STR("etag: \"1\"\r\n"));
	} else {
		ck_assert_msg(!found, "got an answer");
	}
}

static void change(unsigned place)
{
	generations_mark(table, place);
	generations_settle(table, place);
}

START_TEST(each_command_has_its_own_answer)
{
	struct command commands[] = { read_of(0, 1), read_of(0, 2), read_of(1, 1), list_of(0),
		list_of(1), read_of(0, 0), read_of(0, INT64_MIN) };
	char text[16];

	for (unsigned i = 0; i < NITEMS(commands); i++) {
		assert_cached(&commands[i], NULL);
		snprintf(text, sizeof(text), "answer %u", i);
		put(&commands[i], text);
	}
	for (unsigned i = 0; i < NITEMS(commands); i++) {
		snprintf(text, sizeof(text), "answer %u", i);
		assert_cached(&commands[i], text);
	}
}
END_TEST

START_TEST(each_coding_has_its_own_answer)
{
	struct command row = read_of(0, 1);
	struct generation_stamp stamp;

	put(&row, "plain");
	ck_assert_ptr_null(cache_find(cache, &row, CODING_GZIP));
	/* With the stamp of the first answer. */
	stamp = cache_stamp_of(cache_find(cache, &row, CODING_NONE));
	cache_put(cache, &row, CODING_GZIP, &stamp, STR(""), STR("packed"));
	assert_cached(&row, "plain");
	ck_assert_slice_eq(cache_text(cache_find(cache, &row, CODING_GZIP)), STR("packed"));
	change(generations_row(api->resources[0], key_int(1)));
	ck_assert_ptr_null(cache_find(cache, &row, CODING_GZIP));
	cache_put(cache, &row, CODING_GZIP, &stamp, STR(""), STR("packed"));
	ck_assert_ptr_null(cache_find(cache, &row, CODING_GZIP));
}
END_TEST

START_TEST(a_change_invalidates_the_answers_that_show_it)
{
	struct command row = read_of(0, 1), other = read_of(0, 2), list = list_of(0);

	put(&row, "row");
	put(&other, "other");
	put(&list, "list");
	change(generations_row(api->resources[0], key_int(1)));
	assert_cached(&row, NULL);
	assert_cached(&other, "other");
	assert_cached(&list, "list");
	change(generations_list(api->resources[0]));
	assert_cached(&list, NULL);
	generations_invalidate_all(table);
	assert_cached(&other, NULL);
}
END_TEST

START_TEST(nothing_is_found_or_stamped_during_a_change)
{
	struct command row = read_of(0, 1);
	unsigned place = generations_row(api->resources[0], key_int(1));
	struct generation_stamp stamp;

	put(&row, "old");
	generations_mark(table, place);
	assert_cached(&row, NULL);
	ck_assert(!cache_stamp(cache, &row, &stamp));
	generations_settle(table, place);
	assert_cached(&row, NULL);
	put(&row, "new");
	assert_cached(&row, "new");
}
END_TEST

/* The row changes between the command and the reply of dbd. */
START_TEST(an_answer_from_before_a_change_is_not_cached)
{
	struct command row = read_of(0, 1);
	struct generation_stamp stamp;

	ck_assert(cache_stamp(cache, &row, &stamp));
	change(generations_row(api->resources[0], key_int(1)));
	cache_put(cache, &row, CODING_NONE, &stamp, STR(""), STR("old or new"));
	assert_cached(&row, NULL);
}
END_TEST

START_TEST(a_later_answer_replaces_an_earlier_one)
{
	struct command row = read_of(0, 1);

	put(&row, "one");
	put(&row, "two");
	assert_cached(&row, "two");
}
END_TEST

START_TEST(the_least_recently_used_answer_is_evicted_first)
{
	enum { ROWS = 1000 };
	char text[100];
	struct command first = read_of(0, 1);

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	put(&first, "first");
	for (int64_t key = 2; key < ROWS; key++) {
		struct command row = read_of(0, key);
		put_twice(&row, text);
		assert_cached(&first, "first");
	}
	struct command second = read_of(0, 2), last = read_of(0, ROWS - 1);
	assert_cached(&second, NULL);
	assert_cached(&last, text);
}
END_TEST

/* A scan of rows that are read once leaves the others alone. */
START_TEST(a_full_cache_admits_what_is_wanted_again)
{
	enum { KEPT = 4, ROWS = 1000 };

	for (int64_t key = 1; key <= KEPT; key++) {
		struct command row = read_of(0, key);
		put(&row, long_text('x'));
	}
	for (int64_t key = 1; key <= ROWS; key++) {
		struct command row = read_of(1, key);
		put(&row, long_text('y'));
		assert_cached(&row, NULL);
	}
	for (int64_t key = 1; key <= KEPT; key++) {
		struct command row = read_of(0, key);
		assert_cached(&row, long_text('x'));
	}
	struct command again = read_of(1, ROWS);
	put(&again, long_text('y'));
	assert_cached(&again, long_text('y'));
}
END_TEST

/* It was read before, so it does not wait for a second reader. */
START_TEST(a_full_cache_admits_a_longer_answer_after_a_change)
{
	struct command row = read_of(0, 1);

	put(&row, "row");
	for (int64_t key = 2; key <= 5; key++) {
		struct command other = read_of(0, key);
		put(&other, long_text('x'));
	}
	change(generations_row(api->resources[0], key_int(1)));
	assert_cached(&row, NULL);
	put(&row, long_text('y'));
	assert_cached(&row, long_text('y'));
}
END_TEST

START_TEST(one_answer_takes_at_most_a_quarter)
{
	struct command row = read_of(0, 1), list = list_of(0);
	char text[LIMIT / 4 + 1];

	put(&row, "row");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	put(&list, text);
	assert_cached(&list, NULL);
	assert_cached(&row, "row");
}
END_TEST

START_TEST(a_cache_of_no_bytes_caches_nothing)
{
	struct cache *none = cache_new(table, 0);
	struct command row = read_of(0, 1);
	struct generation_stamp stamp;

	ck_assert(!cache_stamp(none, &row, &stamp));
	ck_assert_ptr_null(cache_find(none, &row, CODING_NONE));
	cache_free(none);
}
END_TEST

/* Pinned answers. */

static struct cache_entry *find_and_pin(const struct command *command)
{
	struct cache_entry *entry = cache_find(cache, command, CODING_NONE);

	ck_assert_ptr_nonnull(entry);
	pin(cache_pinnable(entry));
	return entry;
}

static void unpin_entry(struct cache_entry *entry)
{
	unpin(cache_pinnable(entry));
}

START_TEST(a_pinned_answer_stays_in_memory_when_it_is_replaced)
{
	struct command row = read_of(0, 1), list = list_of(0);

	put(&list, "old");
	struct cache_entry *first = find_and_pin(&list), *second = find_and_pin(&list);
	ck_assert_ptr_eq(first, second);
	change(generations_list(api->resources[0]));
	assert_cached(&list, NULL);
	put(&list, "new");
	put(&row, "row");
	assert_cached(&list, "new");
	unpin_entry(first);
	ck_assert_slice_eq(cache_text(second), STR("old"));
	unpin_entry(second);
	assert_cached(&list, "new");
}
END_TEST

/* Evicting it would free no memory, so others are evicted. */
START_TEST(a_pinned_answer_is_found_and_not_evicted)
{
	enum { ROWS = 20 };
	struct command list = list_of(0);

	put(&list, "list");
	struct cache_entry *pinned = find_and_pin(&list);
	for (int64_t key = 1; key <= ROWS; key++) {
		struct command row = read_of(0, key);
		put_twice(&row, long_text('x'));
		assert_cached(&list, "list");
	}
	unpin_entry(pinned);
	assert_cached(&list, "list");
	for (int64_t key = 1; key <= ROWS; key++) {
		struct command row = read_of(1, key);
		put_twice(&row, long_text('y'));
	}
	assert_cached(&list, NULL);
}
END_TEST

/* Slow readers of many old versions take no more memory than the limit. */
START_TEST(a_pinned_answer_counts_until_it_is_unpinned)
{
	enum { VERSIONS = 4 };
	struct command list = list_of(0), row = read_of(0, 1);
	struct cache_entry *pinned[VERSIONS];

	put(&row, "row");
	for (int i = 0; i < VERSIONS; i++) {
		put(&list, long_text((char)('0' + i)));
		pinned[i] = find_and_pin(&list);
		change(generations_list(api->resources[0]));
	}
	put(&list, long_text('x'));
	assert_cached(&list, NULL);
	assert_cached(&row, "row");
	for (int i = 0; i < VERSIONS; i++) {
		ck_assert_int_eq(cache_text(pinned[i]).ptr[PART - 1], '0' + i);
		unpin_entry(pinned[i]);
		put(&list, long_text('x'));
		assert_cached(&list, long_text('x'));
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("cache");
	TCase *tc = tcase_create("cache");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_command_has_its_own_answer);
	tcase_add_test(tc, each_coding_has_its_own_answer);
	tcase_add_test(tc, a_change_invalidates_the_answers_that_show_it);
	tcase_add_test(tc, nothing_is_found_or_stamped_during_a_change);
	tcase_add_test(tc, an_answer_from_before_a_change_is_not_cached);
	tcase_add_test(tc, a_later_answer_replaces_an_earlier_one);
	tcase_add_test(tc, the_least_recently_used_answer_is_evicted_first);
	tcase_add_test(tc, a_full_cache_admits_what_is_wanted_again);
	tcase_add_test(tc, a_full_cache_admits_a_longer_answer_after_a_change);
	tcase_add_test(tc, one_answer_takes_at_most_a_quarter);
	tcase_add_test(tc, a_cache_of_no_bytes_caches_nothing);
	tcase_add_test(tc, a_pinned_answer_stays_in_memory_when_it_is_replaced);
	tcase_add_test(tc, a_pinned_answer_is_found_and_not_evicted);
	tcase_add_test(tc, a_pinned_answer_counts_until_it_is_unpinned);
	suite_add_tcase(suite, tc);
	return suite;
}

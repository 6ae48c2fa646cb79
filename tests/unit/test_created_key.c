/* The keys that answers of two servers show. */
#include "created_key.h"

#include "sample.h"
#include "suite.h"

static struct arena arena;
static struct key_pairs *pairs;

static void setup(void)
{
	pairs = key_pairs_new();
}

static void teardown(void)
{
	key_pairs_free(pairs);
	arena_done(&arena);
}

static const struct operation *operation(enum action action)
{
	return sample_resource("user")->by_action[action];
}

static const struct {
	const char *name;
	int old_status, new_status;
	const char *old, *new;
	const char *old_key, *new_key; /* NULL: none */
} created[] = {
	{ "both", 201, 201, "{\"username\":\"a\",\"id\":7}", "{\"id\":9}", "7", "9" },
	{ "a text", 201, 201, "{\"id\":\"x-1\"}", "{\"id\":\"x-2\"}", "x-1", "x-2" },
	{ "old refuses", 409, 201, "{\"id\":7}", "{\"id\":9}", NULL, NULL },
	{ "new refuses", 201, 409, "{\"id\":7}", "{\"id\":9}", NULL, NULL },
	{ "another status", 200, 200, "{\"id\":7}", "{\"id\":9}", NULL, NULL },
	{ "no key", 201, 201, "{\"id\":7}", "{\"key\":9}", NULL, NULL },
	{ "a key of another type", 201, 201, "{\"id\":null}", "{\"id\":9}", NULL, NULL },
	{ "no object", 201, 201, "[7]", "{\"id\":9}", NULL, NULL },
	{ "no JSON", 201, 201, "{\"id\":7}", "{\"id\":", NULL, NULL },
	{ "no UTF-8", 201, 201, "{\"id\":7,\"a\":\"\xff\"}", "{\"id\":9}", NULL, NULL },
	{ "nothing", 201, 201, "", "", NULL, NULL },
};

START_TEST(a_created_row_has_the_keys_of_both_answers)
{
	const struct peer_answer answers[PEERS] = {
		[PEER_OLD] = { .status = created[_i].old_status,
			.body = str_from(created[_i].old) },
		[PEER_NEW] = { .status = created[_i].new_status,
			.body = str_from(created[_i].new) },
	};
	struct key_pair key;
	bool found = created_key(operation(ACTION_CREATE), answers, &arena, &key);

	ck_assert_msg(found == (created[_i].old_key != NULL), "%s", created[_i].name);
	if (!found)
		return;
	ck_assert_slice_eq(key.at[PEER_OLD], str_from(created[_i].old_key));
	ck_assert_slice_eq(key.at[PEER_NEW], str_from(created[_i].new_key));
}
END_TEST

static const struct {
	const char *body;
	unsigned count;
} listed[] = {
	{ "[]", 0 },
	{ "[{\"id\":1},{\"id\":2}]", 2 },
	{ "[{\"id\":1},{\"key\":2},3,null,{\"id\":\"4\"}]", 2 },
	{ "{\"id\":1}", 0 },
	{ "[{\"id\":1}", 0 },
};

START_TEST(listed_rows_have_the_same_keys_on_both)
{
	const struct peer_answer answer = { .status = 200, .body = str_from(listed[_i].body) };

	listed_keys(operation(ACTION_LIST), &answer, &arena, pairs);
	ck_assert_uint_eq(key_pairs_count(pairs, sample_resource("user")), listed[_i].count);
	ck_assert(key_pairs_are_equal(pairs));
	if (listed[_i].count > 0)
		ck_assert_slice_eq(
			key_pairs_at(pairs, sample_resource("user"), 0).at[PEER_NEW], STR("1"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("created_key");
	TCase *tests = tcase_create("created_key");

	sample_use_api();
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(
		tests, a_created_row_has_the_keys_of_both_answers, 0, (int)NITEMS(created));
	tcase_add_loop_test(tests, listed_rows_have_the_same_keys_on_both, 0, (int)NITEMS(listed));
	suite_add_tcase(suite, tests);
	return suite;
}

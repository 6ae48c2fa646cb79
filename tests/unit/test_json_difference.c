/* Where two JSON texts differ. */
#include "json_difference.h"

#include "body_json.h"
#include "suite.h"

enum { PATH_MOST = 1024, DEEP = 2000 };

static struct arena arena;

static void teardown(void)
{
	arena_done(&arena);
}

static const struct {
	const char *old, *new, *path; /* NULL: the same */
} rows[] = {
	{ "{\"a\":1,\"b\":[true,null]}", "{\"b\":[true,null],\"a\":1}", NULL },
	{ "\"\\u00e9\"", "\"\u00e9\"", NULL },
	{ "1e2", "100.0", NULL },
	{ "1", "1.0", "$" },
	{ "1", "\"1\"", "$" },
	{ "true", "false", "$" },
	{ "{\"a\":1}", "{\"a\":2}", "$.a" },
	{ "{\"a\":1,\"b\":2}", "{\"a\":1}", "$.b" },
	{ "{\"a\":1}", "{\"a\":1,\"b\":2}", "$.b" },
	{ "{\"detail\":[{\"msg\":\"x\"},{\"msg\":\"y\"}]}",
		"{\"detail\":[{\"msg\":\"x\"},{\"msg\":\"z\"}]}", "$.detail[1].msg" },
	{ "[1]", "[1,2]", "$[1]" },
	{ "[1,2]", "[1]", "$[1]" },
	{ "[]", "{}", "$" },
};

START_TEST(differences_are_found)
{
	const struct json *old = body_json(&arena, str_from(rows[_i].old));
	const struct json *new = body_json(&arena, str_from(rows[_i].new));
	struct json_difference difference;
	struct buf path;

	buf_init(&path, PATH_MOST);
	bool differ = json_difference_find(old, new, &path, &difference);
	ck_assert_int_eq(differ, rows[_i].path != NULL);
	if (differ)
		ck_assert_slice_eq(buf_view(&path), str_from(rows[_i].path));
	buf_done(&path);
}
END_TEST

static const struct json *nested(char innermost)
{
	char *text = arena_alloc(&arena, 2 * DEEP + 1);

	memset(text, '[', DEEP);
	text[DEEP] = innermost;
	memset(text + DEEP + 1, ']', DEEP);
	return body_json(&arena, (struct str){ text, 2 * DEEP + 1 });
}

START_TEST(deep_values_are_compared_in_bounded_stack)
{
	struct json_difference difference;
	struct buf path;

	buf_init(&path, PATH_MOST);
	ck_assert(!json_difference_find(nested('1'), nested('1'), &path, &difference));
	ck_assert(json_difference_find(nested('1'), nested('2'), &path, &difference));
	buf_done(&path);
}
END_TEST

START_TEST(what_is_no_json_has_no_tree)
{
	ck_assert_ptr_null(body_json(&arena, STR("")));
	ck_assert_ptr_null(body_json(&arena, STR("Internal Server Error")));
	ck_assert_ptr_null(body_json(&arena, STR("\"\xff\"")));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("json_difference");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, differences_are_found, 0, NITEMS(rows));
	tcase_add_test(tc, deep_values_are_compared_in_bounded_stack);
	tcase_add_test(tc, what_is_no_json_has_no_tree);
	suite_add_tcase(suite, tc);
	return suite;
}

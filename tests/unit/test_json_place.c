/* The places of nodes: each node of a text is found where its token is. */
#include "json_place.h"

#include "json_read.h"
#include "suite.h"

static struct arena arena;

static void setup(void)
{
	arena_init(&arena);
}

static void teardown(void)
{
	arena_done(&arena);
}

static const struct json *read_json(struct str text)
{
	const struct json *root;
	struct json_error error;

	ck_assert_int_eq(json_read(&arena, text, &root, &error), JSON_OK);
	return root;
}

/* The tokens of the nodes, in order. */
static const struct {
	const char *text;
	const char *tokens[12];
} trees[] = {
	{ " 1 ", { "1" } },
	{ "\"a\\\"]b\"", { "\"a\\\"]b\"" } },
	{ "[]", { "[" } },
	{ "[[],{},[1]]", { "[", "[", "{", "[", "1" } },
	{ "{\"a\" : {\"b\":[ -1.5e3 , null]} ,\n\"c\\\\\":true}",
		{ "{", "\"a\"", "{", "\"b\"", "[", "-1.5e3", "null", "\"c\\\\\"", "true" } },
	{ "[\"\",\"{\",\"}\",[\"\\\\\"],false]",
		{ "[", "\"\"", "\"{\"", "\"}\"", "[", "\"\\\\\"", "false" } },
};

START_TEST(each_node_is_found_at_its_token)
{
	struct str text = str_from(trees[_i].text);
	const struct json *root = read_json(text);
	size_t n = 0;

	for (struct json_walk w = { root, NULL }; w.node; json_walk_on(&w), n++) {
		ck_assert_ptr_nonnull(trees[_i].tokens[n]);
		ck_assert_slice_eq(json_place_token(text, json_place_of(text, root, w.node)),
			str_from(trees[_i].tokens[n]));
	}
	ck_assert_ptr_null(trees[_i].tokens[n]);
}
END_TEST

static const struct {
	const char *text;
	size_t offset; /* of the repeated key; 0: none is */
} objects[] = {
	{ "{}", 0 },
	{ "{\"a\":1,\"b\":{\"a\":2},\"c\":[{\"a\":3},{\"a\":4}]}", 0 },
	{ "{\"a\":\"a\",\"b\":[\"a\",\"a\"]}", 0 },
	{ "{\"a\":1,\"a\":2}", 7 },
	{ "{\"a\":1,\"\\u0061\":2}", 7 },
	{ "{\"a\":1,\"b\":{\"c\":1, \"c\" : 2},\"a\":3}", 19 },
	{ "[{\"b\":1,\"a\":1,\"a\":2,\"b\":2}]", 14 },
	{ "{\"\":1,\"\":2}", 6 },
	{ "{\"a:\":1,\"a\":2,\"a:\":3}", 14 },
};

START_TEST(the_first_repeated_key_is_found)
{
	struct str text = str_from(objects[_i].text);
	size_t offset = 0;
	bool repeated = json_place_repeated(&arena, text, read_json(text), &offset);

	ck_assert_int_eq(repeated, objects[_i].offset != 0);
	ck_assert_uint_eq(offset, objects[_i].offset);
}
END_TEST

START_TEST(a_position_counts_lines_and_code_points)
{
	struct str text = STR("ab\n\xc3\xa9\xe2\x82\xac x\n\ny");
	static const struct {
		size_t offset;
		unsigned line, column;
	} places[] = { { 0, 1, 1 }, { 2, 1, 3 }, { 3, 2, 1 }, { 5, 2, 2 }, { 9, 2, 4 },
		{ 11, 3, 1 }, { 12, 4, 1 }, { 13, 4, 2 }, { 99, 4, 2 } };

	for (size_t i = 0; i < NITEMS(places); i++) {
		struct json_position p = json_place_position(text, places[i].offset);
		ck_assert_uint_eq(p.line, places[i].line);
		ck_assert_uint_eq(p.column, places[i].column);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("json_place");
	TCase *tests = tcase_create("json_place");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, each_node_is_found_at_its_token, 0, (int)NITEMS(trees));
	tcase_add_loop_test(tests, the_first_repeated_key_is_found, 0, (int)NITEMS(objects));
	tcase_add_test(tests, a_position_counts_lines_and_code_points);
	suite_add_tcase(suite, tests);
	return suite;
}

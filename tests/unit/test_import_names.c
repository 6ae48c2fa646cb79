/* Names of a declaration, from paths and schemas. */
#include "ctl/import_names.h"

#include "declaration.h"
#include "suite.h"

static struct arena arena;

static void teardown(void)
{
	arena_done(&arena);
}

typedef struct str maker(struct arena *, struct str);

static const struct {
	maker *make;
	const char *from, *to;
} made[] = {
	{ name_singular, "heroes", "hero" },
	{ name_singular, "categories", "category" },
	{ name_singular, "people", "person" },
	{ name_singular, "salespeople", "salesperson" },
	{ name_singular, "movies", "movie" },
	{ name_singular, "addresses", "address" },
	{ name_singular, "boxes", "box" },
	{ name_singular, "batches", "batch" },
	{ name_singular, "statuses", "status" },
	{ name_singular, "status", "status" },
	{ name_singular, "analysis", "analysis" },
	{ name_singular, "address", "address" },
	{ name_singular, "users", "user" },
	{ name_singular, "sheep", "sheep" },
	{ name_singular, "s", "s" },
	{ name_singular, "", "" },
	{ name_identifier, "blog-posts", "blog_posts" },
	{ name_identifier, "a.b c_1", "a_b_c_1" },
	{ name_camel, "blog_post", "BlogPost" },
	{ name_camel, "_a__b_", "AB" },
	{ name_snake, "BlogPost", "blog_post" },
	{ name_snake, "HTTPError", "httperror" },
	{ name_snake, "Blog_Post", "blog_post" },
	{ name_title, "hero_id", "Hero Id" },
	{ name_title, "a1b_URL", "A1B Url" },
	{ name_field_title, "__hero_id_", "Hero Id" },
	{ name_field_title, "__", "" },
	{ name_of_title, "List Heroes", "list_heroes" },
	{ name_of_title, "Read-Item 2", "read_item_2" },
};

START_TEST(names_are_made)
{
	struct str got = made[_i].make(&arena, str_from(made[_i].from));

	ck_assert_slice_eq(got, str_from(made[_i].to));
}
END_TEST

typedef struct str shortener(struct str);

static const struct {
	shortener *shorten;
	const char *from, *to;
} shortened[] = {
	{ name_class, "Hero-Input", "Hero" },
	{ name_class, "Hero-Output", "Hero" },
	{ name_class, "HeroInput", "HeroInput" },
	{ name_class, "-Input", "-Input" },
	{ name_base, "HeroPublicWithTeam", "Hero" },
	{ name_base, "HeroCreate-Input", "Hero" },
	{ name_base, "HeroReadSchema", "Hero" },
	{ name_base, "Herewith", "Herewith" },
	{ name_base, "Create", "Create" },
	{ name_base, "Login", "Login" },
};

START_TEST(names_of_schemas_are_shortened)
{
	struct str got = shortened[_i].shorten(str_from(shortened[_i].from));

	ck_assert_slice_eq(got, str_from(shortened[_i].to));
}
END_TEST

static const struct {
	const char *a, *b, *common;
} pairs[] = {
	{ "HeroCreate", "HeroUpdate", "Hero" },
	{ "HeroCreate", "Hero", "Hero" },
	{ "Hero", "Heroine", "" },
	{ "UserPublic", "UserPrivate", "User" },
	{ "A", "B", "" },
};

START_TEST(names_have_words_in_common)
{
	struct str a = str_from(pairs[_i].a), b = str_from(pairs[_i].b);

	ck_assert_slice_eq(name_common(a, b), str_from(pairs[_i].common));
	ck_assert_slice_eq(name_common(b, a), str_from(pairs[_i].common));
}
END_TEST

START_TEST(a_base_ends_before_a_word)
{
	ck_assert(name_has_base(STR("HeroCreate"), STR("Hero")));
	ck_assert(name_has_base(STR("Hero"), STR("Hero")));
	ck_assert(!name_has_base(STR("Heroine"), STR("Hero")));
	ck_assert(!name_has_base(STR("Hero"), STR("")));
	ck_assert(!name_has_base(STR("Hero"), STR("HeroCreate")));
}
END_TEST

START_TEST(a_declaration_allows_identifiers)
{
	char longest[DECLARATION_NAME_MOST + 1];

	memset(longest, 'a', sizeof(longest));
	ck_assert(name_is_valid(STR("_hero_1")));
	ck_assert(!name_is_valid(STR("")));
	ck_assert(!name_is_valid(STR("1st")));
	ck_assert(!name_is_valid(STR("a-b")));
	ck_assert(!name_is_valid(STR("h\u00e9ro")));
	ck_assert(name_is_valid((struct str){ longest, sizeof(longest) - 1 }));
	ck_assert(!name_is_valid((struct str){ longest, sizeof(longest) }));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("import_names");
	TCase *tests = tcase_create("import_names");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_loop_test(tests, names_are_made, 0, (int)NITEMS(made));
	tcase_add_loop_test(tests, names_of_schemas_are_shortened, 0, (int)NITEMS(shortened));
	tcase_add_loop_test(tests, names_have_words_in_common, 0, (int)NITEMS(pairs));
	tcase_add_test(tests, a_base_ends_before_a_word);
	tcase_add_test(tests, a_declaration_allows_identifiers);
	suite_add_tcase(suite, tests);
	return suite;
}

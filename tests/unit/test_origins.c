#include "arena.h"
#include "origins.h"
#include "suite.h"

static const struct {
	const char *list;
	const char *wrong; /* the first malformed origin; NULL: the list is valid */
} lists[] = {
	{ "", NULL },
	{ "*", NULL },
	{ "https://app.example", NULL },
	{ "http://localhost:3000,https://app.example:8443", NULL },
	{ "  http://127.0.0.1:80 , http://[::1]:80 ", NULL },
	{ "https://app.example/", "https://app.example/" },
	{ "https://App.example", "https://App.example" },
	{ "app.example", "app.example" },
	{ "https://", "https://" },
	{ "://app.example", "://app.example" },
	{ "https://a.example,*", "*" },
	{ "https://a.example,,https://b.example", "" },
	{ "https://a.example,", "" },
	{ "https://a.example https://b.example", "https://a.example https://b.example" },
	{ "https://a.example\r\nx: y", "https://a.example\r\nx: y" },
	{ "null", "null" },
};

START_TEST(lists_are_checked)
{
	struct arena arena = { 0 };
	struct buf error;

	buf_init(&error, 1000);
	ck_assert_int_eq(origins_valid(lists[_i].list, &error), lists[_i].wrong == NULL);
	if (lists[_i].wrong)
		ck_assert_slice_eq(buf_view(&error),
			arena_printf(&arena,
				"\"%s\" is not an origin; write https://app.example or *",
				lists[_i].wrong));
	else
		ck_assert_uint_eq(buf_len(&error), 0);
	buf_done(&error);
	arena_done(&arena);
}
END_TEST

START_TEST(origins_are_looked_up)
{
	const char *list = " http://localhost:3000 ,https://app.example";

	ck_assert(origins_have(list, STR("http://localhost:3000")));
	ck_assert(origins_have(list, STR("https://app.example")));
	ck_assert(!origins_have(list, STR("https://app.example:443")));
	ck_assert(!origins_have(list, STR("http://localhost:300")));
	ck_assert(!origins_have(list, STR("http://localhost:3000 ,https://app.example")));
	ck_assert(!origins_have(list, STR("")));
	ck_assert(!origins_have("", STR("https://app.example")));
	ck_assert(!origins_have("", STR("")));
	ck_assert(origins_have("*", STR("null")));
	ck_assert(!origins_have("*", STR("")));
	ck_assert(origins_any("*") && !origins_any(list) && !origins_any(""));
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("origins");
	TCase *tc = tcase_create("origins");

	tcase_add_loop_test(tc, lists_are_checked, 0, (int)NITEMS(lists));
	tcase_add_test(tc, origins_are_looked_up);
	suite_add_tcase(s, tc);
	return s;
}

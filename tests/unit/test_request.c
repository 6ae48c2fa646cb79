/* Requests that differ between two servers only where they name rows. */
#include "compare/request.h"

#include "suite.h"

static struct request request;

static void setup(void)
{
	request_init(&request, "GET", "");
}

static void teardown(void)
{
	request_done(&request);
}

static struct key_pair pair(const char *old, const char *new)
{
	return (struct key_pair){ { str_from(old), str_from(new) } };
}

static void expect(const struct paired *text, const char *old, const char *new)
{
	ck_assert_slice_eq(buf_view(&text->at[PEER_OLD]), str_from(old));
	ck_assert_slice_eq(buf_view(&text->at[PEER_NEW]), str_from(new));
}

START_TEST(each_server_gets_its_key)
{
	paired_str(&request.target, STR("/users/"));
	paired_key(&request.target, pair("7", "9"), false);
	paired_str(&request.target, STR("/posts"));
	expect(&request.target, "/users/7/posts", "/users/9/posts");
	paired_key(&request.body, pair("a", "b"), true);
	expect(&request.body, "\"a\"", "\"b\"");
}
END_TEST

START_TEST(only_keys_that_differ_are_noted)
{
	paired_key(&request.target, pair("7", "7"), false);
	ck_assert_uint_eq(request.target.nkeys, 0);
	paired_key(&request.target, pair("7", "9"), false);
	ck_assert_uint_eq(request.target.nkeys, 1);
	ck_assert_slice_eq(request.target.keys[0].at[PEER_NEW], STR("9"));
}
END_TEST

START_TEST(more_keys_than_are_noted_are_written)
{
	for (int i = 0; i < REQUEST_KEYS_MOST + 1; i++)
		paired_key(&request.target, pair("7", "9"), false);
	ck_assert_uint_eq(request.target.nkeys, REQUEST_KEYS_MOST);
	expect(&request.target, "777777777", "999999999");
}
END_TEST

static const struct {
	struct str value;
	const char *encoded;
} values[] = {
	{ STR_INIT(""), "" },
	{ STR_INIT("aZ0-._~"), "aZ0-._~" },
	{ STR_INIT("a b/c?d&e=f%+#"), "a%20b%2Fc%3Fd%26e%3Df%25%2B%23" },
	{ STR_INIT("\u00e9"), "%C3%A9" },
	{ STR_INIT("a\0b"), "a%00b" },
};

START_TEST(values_are_percent_encoded)
{
	paired_encoded(&request.target, values[_i].value);
	expect(&request.target, values[_i].encoded, values[_i].encoded);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("request");
	TCase *tests = tcase_create("request");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, each_server_gets_its_key);
	tcase_add_test(tests, only_keys_that_differ_are_noted);
	tcase_add_test(tests, more_keys_than_are_noted_are_written);
	tcase_add_loop_test(tests, values_are_percent_encoded, 0, (int)NITEMS(values));
	suite_add_tcase(suite, tests);
	return suite;
}

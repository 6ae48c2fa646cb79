#include "forwarded.h"

#include "suite.h"

static const struct {
	const char *trusted, *field, *client;
} clients[] = {
	{ "10.0.0.0/8", "203.0.113.9", "203.0.113.9" },
	{ "10.0.0.0/8", "203.0.113.9, 10.0.0.2", "203.0.113.9" },
	{ "10.0.0.0/8", "1.2.3.4,203.0.113.9,10.0.0.2 , 10.0.0.1", "203.0.113.9" },
	{ "10.0.0.0/8", "10.0.0.3, 10.0.0.2", "10.0.0.3" },
	{ "*", "1.2.3.4, 5.6.7.8", "1.2.3.4" },
	{ "10.0.0.0/8", "2001:db8::1, 10.0.0.2", "2001:db8::1" },
	{ "10.0.0.0/8", "", "" },
	{ "10.0.0.0/8", ",", "" },
	{ "10.0.0.0/8", "unknown", "" },
	{ "10.0.0.0/8", "203.0.113.9, unknown, 10.0.0.2", "" },
	{ "10.0.0.0/8", "203.0.113.9:80", "" },
	{ "10.0.0.0/8", "\" - - [x] \"GET /\"", "" },
	{ "10.0.0.0/8", "203.0.113.9,", "" },
	{ "10.0.0.0/8", ",10.0.0.2", "" },
	{ "*", " , 10.0.0.2", "" },
};

START_TEST(the_last_untrusted_address_is_the_client)
{
	struct networks trusted;
	struct buf error;

	buf_init(&error, 1000);
	ck_assert(networks_parse(clients[_i].trusted, &trusted, &error));
	ck_assert_slice_eq(forwarded_client(&trusted, str_from(clients[_i].field)),
		str_from(clients[_i].client));
	buf_done(&error);
}
END_TEST

START_TEST(only_https_is_https)
{
	static const char *const others[] = { "", "http", "ftp", "https, http", "HTTPS", "https:" };

	ck_assert_slice_eq(forwarded_scheme(STR("https")), STR("https"));
	for (size_t i = 0; i < NITEMS(others); i++)
		ck_assert_slice_eq(forwarded_scheme(str_from(others[i])), STR("http"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("forwarded");
	TCase *tests = tcase_create("forwarded");

	tcase_add_loop_test(tests, the_last_untrusted_address_is_the_client, 0, NITEMS(clients));
	tcase_add_test(tests, only_https_is_https);
	suite_add_tcase(suite, tests);
	return suite;
}

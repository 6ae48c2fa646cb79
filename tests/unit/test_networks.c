#include "networks.h"

#include "suite.h"

#include <arpa/inet.h>

static struct networks networks;
static struct buf error;

static void setup(void)
{
	buf_init(&error, 1000);
}

static void teardown(void)
{
	buf_done(&error);
}

static const struct {
	const char *list, *address;
	bool held;
} cases[] = {
	{ "", "127.0.0.1", false },
	{ "127.0.0.1", "127.0.0.1", true },
	{ "127.0.0.1", "127.0.0.2", false },
	{ "127.0.0.1", "::ffff:127.0.0.1", true },
	{ "::1,10.0.0.0/8", "10.255.0.1", true },
	{ "::1,10.0.0.0/8", "11.0.0.1", false },
	{ "::1,10.0.0.0/8", "::1", true },
	{ " ::1 , 10.0.0.0/8 ", "::1", true },
	{ "10.1.2.3/8", "10.9.9.9", true },
	{ "192.0.2.128/25", "192.0.2.127", false },
	{ "192.0.2.128/25", "192.0.2.255", true },
	{ "0.0.0.0/0", "203.0.113.9", true },
	{ "0.0.0.0/0", "2001:db8::1", false },
	{ "::/0", "2001:db8::1", true },
	{ "::/0", "203.0.113.9", false },
	{ "2001:db8::/33", "2001:db8:7fff::1", true },
	{ "2001:db8::/33", "2001:db8:8000::1", false },
	{ "::ffff:192.0.2.1", "192.0.2.1", true },
	{ "*", "203.0.113.9", true },
	{ "unix", "203.0.113.9", false },
};

START_TEST(addresses_are_looked_up)
{
	struct in6_addr address;

	ck_assert(networks_parse(cases[_i].list, &networks, &error));
	ck_assert(networks_read_address(str_from(cases[_i].address), &address));
	ck_assert_msg(networks_hold(&networks, &address) == cases[_i].held, "%s in \"%s\"",
		cases[_i].address, cases[_i].list);
}
END_TEST

static const char *const refused[] = { "localhost", "10.0.0.0/33", "::1/129", "10.0.0.0/", "/8",
	"10.0.0/8", "10.0.0.0/8x", "10.0.0.0/-1", ",", ",127.0.0.1", "127.0.0.1 ::1", "[::1]",
	"fe80::1%eth0", "**", "10.0.0.0/99999999999999999999" };

START_TEST(malformed_lists_are_refused)
{
	ck_assert_msg(!networks_parse(refused[_i], &networks, &error), "%s", refused[_i]);
	ck_assert_uint_gt(buf_len(&error), 0);
}
END_TEST

START_TEST(a_list_that_is_too_long_is_refused)
{
	char text[NETWORKS_MAX * 4 + 8] = "::1";

	for (int i = 1; i < NETWORKS_MAX; i++)
		strcat(text, ",::1");
	ck_assert(networks_parse(text, &networks, &error));
	ck_assert_uint_eq(networks.count, NETWORKS_MAX);
	strcat(text, ",::1");
	ck_assert(!networks_parse(text, &networks, &error));
}
END_TEST

START_TEST(peers_of_every_family_are_looked_up)
{
	struct sockaddr_storage peer = { .ss_family = AF_UNIX };

	ck_assert(networks_parse("127.0.0.1", &networks, &error));
	ck_assert(!networks_hold_peer(&networks, &peer));
	ck_assert(networks_parse("unix", &networks, &error));
	ck_assert(networks_hold_peer(&networks, &peer));
	ck_assert(networks_parse("*", &networks, &error));
	ck_assert(networks_hold_peer(&networks, &peer));
	ck_assert(networks_parse("192.0.2.0/24,2001:db8::/32", &networks, &error));
	peer.ss_family = AF_INET;
	inet_pton(AF_INET, "192.0.2.7", &((struct sockaddr_in *)&peer)->sin_addr);
	ck_assert(networks_hold_peer(&networks, &peer));
	peer = (struct sockaddr_storage){ .ss_family = AF_INET6 };
	inet_pton(AF_INET6, "2001:db8::7", &((struct sockaddr_in6 *)&peer)->sin6_addr);
	ck_assert(networks_hold_peer(&networks, &peer));
	inet_pton(AF_INET6, "2001:db9::7", &((struct sockaddr_in6 *)&peer)->sin6_addr);
	ck_assert(!networks_hold_peer(&networks, &peer));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("networks");
	TCase *tests = tcase_create("networks");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, addresses_are_looked_up, 0, NITEMS(cases));
	tcase_add_loop_test(tests, malformed_lists_are_refused, 0, NITEMS(refused));
	tcase_add_test(tests, a_list_that_is_too_long_is_refused);
	tcase_add_test(tests, peers_of_every_family_are_looked_up);
	suite_add_tcase(suite, tests);
	return suite;
}

#include "addresses.h"

#include "suite.h"

#include <arpa/inet.h>
#include <stdio.h>

static struct addresses addresses;

static void teardown(void)
{
	addresses_done(&addresses);
}

static struct sockaddr_storage peer(const char *text)
{
	struct sockaddr_storage peer = { 0 };
	struct sockaddr_in6 *v6 = (void *)&peer;
	struct sockaddr_in *v4 = (void *)&peer;

	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1)
		peer.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1)
		peer.ss_family = AF_INET6;
	return peer;
}

static struct address *enter(const char *text)
{
	struct sockaddr_storage from = peer(text);

	return addresses_enter(&addresses, &from);
}

START_TEST(connections_of_an_address_are_counted)
{
	struct address *a = enter("192.0.2.1");

	ck_assert_uint_eq(a->connections, 1);
	ck_assert_ptr_eq(enter("192.0.2.1"), a);
	ck_assert_uint_eq(a->connections, 2);
	ck_assert_uint_eq(enter("192.0.2.2")->connections, 1);
	addresses_leave(&addresses, a);
	ck_assert_uint_eq(a->connections, 1);
	addresses_leave(&addresses, a);
	ck_assert_uint_eq(addresses.count, 1);
	ck_assert_uint_eq(enter("192.0.2.1")->connections, 1);
}
END_TEST

static const struct {
	const char *one, *other;
	bool same;
} pairs[] = {
	{ "2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true },
	{ "2001:db8:0:1::1", "2001:db8:0:2::1", false },
	{ "::ffff:192.0.2.1", "192.0.2.1", true },
	{ "::ffff:192.0.2.1", "::ffff:192.0.2.2", false },
	{ "::1", "127.0.0.1", false },
};

START_TEST(an_ipv6_network_counts_as_one_address)
{
	struct address *one = enter(pairs[_i].one);

	ck_assert_msg((enter(pairs[_i].other) == one) == pairs[_i].same, "%s and %s", pairs[_i].one,
		pairs[_i].other);
}
END_TEST

START_TEST(other_families_are_not_counted)
{
	struct sockaddr_storage unix_peer = { .ss_family = AF_UNIX };

	ck_assert_ptr_null(addresses_enter(&addresses, &unix_peer));
	addresses_leave(&addresses, NULL);
	ck_assert_uint_eq(addresses.count, 0);
}
END_TEST

START_TEST(entries_exist_while_their_address_is_connected)
{
	enum { MANY = 2000 };
	static struct address *entered[MANY];
	char text[32];

	for (unsigned i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "10.0.%u.%u", i / 256, i % 256);
		entered[i] = enter(text);
	}
	ck_assert_uint_eq(addresses.count, MANY);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "10.0.%u.%u", i / 256, i % 256);
		ck_assert_ptr_eq(enter(text), entered[i]);
		addresses_leave(&addresses, entered[i]);
		addresses_leave(&addresses, entered[i]);
	}
	ck_assert_uint_eq(addresses.count, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("addresses");
	TCase *tests = tcase_create("addresses");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_test(tests, connections_of_an_address_are_counted);
	tcase_add_loop_test(tests, an_ipv6_network_counts_as_one_address, 0, (int)NITEMS(pairs));
	tcase_add_test(tests, other_families_are_not_counted);
	tcase_add_test(tests, entries_exist_while_their_address_is_connected);
	suite_add_tcase(suite, tests);
	return suite;
}

#include "link_keys.h"
#include "suite.h"

#define UUID  "00112233-4455-6677-8899-aabbccddeeff"
#define OTHER "ffeeddcc-bbaa-9988-7766-554433221100"

static const struct field integers = { .type = FIELD_INT }, uuids = { .type = FIELD_UUID };

static const struct {
	const struct field *field;
	struct str text;
	bool valid;
} lists[] = {
	{ &integers, STR_INIT("[]"), true },
	{ &integers, STR_INIT("[1]"), true },
	{ &integers, STR_INIT("[2,-1,2]"), true },
	{ &integers, STR_INIT("[99999999999999999999]"), true },
	{ &integers, STR_INIT(""), false },
	{ &integers, STR_INIT("["), false },
	{ &integers, STR_INIT("]"), false },
	{ &integers, STR_INIT("1"), false },
	{ &integers, STR_INIT(",1]"), false },
	{ &integers, STR_INIT("[,1]"), false },
	{ &integers, STR_INIT("[1,]"), false },
	{ &integers, STR_INIT("[1"), false },
	{ &integers, STR_INIT("[1]]"), false },
	{ &integers, STR_INIT("[1[2]"), false },
	{ &integers, STR_INIT("[1[]"), false },
	{ &integers, STR_INIT("[-]"), false },
	{ &integers, STR_INIT("[ 1]"), false },
	{ &integers, STR_INIT("[1.5]"), false },
	{ &integers, STR_INIT("[null]"), false },
	{ &integers, STR_INIT("[\"" UUID "\"]"), false },
	{ &uuids, STR_INIT("[\"" UUID "\",\"" OTHER "\"]"), true },
	{ &uuids, STR_INIT("[\"" UUID "]"), false },
	{ &uuids, STR_INIT("[\"" UUID "\""), false },
	{ &uuids, STR_INIT("[" UUID "]"), false },
	{ &uuids, STR_INIT("[1]"), false },
};

START_TEST(only_a_list_of_keys_is_valid)
{
	ck_assert_msg(link_keys_are_valid(lists[_i].text, lists[_i].field) == lists[_i].valid,
		"%.*s", STR_ARGS(lists[_i].text));
}
END_TEST

static void expect_next(struct str *rest, enum link_keys_step step, int64_t integer)
{
	struct key key = key_none();

	ck_assert_int_eq(link_keys_next(rest, &integers, &key), step);
	ck_assert_int_eq(key_integer(key), integer);
}

START_TEST(keys_come_in_their_order)
{
	struct str rest = STR("[2,-9223372036854775808,9223372036854775807,9223372036854775808,"
			      "-9223372036854775809,00]");

	expect_next(&rest, LINK_KEYS_NEXT, 2);
	expect_next(&rest, LINK_KEYS_NEXT, INT64_MIN);
	expect_next(&rest, LINK_KEYS_NEXT, INT64_MAX);
	expect_next(&rest, LINK_KEYS_NONE, 0);
	expect_next(&rest, LINK_KEYS_NONE, 0);
	expect_next(&rest, LINK_KEYS_NEXT, 0);
	expect_next(&rest, LINK_KEYS_END, 0);
}
END_TEST

START_TEST(uuids_are_in_quotes)
{
	struct str rest = STR("[\"" UUID "\"]");
	struct key key;

	ck_assert_int_eq(link_keys_next(&rest, &uuids, &key), LINK_KEYS_NEXT);
	ck_assert_uint_eq(key.high, UINT64_C(0x0011223344556677));
	ck_assert_int_eq(link_keys_next(&rest, &uuids, &key), LINK_KEYS_END);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("link_keys");
	TCase *tests = tcase_create("link_keys");

	tcase_add_loop_test(tests, only_a_list_of_keys_is_valid, 0, (int)NITEMS(lists));
	tcase_add_test(tests, keys_come_in_their_order);
	tcase_add_test(tests, uuids_are_in_quotes);
	suite_add_tcase(suite, tests);
	return suite;
}

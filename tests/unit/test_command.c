#include "command.h"
#include "suite.h"

START_TEST(every_action_has_a_name)
{
	for (int i = 0; i < ACTION__COUNT; i++) {
		ck_assert_uint_gt(strlen(action_name((enum action)i)), 0);
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(action_name((enum action)i), action_name((enum action)j));
	}
}
END_TEST

START_TEST(every_status_has_a_name)
{
	for (int i = 0; i < STATUS__COUNT; i++) {
		ck_assert_uint_gt(strlen(status_name((enum status)i)), 0);
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(status_name((enum status)i), status_name((enum status)j));
	}
}
END_TEST

START_TEST(every_fault_has_a_text)
{
	for (int i = 0; i < FAULT__COUNT; i++) {
		ck_assert_uint_gt(strlen(fault_text((enum fault)i)), 0);
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(fault_text((enum fault)i), fault_text((enum fault)j));
	}
}
END_TEST

START_TEST(every_demand_has_a_name)
{
	for (int i = 0; i < DEMAND__COUNT; i++) {
		ck_assert_uint_gt(strlen(demand_name((enum demand)i)), 0);
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(demand_name((enum demand)i), demand_name((enum demand)j));
	}
}
END_TEST

START_TEST(actions_that_change_rows_are_writes)
{
	ck_assert(!action_writes(ACTION_LIST));
	ck_assert(!action_writes(ACTION_READ));
	ck_assert(!action_writes(ACTION_CHILDREN));
	ck_assert(action_writes(ACTION_CREATE));
	ck_assert(action_writes(ACTION_UPDATE));
	ck_assert(action_writes(ACTION_REPLACE));
	ck_assert(action_writes(ACTION_DELETE));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("command");
	TCase *tests = tcase_create("command");

	tcase_add_test(tests, every_action_has_a_name);
	tcase_add_test(tests, every_status_has_a_name);
	tcase_add_test(tests, every_fault_has_a_text);
	tcase_add_test(tests, every_demand_has_a_name);
	tcase_add_test(tests, actions_that_change_rows_are_writes);
	suite_add_tcase(suite, tests);
	return suite;
}

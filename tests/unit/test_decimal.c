#include "decimal.h"
#include "suite.h"

#include <inttypes.h>
#include <stdio.h>

static void must_be_as_printf_writes(uint64_t number)
{
	char want[32], got[32];

	memset(got, '#', sizeof(got));
	size_t length = (size_t)snprintf(want, sizeof(want), "%" PRIu64, number);
	ck_assert_uint_eq(decimal_length(number), length);
	ck_assert_ptr_eq(decimal_write(got, number, length), got + length);
	ck_assert(memcmp(want, got, length) == 0);
	ck_assert_int_eq(got[length], '#');
}

START_TEST(numbers_around_each_power_of_ten)
{
	uint64_t power = 1;

	for (int i = 0; i < 20; i++, power *= 10)
		for (int64_t near = -2; near <= 2; near++)
			must_be_as_printf_writes(power + (uint64_t)near);
	must_be_as_printf_writes(UINT64_MAX);
}
END_TEST

START_TEST(each_number_of_up_to_five_digits)
{
	for (uint64_t number = 0; number < 100000; number++)
		must_be_as_printf_writes(number);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("decimal");
	TCase *tests = tcase_create("decimal");

	tcase_add_test(tests, numbers_around_each_power_of_ten);
	tcase_add_test(tests, each_number_of_up_to_five_digits);
	suite_add_tcase(suite, tests);
	return suite;
}

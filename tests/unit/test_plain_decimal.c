/* Decimal numbers as text; the counts are those of Pydantic's max_digits and decimal_places. */
#include "plain_decimal.h"

#include "suite.h"

START_TEST(only_plain_numbers_are_valid)
{
	static const char *const valid[] = { "0", "-0", "7", "-10.50", "0.001",
		"123456789012345678901234567890.5" };
	static const char *const invalid[] = { "", "-", "+1", "01", "-01", "1.", ".5", "1e5", " 1",
		"1 ", "1.2.3", "1,5", "Infinity", "NaN", "--1" };

	for (size_t i = 0; i < NITEMS(valid); i++)
		ck_assert_msg(plain_decimal_valid(str_from(valid[i])), "%s", valid[i]);
	for (size_t i = 0; i < NITEMS(invalid); i++)
		ck_assert_msg(!plain_decimal_valid(str_from(invalid[i])), "%s", invalid[i]);
}
END_TEST

/* In ascending order; each line has equal numbers. */
START_TEST(numbers_are_ordered_exactly)
{
	static const char *const ordered[][2] = {
		{ "-10", "-10.0" },
		{ "-9.5", "-9.50" },
		{ "-0.01", "-0.010" },
		{ "0", "-0.00" },
		{ "0.1", "0.10" },
		{ "0.10000000000000000000000001", "0.100000000000000000000000010" },
		{ "9", "9.0" },
		{ "10", "10" },
	};

	for (size_t i = 0; i < NITEMS(ordered); i++)
		for (size_t j = 0; j < NITEMS(ordered); j++) {
			int order = plain_decimal_compare(
				str_from(ordered[i][0]), str_from(ordered[j][1]));
			ck_assert_int_eq((order > 0) - (order < 0), (i > j) - (i < j));
		}
}
END_TEST

START_TEST(digits_are_counted_as_pydantic_does)
{
	static const struct {
		const char *text;
		uint32_t digits, places;
	} numbers[] = { { "0", 1, 0 }, { "7", 1, 0 }, { "-120", 3, 0 }, { "1.50", 2, 1 },
		{ "0.05", 2, 2 }, { "0.50", 1, 1 }, { "10.01", 4, 2 }, { "0.00", 1, 0 } };
	uint32_t digits, places;

	for (size_t i = 0; i < NITEMS(numbers); i++) {
		plain_decimal_count(str_from(numbers[i].text), &digits, &places);
		ck_assert_msg(digits == numbers[i].digits && places == numbers[i].places,
			"%s: %u digits, %u places", numbers[i].text, digits, places);
	}
}
END_TEST

START_TEST(multiples_are_found_exactly)
{
	static const struct {
		const char *divisor, *number;
		bool divides;
	} pairs[] = { { "3", "9", true }, { "3", "-9", true }, { "3", "10", false },
		{ "0.05", "9.95", true }, { "0.05", "9.950", true }, { "0.05", "9.96", false },
		{ "0.05", "1", true }, { "0.5", "0.25", false }, { "1", "0", true },
		{ "0.1", "0.3", true }, { "2.5", "7.5", true },
		{ "7", "70000000000000000000000000000000000000000000000000", true },
		{ "7", "70000000000000000000000000000000000000000000000001", false },
		{ "999999999999999999999999999999999999", "1999999999999999999999999999999999998",
			true } };

	for (size_t i = 0; i < NITEMS(pairs); i++) {
		ck_assert(plain_decimal_divisor(str_from(pairs[i].divisor)));
		ck_assert_msg(plain_decimal_divides(str_from(pairs[i].divisor),
				      str_from(pairs[i].number)) == pairs[i].divides,
			"%s, %s", pairs[i].divisor, pairs[i].number);
	}
	ck_assert(!plain_decimal_divisor(STR("1000000000000000000000000000000000000")));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("plain_decimal");
	TCase *tests = tcase_create("plain_decimal");

	tcase_add_test(tests, only_plain_numbers_are_valid);
	tcase_add_test(tests, numbers_are_ordered_exactly);
	tcase_add_test(tests, digits_are_counted_as_pydantic_does);
	tcase_add_test(tests, multiples_are_found_exactly);
	suite_add_tcase(suite, tests);
	return suite;
}

/* Rows that cannot be read are logged: each once, and a limited number of them. */
#include "unreadable.h"

#include "suite.h"

#include <stdio.h>
#include <unistd.h>

static FILE *log_file;

static void setup(void)
{
	log_file = tmpfile();
	ck_assert_ptr_nonnull(log_file);
	ck_assert_int_eq(dup2(fileno(log_file), STDERR_FILENO), STDERR_FILENO);
}

static void teardown(void)
{
	fclose(log_file);
}

/* The number of lines that contain the text. */
static unsigned count_lines(const char *text)
{
	char line[512];
	unsigned count = 0;

	rewind(log_file);
	while (fgets(line, sizeof(line), log_file))
		count += strstr(line, text) != NULL;
	return count;
}

static void report(const struct resource *r, int64_t key, unsigned field)
{
	struct record row = { .resource = r };

	record_set(&row, 0, value_int(key));
	unreadable_row(&row, field);
}

START_TEST(a_row_is_logged_once)
{
	for (int again = 0; again < 3; again++) {
		report(api->resources[1], 7, 4);
		report(api->resources[1], 8, 4);
		report(api->resources[1], 7, 1);
		report(api->resources[0], 7, 1);
		report(api->resources[0], 7, api->resources[0]->nfields);
		report(api->resources[0], 9, 0);
	}
	ck_assert_uint_eq(count_lines("table posts, row 7, column date_posted: "), 1);
	ck_assert_uint_eq(count_lines("table posts, row 8, column date_posted: "), 1);
	ck_assert_uint_eq(count_lines("table posts, row 7, column title: "), 1);
	ck_assert_uint_eq(count_lines("table users, row 7, column username: "), 1);
	ck_assert_uint_eq(count_lines("table users, row 7: it is too long for a reply"), 1);
	ck_assert_uint_eq(count_lines("table users, column id: "), 1);
	ck_assert_uint_eq(count_lines("lists omit"), 6);
	ck_assert_uint_eq(count_lines(""), 6);
}
END_TEST

START_TEST(the_number_of_logged_rows_is_limited)
{
	enum { MANY = 10 * UNREADABLE_NAMED_MOST };

	for (int again = 0; again < 2; again++)
		for (int64_t key = 1; key <= MANY; key++)
			report(api->resources[1], key, 4);
	ck_assert_uint_eq(count_lines("column date_posted"), UNREADABLE_NAMED_MOST);
	ck_assert_uint_eq(count_lines("table posts, row 1, "), 1);
	ck_assert_uint_eq(count_lines("rows cannot be read"), 1);
	ck_assert_uint_eq(count_lines(""), UNREADABLE_NAMED_MOST + 1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("unreadable");
	TCase *tests = tcase_create("log");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_row_is_logged_once);
	tcase_add_test(tests, the_number_of_logged_rows_is_limited);
	suite_add_tcase(suite, tests);
	return suite;
}

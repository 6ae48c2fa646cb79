/* Arrays as PostgreSQL reads them. */
#include "pg_value_array.h"

#include "suite.h"

static const struct {
	const char *elements[3];
	unsigned count;
	const char *array;
} arrays[] = {
	{ { NULL }, 0, "{}" },
	{ { "" }, 1, "{\"\"}" },
	{ { "a", NULL, "NULL" }, 3, "{\"a\",NULL,\"NULL\"}" },
	{ { "{,}", "\"", "\\" }, 3, "{\"{,}\",\"\\\"\",\"\\\\\"}" },
	{ { "a\\\"\"b", "\n", "é" }, 3, "{\"a\\\\\\\"\\\"b\",\"\n\",\"é\"}" },
};

START_TEST(elements_are_quoted)
{
	struct buf out;

	buf_init(&out, SIZE_MAX);
	buf_str(&out, STR("before"));
	for (unsigned i = 0; i < arrays[_i].count; i++)
		pg_array_add(&out, 6, arrays[_i].elements[i]);
	pg_array_end(&out, 6);
	ck_assert_str_eq(buf_view(&out).ptr + 6, arrays[_i].array);
	ck_assert_uint_eq(buf_len(&out), 6 + strlen(arrays[_i].array) + 1);
	buf_done(&out);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pg_value_array");
	TCase *tc = tcase_create("arrays");

	tcase_add_loop_test(tc, elements_are_quoted, 0, NITEMS(arrays));
	suite_add_tcase(suite, tc);
	return suite;
}

/* The types that answers show in the same way are tested in test_record_json.c. */
#include "value_json.h"

#include "suite.h"

#include <math.h>

static struct buf out;

static void setup(void)
{
	buf_init(&out, SIZE_MAX / 2);
}

static void teardown(void)
{
	buf_done(&out);
}

static struct str written(enum field_type type, struct value value)
{
	const struct field field = { .name = "v", .type = type };

	buf_reset(&out, SIZE_MAX / 2);
	value_json_write(&out, &field, &value);
	return buf_view(&out);
}

static const struct {
	int64_t microseconds;
	struct str text;
} moments[] = {
	{ 0, STR_INIT("\"1970-01-01T00:00:00\"") },
	{ 1, STR_INIT("\"1970-01-01T00:00:00.000001\"") },
	{ 999999, STR_INIT("\"1970-01-01T00:00:00.999999\"") },
	{ 1000000, STR_INIT("\"1970-01-01T00:00:01\"") },
	{ -1, STR_INIT("\"1969-12-31T23:59:59.999999\"") },
	{ -1000000, STR_INIT("\"1969-12-31T23:59:59\"") },
	{ -1000001, STR_INIT("\"1969-12-31T23:59:58.999999\"") },
	{ INT64_C(951782399999990), STR_INIT("\"2000-02-28T23:59:59.999990\"") },
	{ INT64_C(951782400000000), STR_INIT("\"2000-02-29T00:00:00\"") },
	{ INT64_C(1767323045000100), STR_INIT("\"2026-01-02T03:04:05.000100\"") },
	/* datetime.max and datetime.min of Python */
	{ INT64_C(253402300799999999), STR_INIT("\"9999-12-31T23:59:59.999999\"") },
	{ INT64_C(-62135596800000000), STR_INIT("\"0001-01-01T00:00:00\"") },
};

START_TEST(moments_are_in_iso_format)
{
	ck_assert_slice_eq(
		written(FIELD_DATETIME, value_int(moments[_i].microseconds)), moments[_i].text);
}
END_TEST

/* Recorded from Pydantic 2.13: model_dump_json of a datetime. */
static const struct {
	int64_t microseconds;
	int32_t offset;
	struct str text;
} zoned[] = {
	{ 0, 0, STR_INIT("\"1970-01-01T00:00:00Z\"") },
	{ 500000, 0, STR_INIT("\"1970-01-01T00:00:00.500000Z\"") },
	{ 0, 7200, STR_INIT("\"1970-01-01T00:00:00+02:00\"") },
	{ 1, -9000, STR_INIT("\"1970-01-01T00:00:00.000001-02:30\"") },
	{ 0, 30, STR_INIT("\"1970-01-01T00:00:00+00:00\"") },
	{ 0, -30, STR_INIT("\"1970-01-01T00:00:00-00:00\"") },
	{ 0, -60, STR_INIT("\"1970-01-01T00:00:00-00:01\"") },
	{ 0, 86399, STR_INIT("\"1970-01-01T00:00:00+23:59\"") },
	{ 0, 86400, STR_INIT("\"1970-01-01T00:00:00+24:00\"") },
	{ 0, -86400, STR_INIT("\"1970-01-01T00:00:00-24:00\"") },
	{ INT64_C(253402300799999999), -82800, STR_INIT("\"9999-12-31T23:59:59.999999-23:00\"") },
	{ INT64_C(-62135596800000000), 82800, STR_INIT("\"0001-01-01T00:00:00+23:00\"") },
};

START_TEST(zones_are_written_as_pydantic_does)
{
	struct value value = value_zoned(zoned[_i].microseconds, zoned[_i].offset);

	ck_assert_slice_eq(written(FIELD_DATETIME, value), zoned[_i].text);
}
END_TEST

/* dbd stores no such moments and days, but none may crash a worker. */
START_TEST(any_integer_can_be_written_as_a_moment_or_a_day)
{
	const int64_t integers[] = { INT64_MIN, INT64_MAX, INT64_MAX / 1000, -1000000 };

	for (size_t i = 0; i < NITEMS(integers); i++) {
		struct str moment = written(FIELD_DATETIME, value_int(integers[i]));
		ck_assert(moment.len == strlen("\"YYYY-MM-DDTHH:MM:SS\"") ||
			  moment.len == strlen("\"YYYY-MM-DDTHH:MM:SS.ffffff\""));
		ck_assert(moment.ptr[0] == '"' && moment.ptr[moment.len - 1] == '"');
		struct str day = written(FIELD_DATE, value_int(integers[i]));
		ck_assert_uint_eq(day.len, strlen("\"YYYY-MM-DD\""));
	}
}
END_TEST

START_TEST(numbers_and_texts_are_written_as_python_does)
{
	ck_assert_slice_eq(written(FIELD_NUMBER, value_number(1e-7)), STR("1e-07"));
	ck_assert_slice_eq(written(FIELD_NUMBER, value_number(NAN)), STR("null"));
	ck_assert_slice_eq(written(FIELD_ARRAY, value_text(STR("[1e-07]"))), STR("[1e-07]"));
	ck_assert_slice_eq(
		written(FIELD_EMAIL, value_text(STR("A@EXAMPLE.COM"))), STR("\"A@EXAMPLE.COM\""));
}
END_TEST

START_TEST(null_of_any_type_is_null)
{
	for (int type = 0; type < FIELD_TYPE__COUNT; type++)
		ck_assert_slice_eq(written((enum field_type)type, value_null()), STR("null"));
}
END_TEST

START_TEST(a_choice_beyond_the_choices_is_null)
{
	const struct choice list[] = { { .text = STR("a") } };
	const struct choices choices = { .count = 1, .list = list };

	value_json_write_choice(&out, &choices, 0);
	value_json_write_choice(&out, &choices, 1);
	value_json_write_choice(&out, &choices, -1);
	ck_assert_slice_eq(buf_view(&out), STR("\"a\"nullnull"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("value_json");
	TCase *tests = tcase_create("value_json");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, moments_are_in_iso_format, 0, (int)NITEMS(moments));
	tcase_add_loop_test(tests, zones_are_written_as_pydantic_does, 0, (int)NITEMS(zoned));
	tcase_add_test(tests, any_integer_can_be_written_as_a_moment_or_a_day);
	tcase_add_test(tests, numbers_and_texts_are_written_as_python_does);
	tcase_add_test(tests, null_of_any_type_is_null);
	tcase_add_test(tests, a_choice_beyond_the_choices_is_null);
	suite_add_tcase(suite, tests);
	return suite;
}

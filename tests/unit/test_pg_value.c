/* Values as PostgreSQL's texts, and back. */
#include "pg_value.h"

#include "sample.h"
#include "suite.h"

#include <math.h>

static struct arena arena;

static void teardown(void)
{
	arena_done(&arena);
}

static const char names[] =
	"{\"resources\": {\"other\": {\"fields\": {\"v\": {\"type\": \"text\"}}},"
	"\"thing\": {\"fields\": {"
	"\"int\": {\"type\": \"integer\"}, \"number\": {\"type\": \"number\"},"
	"\"decimal\": {\"type\": \"decimal\"},"
	"\"price\": {\"type\": \"decimal\", \"max_digits\": 6, \"decimal_places\": 2},"
	"\"bool\": {\"type\": \"boolean\"}, \"text\": {\"type\": \"text\"},"
	"\"uuid\": {\"type\": \"uuid\"}, \"date\": {\"type\": \"date\"},"
	"\"time\": {\"type\": \"time\"}, \"at\": {\"type\": \"datetime\"},"
	"\"zoned\": {\"type\": \"datetime\", \"timezone\": true},"
	"\"made\": {\"type\": \"datetime\", \"timezone\": true, \"set\": \"create\"},"
	"\"color\": {\"type\": \"string\", \"enum\": {\"name\": \"Color\", \"members\": {\"red\": "
	"\"r\", \"blue\": \"b\"}}},"
	"\"state\": {\"type\": \"string\", \"literal\": [\"on\", \"off\"]},"
	"\"rank\": {\"type\": \"integer\", \"literal\": [1, -3]},"
	"\"object\": {\"type\": \"object\"},"
	"\"maybe\": {\"type\": \"object\", \"nullable\": true, \"default\": null},"
	"\"array\": {\"type\": \"array\", \"items\": {\"type\": \"number\"}},"
	"\"to\": {\"type\": \"reference\", \"to\": \"other\"}}}}}";

static const struct resource *thing(void)
{
	static const struct api *a;

	if (!a)
		a = sample_read_api(str_from(names));
	return api_resource_named(a, "thing");
}

static unsigned index_of(const char *name)
{
	unsigned i = resource_field_named(thing(), name);

	ck_assert_uint_lt(i, thing()->nfields);
	return i;
}

static const struct field *field_of(const char *name)
{
	return &thing()->fields[index_of(name)];
}

#define INT(i)                                                                                     \
	{                                                                                          \
		.kind = VALUE_INT, .integer = (i)                                                  \
	}
#define ZONED(i, o)                                                                                \
	{                                                                                          \
		.kind = VALUE_ZONED, .offset = (o), .integer = (i)                                 \
	}
#define NUMBER(d)                                                                                  \
	{                                                                                          \
		.kind = VALUE_NUMBER, .number = (d)                                                \
	}
#define TEXT(t)                                                                                    \
	{                                                                                          \
		.kind = VALUE_STR, .text = STR_INIT(t)                                             \
	}

#define HOUR       INT64_C(3600000000)
#define MIN_MOMENT INT64_C(-62135596800000000)
#define MAX_MOMENT INT64_C(253402300799999999)

/* What is written, and whether it is kept in a session in UTC. */
static const struct {
	const char *field;
	struct value value;
	const char *text; /* NULL: null */
	bool keeps;
} written[] = {
	{ "int", INT(0), "0", true },
	{ "int", INT(-2147483648), "-2147483648", true },
	{ "to", INT(INT64_MIN), "-9223372036854775808", true },
	{ "number", NUMBER(0.1), "0.10000000000000001", true },
	{ "number", NUMBER(-1.7976931348623157e308), "-1.7976931348623157e+308", true },
	{ "number", NUMBER(-0.0), "-0", true },
	{ "number", NUMBER(NAN), "NaN", true },
	{ "number", NUMBER(-INFINITY), "-Infinity", true },
	{ "decimal", TEXT("1.10"), "1.10", true },
	{ "decimal", TEXT("-0.00"), "-0.00", false },
	{ "decimal", TEXT("1E+3"), "1E+3", false },
	{ "price", TEXT("9.95"), "9.95", true },
	{ "price", TEXT("9.9"), "9.9", false },
	{ "price", TEXT("9"), "9", false },
	{ "bool", INT(1), "t", true },
	{ "bool", INT(0), "f", true },
	{ "text", TEXT("é\n'\""), "é\n'\"", true },
	{ "text", TEXT(""), "", true },
	{ "uuid", TEXT("123e4567-e89b-12d3-a456-426614174000"),
		"123e4567-e89b-12d3-a456-426614174000", true },
	{ "date", INT(-719162), "0001-01-01", true },
	{ "date", INT(2932896), "9999-12-31", true },
	{ "time", INT(1), "00:00:00.000001", true },
	{ "time", ZONED(HOUR, 7200), "01:00:00.000000", false },
	{ "at", INT(MIN_MOMENT), "0001-01-01 00:00:00.000000", true },
	{ "at", ZONED(HOUR, 3600), "1970-01-01 00:00:00.000000+00", false },
	{ "zoned", INT(0), "1970-01-01 00:00:00.000000", false },
	{ "zoned", ZONED(5, 0), "1970-01-01 00:00:00.000005+00", true },
	{ "zoned", ZONED(0, -3600), "1970-01-01 01:00:00.000000+00", false },
	{ "made", INT(MAX_MOMENT), "9999-12-31 23:59:59.999999+00", false },
	{ "color", INT(1), "blue", true },
	{ "state", INT(0), "on", true },
	{ "rank", INT(1), "-3", true },
	{ "object", TEXT("{\"a\":[1,null]}"), "{\"a\": [1, null]}", true },
	{ "array", TEXT("[1.5]"), "[1.5]", false },
	{ "array", { .kind = VALUE_NULL }, "null", true },
	{ "text", { .kind = VALUE_NULL }, NULL, true },
	{ "text", { .kind = VALUE_REFUSED }, NULL, true },
};

START_TEST(a_value_is_written)
{
	const char *got = pg_value_text(&arena, field_of(written[_i].field), &written[_i].value);

	if (written[_i].text)
		ck_assert_str_eq(got, written[_i].text);
	else
		ck_assert_ptr_null(got);
}
END_TEST

static bool keeps(const char *name, const struct value *v, bool utc)
{
	struct record record = { .resource = thing() };

	record_set(&record, index_of(name), *v);
	return pg_value_keeps(&record, record.present, utc);
}

START_TEST(it_is_known_which_values_read_back)
{
	if (written[_i].value.kind == VALUE_REFUSED)
		return;
	ck_assert_int_eq(keeps(written[_i].field, &written[_i].value, true), written[_i].keeps);
}
END_TEST

START_TEST(a_zone_reads_back_only_where_the_session_has_it)
{
	const struct value v = ZONED(0, 0);

	ck_assert(keeps("zoned", &v, true));
	ck_assert(!keeps("zoned", &v, false));
}
END_TEST

static const struct {
	const char *field;
	const char *text;
	struct value value;
} read_values[] = {
	{ "int", "-9223372036854775808", INT(INT64_MIN) },
	{ "number", "1e-07", NUMBER(1e-7) },
	{ "number", "-Infinity", NUMBER(-INFINITY) },
	{ "decimal", "-123.4500", TEXT("-123.4500") },
	{ "decimal", "0.000001", TEXT("0.000001") },
	{ "decimal", "0.0000001", TEXT("1E-7") },
	{ "decimal", "-0.00000012300", TEXT("-1.2300E-7") },
	{ "decimal", "0.0000000", TEXT("0E-7") },
	{ "decimal", "0.000000", TEXT("0.000000") },
	{ "decimal", "1000", TEXT("1000") },
	{ "bool", "f", INT(0) },
	{ "text", "", TEXT("") },
	{ "uuid", "123e4567-e89b-12d3-a456-426614174000",
		TEXT("123e4567-e89b-12d3-a456-426614174000") },
	{ "date", "0001-01-01", INT(-719162) },
	{ "date", "1969-12-31", INT(-1) },
	{ "time", "23:59:59.999999", INT(24 * HOUR - 1) },
	{ "time", "01:00:00", INT(HOUR) },
	{ "at", "1970-01-01 00:00:00.5", INT(500000) },
	{ "at", "9999-12-31 23:59:59.999999", INT(MAX_MOMENT) },
	{ "zoned", "1970-01-01 01:00:00+01", ZONED(HOUR, 3600) },
	{ "zoned", "1970-01-01 00:00:00+00", ZONED(0, 0) },
	{ "zoned", "1970-01-01 00:00:00.000001-03:30", ZONED(1, -12600) },
	{ "zoned", "1800-01-01 00:53:28+00:53:28", ZONED(INT64_C(-5364659192000000), 3208) },
	{ "color", "red", INT(0) },
	{ "state", "off", INT(1) },
	{ "rank", "-3", INT(1) },
	{ "object", "{\"a\": 1, \"b\": [ ]}", TEXT("{\"a\":1,\"b\":[]}") },
	{ "maybe", "null", { .kind = VALUE_NULL } },
	{ "array", "[1.50]", TEXT("[1.5]") },
};

START_TEST(a_value_is_read)
{
	struct value got;

	ck_assert(pg_value_read(
		&arena, field_of(read_values[_i].field), str_from(read_values[_i].text), &got));
	if (got.kind == VALUE_STR)
		ck_assert_slice_eq(got.text, read_values[_i].value.text);
	ck_assert(value_equal(&got, &read_values[_i].value));
}
END_TEST

static const struct {
	const char *field, *text;
} unreadable[] = {
	{ "int", "" },
	{ "int", "1.0" },
	{ "int", "92233720368547758080" },
	{ "number", "" },
	{ "number", "x" },
	{ "decimal", "NaN" },
	{ "decimal", "Infinity" },
	{ "decimal", "" },
	{ "decimal", "1E+3" },
	{ "bool", "true" },
	{ "text", "\xff" },
	{ "uuid", "123E4567-e89b-12d3-a456-426614174000" },
	{ "date", "infinity" },
	{ "date", "10000-01-01" },
	{ "date", "0044-03-15 BC" },
	{ "date", "2023-02-29" },
	{ "time", "24:00:00" },
	{ "time", "10:00:00+01" },
	{ "at", "-infinity" },
	{ "at", "0001-01-01 00:00:00 BC" },
	{ "at", "0000-01-01 00:00:00" },
	{ "at", "2024-01-01" },
	{ "zoned", "2024-01-01 00:00:00+24" },
	{ "zoned", "2024-01-01 00:00:00+01 BC" },
	{ "zoned", "2024-01-01 00:00:00+" },
	{ "color", "green" },
	{ "color", "b" },
	{ "state", "" },
	{ "rank", "2" },
	{ "rank", "on" },
	{ "object", "[]" },
	{ "object", "null" },
	{ "array", "{" },
};

START_TEST(what_the_type_does_not_allow_is_not_read)
{
	struct value got;

	ck_assert(!pg_value_read(
		&arena, field_of(unreadable[_i].field), str_from(unreadable[_i].text), &got));
}
END_TEST

START_TEST(null_is_read_where_it_may_be)
{
	struct value got;

	ck_assert(!pg_value_read(&arena, field_of("int"), (struct str){ NULL, 0 }, &got));
	ck_assert(pg_value_read(&arena, field_of("maybe"), (struct str){ NULL, 0 }, &got));
	ck_assert_int_eq(got.kind, VALUE_NULL);
}
END_TEST

static const struct {
	const char *field;
	struct value value;
	bool fits;
} fitting[] = {
	{ "int", INT(INT32_MAX), true },
	{ "int", INT(INT32_MAX + INT64_C(1)), false },
	{ "int", INT(INT32_MIN - INT64_C(1)), false },
	{ "to", INT(INT64_MAX), true },
	{ "text", TEXT("a\0b"), false },
	{ "text", TEXT("ab"), true },
	{ "text", { .kind = VALUE_NULL }, true },
	{ "text", { .kind = VALUE_REFUSED }, true },
	{ "price", TEXT("9999.99"), true },
	{ "price", TEXT("9999.994"), true },
	{ "price", TEXT("9999.995"), false },
	{ "price", TEXT("9999.895"), true },
	{ "price", TEXT("-10000"), false },
	{ "price", TEXT("1E+4"), false },
	{ "price", TEXT("1.5E+3"), true },
	{ "price", TEXT("0.001"), true },
	{ "price", TEXT("0E+7"), true },
	{ "decimal", TEXT("1E+131071"), true },
	{ "decimal", TEXT("1E+131072"), false },
	{ "decimal", TEXT("1E-16383"), true },
	{ "decimal", TEXT("1E-16384"), false },
	{ "decimal", TEXT("1E+999999999999999999"), false },
	{ "decimal", TEXT("NaN"), false },
	{ "zoned", ZONED(MIN_MOMENT, 0), true },
	{ "zoned", ZONED(MIN_MOMENT, 3600), false },
	{ "zoned", ZONED(MAX_MOMENT, -3600), false },
	{ "zoned", ZONED(MAX_MOMENT, 3600), true },
};

START_TEST(it_is_known_which_values_fit)
{
	ck_assert_int_eq(
		pg_value_fits(field_of(fitting[_i].field), &fitting[_i].value), fitting[_i].fits);
}
END_TEST

START_TEST(a_filter_may_have_values_beyond_the_column)
{
	const struct value integer = INT(INT64_MAX), decimal = TEXT("1E+9"), nul = TEXT("a\0b"),
			   moment = ZONED(MIN_MOMENT, 3600), endless = TEXT("1E+999999");

	ck_assert(pg_value_compares(field_of("int"), &integer));
	ck_assert(pg_value_compares(field_of("price"), &decimal));
	ck_assert(!pg_value_compares(field_of("price"), &endless));
	ck_assert(!pg_value_compares(field_of("text"), &nul));
	ck_assert(!pg_value_compares(field_of("at"), &moment));
}
END_TEST

/* Keys. */

START_TEST(keys_are_written_and_read)
{
	const struct field *number = field_of("int"), *uuid = field_of("uuid");
	struct key key = { 0x123e4567e89b12d3, 0xa456426614174000 }, got;
	const char *text = pg_key_text(&arena, uuid, key);

	ck_assert_str_eq(text, "123e4567-e89b-12d3-a456-426614174000");
	ck_assert(pg_key_read(uuid, str_from(text), &got) && key_equal(key, got));
	ck_assert_str_eq(pg_key_text(&arena, number, key_int(INT64_MAX)), "9223372036854775807");
	ck_assert(pg_key_read(number, STR("-1"), &got) && key_equal(key_int(-1), got));
	ck_assert(!pg_key_read(number, STR("1x"), &got));
	ck_assert(!pg_key_read(uuid, STR("1"), &got));
	ck_assert(pg_key_read(uuid, (struct str){ NULL, 0 }, &got) && key_equal(key_none(), got));
}
END_TEST

START_TEST(keys_make_an_array)
{
	struct buf out;

	buf_init(&out, SIZE_MAX);
	pg_key_array_end(&out);
	ck_assert_str_eq(buf_view(&out).ptr, "{}");
	buf_reset(&out, 0);
	pg_key_array_add(&out, field_of("int"), key_int(1));
	pg_key_array_add(&out, field_of("int"), key_int(-2));
	pg_key_array_end(&out);
	ck_assert_str_eq(buf_view(&out).ptr, "{1,-2}");
	buf_reset(&out, 0);
	pg_key_array_add(&out, field_of("uuid"), key_none());
	pg_key_array_end(&out);
	ck_assert_str_eq(buf_view(&out).ptr, "{00000000-0000-0000-0000-000000000000}");
	buf_done(&out);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pg_value");
	TCase *tc = tcase_create("text");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, a_value_is_written, 0, NITEMS(written));
	tcase_add_loop_test(tc, it_is_known_which_values_read_back, 0, NITEMS(written));
	tcase_add_test(tc, a_zone_reads_back_only_where_the_session_has_it);
	tcase_add_loop_test(tc, a_value_is_read, 0, NITEMS(read_values));
	tcase_add_loop_test(tc, what_the_type_does_not_allow_is_not_read, 0, NITEMS(unreadable));
	tcase_add_test(tc, null_is_read_where_it_may_be);
	tcase_add_loop_test(tc, it_is_known_which_values_fit, 0, NITEMS(fitting));
	tcase_add_test(tc, a_filter_may_have_values_beyond_the_column);
	tcase_add_test(tc, keys_are_written_and_read);
	tcase_add_test(tc, keys_make_an_array);
	suite_add_tcase(suite, tc);
	return suite;
}

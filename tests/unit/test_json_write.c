#include "json_write.h"

#include "json_read.h"
#include "suite.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct arena arena;
static struct buf out;

static void setup(void)
{
	arena_init(&arena);
	buf_init(&out, SIZE_MAX / 2);
}

static void teardown(void)
{
	arena_done(&arena);
	buf_done(&out);
}

static const struct json *read_valid(struct str json)
{
	const struct json *root = NULL;
	struct json_error error;

	ck_assert_int_eq(json_read(&arena, json, &root, &error), JSON_OK);
	return root;
}

static const struct {
	struct str json;
	struct str written;
} values[] = {
	{ STR_INIT(" null "), STR_INIT("null") },
	{ STR_INIT("[ true , false ]"), STR_INIT("[true,false]") },
	{ STR_INIT("[]"), STR_INIT("[]") },
	{ STR_INIT("{ }"), STR_INIT("{}") },
	{ STR_INIT("[[],{},[[]]]"), STR_INIT("[[],{},[[]]]") },
	{ STR_INIT("{ \"b\" : [ 1 , { \"c\" : null } , 2 ] , \"a\" : \"x\" }"),
		STR_INIT("{\"b\":[1,{\"c\":null},2],\"a\":\"x\"}") },
	{ STR_INIT("[-0,12,-123456789012345678901234567890]"),
		STR_INIT("[0,12,-123456789012345678901234567890]") },
	{ STR_INIT("[1.0,-0.0,1E2,NaN,Infinity,-Infinity,1e400,-1e400]"),
		STR_INIT("[1.0,-0.0,100.0,null,null,null,null,null]") },
	{ STR_INIT("\"\\u00e9\\ud83d\\ude00\\/\\u2028\\u007f\""),
		STR_INIT("\"\xc3\xa9\xf0\x9f\x98\x80/\xe2\x80\xa8\x7f\"") },
	{ STR_INIT("{\"\\ud800\":\"\\uDFFF\"}"), STR_INIT("{\"\\ud800\":\"\\udfff\"}") },
	{ STR_INIT("{\"b\":1,\"a\":2,\"b\":3}"), STR_INIT("{\"b\":3,\"a\":2}") },

	{ STR_INIT("{\"_sa\":1}"), STR_INIT("{}") },
	{ STR_INIT("{\"_sa\":1,\"a\":2}"), STR_INIT("{\"a\":2}") },
	{ STR_INIT("{\"a\":2,\"_sa_instance_state\":{\"b\":[]}}"), STR_INIT("{\"a\":2}") },
	{ STR_INIT("{\"a\":1,\"_sax\":2,\"_sa\":3,\"b\":4}"), STR_INIT("{\"a\":1,\"b\":4}") },
	{ STR_INIT("[{\"x\":{\"_sa\":1,\"_s\":2,\"_SA\":3,\"x_sa\":4}}]"),
		STR_INIT("[{\"x\":{\"_s\":2,\"_SA\":3,\"x_sa\":4}}]") },
	{ STR_INIT("{\"\\u005fsa\":1}"), STR_INIT("{}") },
	{ STR_INIT("[\"_sa\"]"), STR_INIT("[\"_sa\"]") },
};

START_TEST(writes_values)
{
	json_write(&out, read_valid(values[_i].json));
	ck_assert_slice_eq(buf_view(&out), values[_i].written);
}
END_TEST

/* As jsonable_encoder({…}, exclude_none=True) of FastAPI. */
START_TEST(writes_values_without_nulls)
{
	json_write_without_nulls(&out,
		read_valid(STR("{\"a\":null,\"b\":[1,null,{\"c\":null,\"d\":0}],\"_sa\":1,\"e\":"
			       "{\"f\":null},\"g\":null}")));
	ck_assert_slice_eq(buf_view(&out), STR("{\"b\":[1,null,{\"d\":0}],\"e\":{}}"));
}
END_TEST

START_TEST(can_write_every_member)
{
	const struct str whole = STR("{\"a\":1,\"_sax\":[{\"_sa\":3}],\"b\":4}");

	json_write_whole(&out, read_valid(whole));
	ck_assert_slice_eq(buf_view(&out), whole);
}
END_TEST

START_TEST(writes_only_the_given_subtree)
{
	const struct json *root = read_valid(STR("[{\"a\":{\"b\":[1]},\"c\":2},3]"));

	json_write(&out, root->first);
	json_write(&out, json_get(root->first, STR("a")));
	json_write(&out, json_get(root->first, STR("c")));
	ck_assert_slice_eq(buf_view(&out), STR("{\"a\":{\"b\":[1]},\"c\":2}{\"b\":[1]}2"));
}
END_TEST

START_TEST(writes_deep_nesting)
{
	struct buf in;

	buf_init(&in, SIZE_MAX / 2);
	for (int i = 0; i < JSON_READ_DEPTH_MAX / 2; i++)
		buf_str(&in, STR("[{\"a\":"));
	buf_char(&in, '1');
	for (int i = 0; i < JSON_READ_DEPTH_MAX / 2; i++)
		buf_str(&in, STR("}]"));
	json_write(&out, read_valid(buf_view(&in)));
	ck_assert(str_equal(buf_view(&out), buf_view(&in)));
	buf_done(&in);
}
END_TEST

START_TEST(buffer_failure_is_sticky)
{
	struct buf small;

	buf_init(&small, 8);
	json_write(&small, read_valid(STR("[\"far too much for it\"]")));
	ck_assert(small.failed);
	buf_done(&small);
}
END_TEST

static const struct {
	struct str text;
	struct str written;
} strings[] = {
	{ STR_INIT(""), STR_INIT("\"\"") },
	{ STR_INIT("plain"), STR_INIT("\"plain\"") },
	{ STR_INIT("a\"b\\c/d"), STR_INIT("\"a\\\"b\\\\c/d\"") },
	{ STR_INIT("\b\t\n\f\r"), STR_INIT("\"\\b\\t\\n\\f\\r\"") },
	{ STR_INIT("\0\x01\x0b\x1f"), STR_INIT("\"\\u0000\\u0001\\u000b\\u001f\"") },
	{ STR_INIT("\x7f"), STR_INIT("\"\x7f\"") },
	{ STR_INIT("12345678\n12345678"), STR_INIT("\"12345678\\n12345678\"") },
	{ STR_INIT("\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80"),
		STR_INIT("\"\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80\"") },
	{ STR_INIT("\xc3\xa9\"\xc3\xa9"), STR_INIT("\"\xc3\xa9\\\"\xc3\xa9\"") },
	{ STR_INIT("\xed\x9f\xbf\xee\x80\x80"), STR_INIT("\"\xed\x9f\xbf\xee\x80\x80\"") },
	{ STR_INIT("\xed\xa0\x80"), STR_INIT("\"\\ud800\"") },
	{ STR_INIT("\xed\xbf\xbf"), STR_INIT("\"\\udfff\"") },
	{ STR_INIT("a\xed\xa0\xbd\xed\xb8\x80z"), STR_INIT("\"a\\ud83d\\ude00z\"") },
};

START_TEST(writes_strings)
{
	json_write_string(&out, strings[_i].text);
	ck_assert_slice_eq(buf_view(&out), strings[_i].written);
}
END_TEST

/* Without an escape and with a quote in each place; the buffer has exactly enough room, then one
 * byte less. */
START_TEST(writes_strings_of_all_lengths)
{
	char text[64], want[64 + 3];
	struct buf exact;

	memset(text, 'a', sizeof(text));
	for (size_t n = 0; n <= sizeof(text); n++) {
		for (size_t quote = 0; quote <= n; quote++) {
			size_t size = n + 2 + (quote < n);
			memset(want, 'a', sizeof(want));
			want[0] = want[size - 1] = '"';
			if (quote < n) {
				text[quote] = '"';
				memcpy(want + 1 + quote, "\\\"", 2);
			}
			buf_init(&exact, size);
			json_write_string(&exact, (struct str){ text, n });
			if (exact.failed ||
				!str_equal(buf_view(&exact), (struct str){ want, size }))
				ck_abort_msg("%zu bytes, quote at %zu", n, quote);
			buf_done(&exact);
			buf_init(&exact, size - 1);
			json_write_string(&exact, (struct str){ text, n });
			if (!exact.failed)
				ck_abort_msg("%zu bytes in less", n);
			buf_done(&exact);
			memset(text, 'a', sizeof(text));
		}
	}
	json_write_string(&out, (struct str){ NULL, 0 });
	ck_assert_slice_eq(buf_view(&out), STR("\"\""));
}
END_TEST

static const struct {
	double value;
	struct str written;
} doubles[] = {
	{ 0.0, STR_INIT("0.0") },
	{ -0.0, STR_INIT("-0.0") },
	{ 1.0, STR_INIT("1.0") },
	{ -1.5, STR_INIT("-1.5") },
	{ 0.1, STR_INIT("0.1") },
	{ 0.1 + 0.2, STR_INIT("0.30000000000000004") },
	{ 1.0 / 3, STR_INIT("0.3333333333333333") },
	{ 2.0 / 3, STR_INIT("0.6666666666666666") },
	{ 100, STR_INIT("100.0") },
	{ 123456.789, STR_INIT("123456.789") },
	/* Around the limits for an exponent. */
	{ 0.0001, STR_INIT("0.0001") },
	{ 0.00012345, STR_INIT("0.00012345") },
	{ 0.00001, STR_INIT("1e-05") },
	{ 0.000099999, STR_INIT("9.9999e-05") },
	{ 1e15, STR_INIT("1000000000000000.0") },
	{ 9999999999999998.0, STR_INIT("9999999999999998.0") },
	{ 9007199254740993.0, STR_INIT("9007199254740992.0") },
	{ 1e16, STR_INIT("1e+16") },
	{ 1.5e16, STR_INIT("1.5e+16") },
	{ 1e22, STR_INIT("1e+22") },
	{ 1e23, STR_INIT("1e+23") },
	{ 1e100, STR_INIT("1e+100") },
	{ 1.5e-7, STR_INIT("1.5e-07") },
	{ 123e-200, STR_INIT("1.23e-198") },
	/* Powers of two: the lower neighbour is nearer than the upper one. */
	{ 0x1p-44, STR_INIT("5.684341886080802e-14") },
	{ 0x1p-1022, STR_INIT("2.2250738585072014e-308") },
	{ 0x1p-1074, STR_INIT("5e-324") },
	{ 0x1p-24, STR_INIT("5.960464477539063e-08") },
	{ 0x1p89, STR_INIT("6.189700196426902e+26") },
	{ 0x1p1023, STR_INIT("8.98846567431158e+307") },
	/* Denormals have fewer digits. */
	{ 0x3p-1074, STR_INIT("1.5e-323") },
	{ 0x1.8p-1060, STR_INIT("1.2142e-319") },
	{ 0x0.fffffffffffffp-1022, STR_INIT("2.225073858507201e-308") },
	{ DBL_MAX, STR_INIT("1.7976931348623157e+308") },
	{ -DBL_MAX, STR_INIT("-1.7976931348623157e+308") },
	{ NAN, STR_INIT("null") },
	{ INFINITY, STR_INIT("null") },
	{ -INFINITY, STR_INIT("null") },
};

START_TEST(writes_doubles)
{
	json_write_double(&out, doubles[_i].value);
	ck_assert_slice_eq(buf_view(&out), doubles[_i].written);
}
END_TEST

/* Recorded from pydantic_core.to_json (2.46) of floats. */
static const struct {
	double value;
	struct str written;
} shown[] = {
	{ 0.0, STR_INIT("0.0") },
	{ -0.0, STR_INIT("-0.0") },
	{ 0.0001, STR_INIT("0.0001") },
	{ 1e-5, STR_INIT("0.00001") },
	{ 1.5e-5, STR_INIT("0.000015") },
	{ 9.99e-6, STR_INIT("9.99e-6") },
	{ 1e-6, STR_INIT("1e-6") },
	{ 1e-7, STR_INIT("1e-7") },
	{ 1e15, STR_INIT("1000000000000000.0") },
	{ 1e16, STR_INIT("1e+16") },
	{ 123456789012345680.0, STR_INIT("1.2345678901234568e+17") },
	{ 1.5e300, STR_INIT("1.5e+300") },
	{ 5e-324, STR_INIT("5e-324") },
	{ NAN, STR_INIT("null") },
};

START_TEST(writes_shown_doubles)
{
	json_write_shown_double(&out, shown[_i].value);
	ck_assert_slice_eq(buf_view(&out), shown[_i].written);
}
END_TEST

/* Numbers of few digits have a way of their own. Each has its digits, and reads back. */
START_TEST(numbers_of_few_digits_are_as_short_as_they_can_be)
{
	static const double scales[] = { 1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8 };
	uint64_t digits = 1;

	for (int i = 0; i < 20000; i++) {
		double scale = scales[i % (int)NITEMS(scales)];
		char want[40];
		digits = (digits * UINT64_C(6364136223846793005) + 1442695040888963407);
		double value = (double)(digits >> (14 + i % 47)) / scale;
		int precision = 1;
		do
			snprintf(want, sizeof(want), "%.*e", precision - 1, value);
		while (strtod(want, NULL) != value && precision++ < 17);
		buf_reset(&out, SIZE_MAX / 2);
		json_write_double(&out, value);
		buf_char(&out, '\0');
		char got[40];
		snprintf(got, sizeof(got), "%.*e", precision - 1, strtod(buf_view(&out).ptr, NULL));
		ck_assert_str_eq(got, want);
		unsigned significant = 0;
		bool begun = false;
		for (const char *p = buf_view(&out).ptr; *p && *p != 'e'; p++) {
			begun = begun || (*p >= '1' && *p <= '9');
			significant += begun && *p != '.';
		}
		/* Of an integer, zeros at the end are no significant digits. */
		if (value >= 1e-4 && value < 1e15 &&
			strcmp(strchr(buf_view(&out).ptr, '.'), ".0") != 0)
			ck_assert_uint_eq(significant, (unsigned)precision);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("json_write");
	TCase *tests = tcase_create("json_write");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, writes_values, 0, NITEMS(values));
	tcase_add_test(tests, writes_values_without_nulls);
	tcase_add_test(tests, can_write_every_member);
	tcase_add_test(tests, writes_only_the_given_subtree);
	tcase_add_test(tests, writes_deep_nesting);
	tcase_add_test(tests, buffer_failure_is_sticky);
	tcase_add_loop_test(tests, writes_strings, 0, NITEMS(strings));
	tcase_add_test(tests, writes_strings_of_all_lengths);
	tcase_add_loop_test(tests, writes_doubles, 0, NITEMS(doubles));
	tcase_add_loop_test(tests, writes_shown_doubles, 0, NITEMS(shown));
	tcase_add_test(tests, numbers_of_few_digits_are_as_short_as_they_can_be);
	suite_add_tcase(suite, tests);
	return suite;
}

#include "json_read.h"

#include "buf.h"
#include "suite.h"

#include <math.h>
#include <stdio.h>

static struct arena arena;
static struct buf text;

static void setup(void)
{
	arena_init(&arena);
	buf_init(&text, SIZE_MAX / 2);
}

static void teardown(void)
{
	arena_done(&arena);
	buf_done(&text);
}

static const struct json *read_valid(struct str json)
{
	const struct json *root = NULL;
	struct json_error error;
	enum json_outcome outcome = json_read(&arena, json, &root, &error);

	ck_assert_msg(outcome == JSON_OK, "%.*s: outcome %d", STR_ARGS(json), (int)outcome);
	return root;
}

static enum json_outcome outcome_of(struct str json)
{
	const struct json *root;
	struct json_error error;

	return json_read(&arena, json, &root, &error);
}

static void repeat(const char *part, size_t times)
{
	while (times-- > 0)
		buf_str(&text, str_from(part));
}

/* Expected messages and positions. Positions count code points. */
static const struct {
	struct str json;
	const char *message;
	size_t position;
} syntax_errors[] = {
	{ STR_INIT(""), "Expecting value", 0 },
	{ STR_INIT(" \t\r\n"), "Expecting value", 4 },
	{ STR_INIT("\f1"), "Expecting value", 0 },
	{ STR_INIT("\xc2\xa0"
		   "1"),
		"Expecting value", 0 },
	{ STR_INIT("\xef\xbb\xbf[]"), "Expecting value", 0 },
	{ STR_INIT("\0"), "Expecting value", 0 },
	{ STR_INIT("tru"), "Expecting value", 0 },
	{ STR_INIT("[True]"), "Expecting value", 1 },
	{ STR_INIT("-"), "Expecting value", 0 },
	{ STR_INIT("[-a]"), "Expecting value", 1 },
	{ STR_INIT("+1"), "Expecting value", 0 },
	{ STR_INIT(".5"), "Expecting value", 0 },
	{ STR_INIT("'a'"), "Expecting value", 0 },
	{ STR_INIT("-Infinit"), "Expecting value", 0 },
	{ STR_INIT("-NaN"), "Expecting value", 0 },
	{ STR_INIT("nan"), "Expecting value", 0 },
	{ STR_INIT("["), "Expecting value", 1 },
	{ STR_INIT("[ "), "Expecting value", 2 },
	{ STR_INIT("[1,"), "Expecting value", 3 },
	{ STR_INIT("[,1]"), "Expecting value", 1 },
	{ STR_INIT("[1,,2]"), "Expecting value", 3 },
	{ STR_INIT("[}"), "Expecting value", 1 },
	{ STR_INIT("]"), "Expecting value", 0 },
	{ STR_INIT("{\"a\":"), "Expecting value", 5 },
	{ STR_INIT("{\"a\":}"), "Expecting value", 5 },

	{ STR_INIT("{"), "Expecting property name enclosed in double quotes", 1 },
	{ STR_INIT("{ a:1}"), "Expecting property name enclosed in double quotes", 2 },
	{ STR_INIT("{'a':1}"), "Expecting property name enclosed in double quotes", 1 },
	{ STR_INIT("{,}"), "Expecting property name enclosed in double quotes", 1 },
	{ STR_INIT("{]"), "Expecting property name enclosed in double quotes", 1 },
	{ STR_INIT("{\"a\":1,"), "Expecting property name enclosed in double quotes", 7 },
	{ STR_INIT("{\"a\":1, 2}"), "Expecting property name enclosed in double quotes", 8 },

	{ STR_INIT("{\"a\"1}"), "Expecting ':' delimiter", 4 },
	{ STR_INIT("{\"a\" "), "Expecting ':' delimiter", 5 },
	{ STR_INIT("{\"a\",1}"), "Expecting ':' delimiter", 4 },

	{ STR_INIT("[1"), "Expecting ',' delimiter", 2 },
	{ STR_INIT("[1 2]"), "Expecting ',' delimiter", 3 },
	{ STR_INIT("[1}"), "Expecting ',' delimiter", 2 },
	{ STR_INIT("[01]"), "Expecting ',' delimiter", 2 },
	{ STR_INIT("[1.]"), "Expecting ',' delimiter", 2 },
	{ STR_INIT("[1.5e]"), "Expecting ',' delimiter", 4 },
	{ STR_INIT("[1e+]"), "Expecting ',' delimiter", 2 },
	{ STR_INIT("[0x1]"), "Expecting ',' delimiter", 2 },
	{ STR_INIT("[1_0]"), "Expecting ',' delimiter", 2 },
	{ STR_INIT("{\"a\":1"), "Expecting ',' delimiter", 6 },
	{ STR_INIT("{\"a\":1]"), "Expecting ',' delimiter", 6 },
	{ STR_INIT("{\"a\":1 \"b\":2}"), "Expecting ',' delimiter", 7 },

	{ STR_INIT("[1,]"), "Illegal trailing comma before end of array", 2 },
	{ STR_INIT("[1 , \n]"), "Illegal trailing comma before end of array", 3 },
	{ STR_INIT("{\"a\":1,}"), "Illegal trailing comma before end of object", 6 },
	{ STR_INIT("{\"a\":1 ,\t}"), "Illegal trailing comma before end of object", 7 },

	{ STR_INIT("1 2"), "Extra data", 2 },
	{ STR_INIT("01"), "Extra data", 1 },
	{ STR_INIT("-01"), "Extra data", 2 },
	{ STR_INIT("1."), "Extra data", 1 },
	{ STR_INIT("1.e5"), "Extra data", 1 },
	{ STR_INIT("1e"), "Extra data", 1 },
	{ STR_INIT("truex"), "Extra data", 4 },
	{ STR_INIT("{}]"), "Extra data", 2 },
	{ STR_INIT("null\0"), "Extra data", 4 },

	{ STR_INIT("\""), "Unterminated string starting at", 0 },
	{ STR_INIT("[\"abc"), "Unterminated string starting at", 1 },
	{ STR_INIT("\"abc\\"), "Unterminated string starting at", 0 },
	{ STR_INIT("\"abc\\\""), "Unterminated string starting at", 0 },
	{ STR_INIT("{\"a"), "Unterminated string starting at", 1 },
	/* The text ends right behind a whole escape: CPython's gh-152052. */
	{ STR_INIT("\"\\u4e2d"), "Unterminated string starting at", 0 },
	{ STR_INIT("\"\\u4e2d\\"), "Unterminated string starting at", 0 },
	{ STR_INIT("\"\\ud83d"), "Unterminated string starting at", 0 },
	{ STR_INIT("\"\\ud83d\\"), "Unterminated string starting at", 0 },
	{ STR_INIT("\"\\ud83d\\ude00"), "Unterminated string starting at", 0 },
	{ STR_INIT("\"\\ud83d\\u0041"), "Unterminated string starting at", 0 },
	{ STR_INIT("{\"\":\"\\udc00"), "Unterminated string starting at", 4 },

	{ STR_INIT("\"a\nb\""), "Invalid control character at", 2 },
	{ STR_INIT("\"\0\""), "Invalid control character at", 1 },
	{ STR_INIT("\"\x1f"), "Invalid control character at", 1 },

	{ STR_INIT("\"\\x41\""), "Invalid \\escape", 1 },
	{ STR_INIT("\"ab\\'\""), "Invalid \\escape", 3 },
	{ STR_INIT("\"\\\n\""), "Invalid \\escape", 1 },
	{ STR_INIT("\"\\\0\""), "Invalid \\escape", 1 },
	{ STR_INIT("\"\\U0041\""), "Invalid \\escape", 1 },
	{ STR_INIT("\"\\\xc3\xa9\""), "Invalid \\escape", 1 },

	{ STR_INIT("\"\\u12\""), "Invalid \\uXXXX escape", 2 },
	{ STR_INIT("\"\\u12G4\""), "Invalid \\uXXXX escape", 2 },
	{ STR_INIT("\"\\u+123\""), "Invalid \\uXXXX escape", 2 },
	{ STR_INIT("\"\\u"), "Invalid \\uXXXX escape", 2 },
	{ STR_INIT("\"\\u123"), "Invalid \\uXXXX escape", 2 },
	{ STR_INIT("\"\\ud83d\\u12\""), "Invalid \\uXXXX escape", 8 },
	{ STR_INIT("\"\\ud83d\\u"), "Invalid \\uXXXX escape", 8 },
	{ STR_INIT("\"\\ud83d\\ude0"), "Invalid \\uXXXX escape", 8 },
	{ STR_INIT("\"\\ud83d\\x\""), "Invalid \\escape", 7 },

	/* U+00E9, U+6F22, U+1F600 and a lone surrogate are one character each. */
	{ STR_INIT("\"\xc3\xa9\" x"), "Extra data", 4 },
	{ STR_INIT("[\"\xe6\xbc\xa2\xf0\x9f\x98\x80\xed\xa0\x80\" 1]"), "Expecting ',' delimiter",
		7 },

	/* The first error is reported. */
	{ STR_INIT("[\"\\x\", 01]"), "Invalid \\escape", 2 },
	{ STR_INIT("{\"a\":1,} x"), "Illegal trailing comma before end of object", 6 },
};

START_TEST(reports_syntax_errors)
{
	struct str json = syntax_errors[_i].json;
	const struct json *root;
	struct json_error error;
	enum json_outcome outcome = json_read(&arena, json, &root, &error);

	ck_assert_msg(outcome == JSON_SYNTAX, "%.*s: outcome %d", STR_ARGS(json), (int)outcome);
	ck_assert_msg(strcmp(error.message, syntax_errors[_i].message) == 0 &&
			      error.position == syntax_errors[_i].position,
		"%.*s: \"%s\" at %zu", STR_ARGS(json), error.message, error.position);
}
END_TEST

static const struct {
	struct str json;
	struct str text;
	uint32_t count;
	bool has_surrogate;
} strings[] = {
	{ STR_INIT("\"\""), STR_INIT(""), 0, false },
	{ STR_INIT(" \"abc\" "), STR_INIT("abc"), 3, false },
	{ STR_INIT("\"\x7f\""), STR_INIT("\x7f"), 1, false },
	{ STR_INIT("\"a\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80z\""),
		STR_INIT("a\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80z"), 5, false },
	{ STR_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), STR_INIT("\"\\/\b\f\n\r\t"), 8, false },
	{ STR_INIT("\"12345678\\n12345678\\n1\""), STR_INIT("12345678\n12345678\n1"), 19, false },
	{ STR_INIT("\"a\\u0000b\""), STR_INIT("a\0b"), 3, false },
	{ STR_INIT("\"\\u00e9\\u6F22\""), STR_INIT("\xc3\xa9\xe6\xbc\xa2"), 2, false },
	{ STR_INIT("\"\\ud83d\\ude00\""), STR_INIT("\xf0\x9f\x98\x80"), 1, false },
	{ STR_INIT("\"\\uD83D\\uDE00x\""), STR_INIT("\xf0\x9f\x98\x80x"), 2, false },
	{ STR_INIT("\"\xed\x9f\xbf\xee\x80\x80\""), STR_INIT("\xed\x9f\xbf\xee\x80\x80"), 2,
		false },
	{ STR_INIT("\"\\ud7ff\\ue000\""), STR_INIT("\xed\x9f\xbf\xee\x80\x80"), 2, false },
	{ STR_INIT("\"\\ud83d\""), STR_INIT("\xed\xa0\xbd"), 1, true },
	{ STR_INIT("\"\\ud83db\""),
		STR_INIT("\xed\xa0\xbd"
			 "b"),
		2, true },
	{ STR_INIT("\"\\ud83d\\n\""), STR_INIT("\xed\xa0\xbd\n"), 2, true },
	{ STR_INIT("\"\\ude00\\ud83d\""), STR_INIT("\xed\xb8\x80\xed\xa0\xbd"), 2, true },
	{ STR_INIT("\"\\ud83d\\ud83d\\ude00\""), STR_INIT("\xed\xa0\xbd\xf0\x9f\x98\x80"), 2,
		true },
	{ STR_INIT("\"\\ud83d\\u0041\""),
		STR_INIT("\xed\xa0\xbd"
			 "A"),
		2, true },
	{ STR_INIT("\"\xed\xa0\xbd\xed\xb8\x80\""), STR_INIT("\xed\xa0\xbd\xed\xb8\x80"), 2, true },
	/* An encoded and an escaped surrogate do not form a pair. */
	{ STR_INIT("\"\xed\xa0\xbd\\ude00\""), STR_INIT("\xed\xa0\xbd\xed\xb8\x80"), 2, true },
	{ STR_INIT("\"\\ud83d\xed\xb8\x80\""), STR_INIT("\xed\xa0\xbd\xed\xb8\x80"), 2, true },
};

START_TEST(reads_strings)
{
	const struct json *string = read_valid(strings[_i].json);

	ck_assert_int_eq(string->type, JSON_STRING);
	ck_assert_slice_eq(string->text, strings[_i].text);
	ck_assert_uint_eq(string->count, strings[_i].count);
	ck_assert(string->has_surrogate == strings[_i].has_surrogate);
}
END_TEST

START_TEST(does_not_copy_a_string_without_escapes)
{
	struct str json = STR("[\"caf\xc3\xa9\"]");

	ck_assert_ptr_eq(read_valid(json)->first->text.ptr, json.ptr + 2);
}
END_TEST

static const struct {
	struct str json;
	struct str digits;
} integers[] = {
	{ STR_INIT("0"), STR_INIT("0") },
	{ STR_INIT("-0"), STR_INIT("0") },
	{ STR_INIT("-12"), STR_INIT("-12") },
	{ STR_INIT("18446744073709551616000"), STR_INIT("18446744073709551616000") },
};

START_TEST(reads_integers)
{
	const struct json *value = read_valid(integers[_i].json);

	ck_assert_int_eq(value->type, JSON_INT);
	ck_assert_slice_eq(value->text, integers[_i].digits);
}
END_TEST

static const struct {
	struct str json;
	double number;
} floats[] = {
	{ STR_INIT("0.0"), 0.0 },
	{ STR_INIT("1.5"), 1.5 },
	{ STR_INIT("-2.25"), -2.25 },
	{ STR_INIT("1e2"), 100 },
	{ STR_INIT("1E+2"), 100 },
	{ STR_INIT("25e-1"), 2.5 },
	{ STR_INIT("0e0"), 0 },
	{ STR_INIT("1e400"), INFINITY },
	{ STR_INIT("-1e400"), -INFINITY },
	{ STR_INIT("1e-400"), 0 },
	{ STR_INIT("5e-324"), 0x1p-1074 },
	{ STR_INIT("Infinity"), INFINITY },
	{ STR_INIT("-Infinity"), -INFINITY },
	{ STR_INIT("0."
		   "100000000000000005551115123125782702118158340454101562500000000000000000000000"
		   "0"),
		0.1 },
};

START_TEST(reads_floats)
{
	const struct json *value = read_valid(floats[_i].json);

	ck_assert_int_eq(value->type, JSON_FLOAT);
	ck_assert_msg(value->number == floats[_i].number, "row %d: %a", _i, value->number);
}
END_TEST

START_TEST(reads_nan_and_minus_zero)
{
	ck_assert(isnan(read_valid(STR("NaN"))->number));
	ck_assert(signbit(read_valid(STR("-0.0"))->number));
	ck_assert(signbit(read_valid(STR("-1e-400"))->number));
}
END_TEST

START_TEST(reads_literals)
{
	const struct json *item = read_valid(STR("[null,true , false]"))->first;

	ck_assert_int_eq(item->type, JSON_NULL);
	ck_assert_int_eq(item->next->type, JSON_TRUE);
	ck_assert_int_eq(item->next->next->type, JSON_FALSE);
	ck_assert_ptr_null(item->next->next->next);
}
END_TEST

START_TEST(links_containers_to_their_parents)
{
	const struct json *root = read_valid(STR(" [ { \"a\" : [ ] , \"b\" : { } } , 1 ] "));
	const struct json *object = root->first;

	ck_assert_int_eq(root->type, JSON_ARRAY);
	ck_assert_uint_eq(root->count, 2);
	ck_assert_ptr_null(root->parent);
	ck_assert_ptr_null(root->next);
	ck_assert_int_eq(object->type, JSON_OBJECT);
	ck_assert_uint_eq(object->count, 2);
	ck_assert_ptr_eq(object->parent, root);
	ck_assert_int_eq(object->next->type, JSON_INT);
	const struct json *a = json_get(object, STR("a"));
	ck_assert_int_eq(a->type, JSON_ARRAY);
	ck_assert_uint_eq(a->count, 0);
	ck_assert_ptr_null(a->first);
	ck_assert_ptr_eq(a->parent, object);
	ck_assert_int_eq(json_get(object, STR("b"))->type, JSON_OBJECT);
	ck_assert_ptr_null(json_get(object, STR("c")));
	ck_assert_ptr_null(json_get(object, STR("")));
}
END_TEST

/* The expected members in order, each a letter and a digit. */
static const struct {
	struct str json;
	const char *members;
} duplicates[] = {
	{ STR_INIT("{\"a\":1,\"b\":2}"), "a1b2" },
	{ STR_INIT("{\"a\":1,\"a\":2}"), "a2" },
	{ STR_INIT("{\"a\":1,\"b\":2,\"a\":3}"), "a3b2" },
	{ STR_INIT("{\"a\":1,\"b\":2,\"a\":3,\"b\":4,\"c\":5,\"a\":6}"), "a6b4c5" },
	{ STR_INIT("{\"a\":1,\"\\u0061\":2,\"A\":3}"), "a2A3" },
	{ STR_INIT("{\"a\":1,\"a\":1,\"a\":1,\"a\":1,\"a\":1,\"a\":1,\"a\":1,\"a\":1,\"a\":1,\"a\":"
		   "1,"
		   "\"a\":1,\"a\":1,\"a\":1,\"a\":1,\"a\":1,\"a\":1,\"a\":1,\"a\":1,\"b\":2,\"a\":"
		   "3}"),
		"a3b2" },
};

START_TEST(keeps_the_last_value_in_the_place_of_the_first)
{
	const struct json *object = read_valid(duplicates[_i].json);
	char members[64] = "";
	size_t n = 0;

	for (const struct json *key = object->first; key; key = key->next->next) {
		members[n++] = key->text.ptr[0];
		members[n++] = key->next->text.ptr[0];
	}
	ck_assert_str_eq(members, duplicates[_i].members);
	ck_assert_uint_eq(object->count, n / 2);
}
END_TEST

/* 100,000 keys, each twice: comparing all pairs would take minutes. */
START_TEST(many_keys_do_not_take_quadratic_time)
{
	enum { KEYS = 100000 };

	buf_char(&text, '{');
	for (int i = 0; i < 2 * KEYS; i++)
		buf_printf(&text, "%s\"%06d\":%d", i ? "," : "", i % KEYS, i);
	buf_char(&text, '}');
	const struct json *object = read_valid(buf_view(&text));
	ck_assert_uint_eq(object->count, KEYS);
	const struct json *key = object->first;
	for (int i = 0; i < KEYS; i++, key = key->next->next) {
		char name[16], value[16];
		snprintf(name, sizeof(name), "%06d", i);
		snprintf(value, sizeof(value), "%d", KEYS + i);
		ck_assert_slice_eq(key->text, str_from(name));
		ck_assert_slice_eq(key->next->text, str_from(value));
	}
	ck_assert_ptr_null(key);
}
END_TEST

START_TEST(nests_to_the_limit)
{
	repeat("[", JSON_READ_DEPTH_MAX);
	repeat("]", JSON_READ_DEPTH_MAX);
	size_t depth = 0;
	for (const struct json *v = read_valid(buf_view(&text)); v; v = v->first)
		depth++;
	ck_assert_uint_eq(depth, JSON_READ_DEPTH_MAX);
}
END_TEST

START_TEST(siblings_do_not_add_to_the_depth)
{
	buf_char(&text, '[');
	repeat("[],{},", JSON_READ_DEPTH_MAX);
	buf_str(&text, STR("0]"));
	ck_assert_uint_eq(read_valid(buf_view(&text))->count, 2 * JSON_READ_DEPTH_MAX + 1);
}
END_TEST

START_TEST(refuses_deeper_nesting)
{
	repeat("[", JSON_READ_DEPTH_MAX + 1);
	ck_assert_int_eq(outcome_of(buf_view(&text)), JSON_REFUSED);
	buf_reset(&text, 0);
	repeat("{\"a\":", 150000);
	ck_assert_int_eq(outcome_of(buf_view(&text)), JSON_REFUSED);
}
END_TEST

START_TEST(unclosed_nesting_is_a_syntax_error)
{
	const struct json *root;
	struct json_error error;

	repeat("[", 10000);
	ck_assert_int_eq(json_read(&arena, buf_view(&text), &root, &error), JSON_SYNTAX);
	ck_assert_str_eq(error.message, "Expecting value");
	ck_assert_uint_eq(error.position, 10000);
}
END_TEST

/* before, behind: text around an integer with `digits` digits. The first error decides. */
static const struct {
	const char *before;
	size_t digits;
	const char *behind;
	enum json_outcome outcome;
} long_numbers[] = {
	{ "", JSON_READ_DIGITS_MAX, "", JSON_OK },
	{ "-", JSON_READ_DIGITS_MAX, "", JSON_OK },
	{ "", JSON_READ_DIGITS_MAX + 1, "", JSON_REFUSED },
	{ "-", JSON_READ_DIGITS_MAX + 1, "", JSON_REFUSED },
	{ "{\"x\":[", JSON_READ_DIGITS_MAX + 1, "]}", JSON_REFUSED },
	{ "[", JSON_READ_DIGITS_MAX + 1, " 1]", JSON_REFUSED },
	{ "[1 ", JSON_READ_DIGITS_MAX + 1, "]", JSON_SYNTAX },
	{ "", JSON_READ_DIGITS_MAX + 1, ".0", JSON_OK },
	{ "0.", 100000, "", JSON_OK },
	{ "1e", 100000, "", JSON_OK },
	{ "\"", 100000, "\"", JSON_OK },
};

START_TEST(limits_digits_of_integers)
{
	buf_str(&text, str_from(long_numbers[_i].before));
	repeat("7", long_numbers[_i].digits);
	buf_str(&text, str_from(long_numbers[_i].behind));
	ck_assert_int_eq(outcome_of(buf_view(&text)), long_numbers[_i].outcome);
}
END_TEST

/* A truncated document is read to its end and no further. */
START_TEST(refuses_truncated_documents)
{
	static const char whole[] = "{\"a\":[1,-2.5e3,\"\\ud83d\\ude00\xc3\xa9\",null],\"b\":{}}";

	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		struct str cut = arena_copy(&arena, (struct str){ whole, n });
		ck_assert_msg(outcome_of(cut) == JSON_SYNTAX, "%zu bytes", n);
	}
	ck_assert_int_eq(outcome_of(str_from(whole)), JSON_OK);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("json_read");
	TCase *tests = tcase_create("json_read");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, reports_syntax_errors, 0, NITEMS(syntax_errors));
	tcase_add_loop_test(tests, reads_strings, 0, NITEMS(strings));
	tcase_add_test(tests, does_not_copy_a_string_without_escapes);
	tcase_add_loop_test(tests, reads_integers, 0, NITEMS(integers));
	tcase_add_loop_test(tests, reads_floats, 0, NITEMS(floats));
	tcase_add_test(tests, reads_nan_and_minus_zero);
	tcase_add_test(tests, reads_literals);
	tcase_add_test(tests, links_containers_to_their_parents);
	tcase_add_loop_test(
		tests, keeps_the_last_value_in_the_place_of_the_first, 0, NITEMS(duplicates));
	tcase_add_test(tests, nests_to_the_limit);
	tcase_add_test(tests, siblings_do_not_add_to_the_depth);
	tcase_add_test(tests, refuses_deeper_nesting);
	tcase_add_test(tests, unclosed_nesting_is_a_syntax_error);
	tcase_add_loop_test(tests, limits_digits_of_integers, 0, NITEMS(long_numbers));
	tcase_add_test(tests, refuses_truncated_documents);
	suite_add_tcase(suite, tests);
	/* Depends on time: tests/valgrind skips it. */
	TCase *bare = tcase_create("bare");
	tcase_set_tags(bare, "bare");
	tcase_add_checked_fixture(bare, setup, teardown);
	tcase_add_test(bare, many_keys_do_not_take_quadratic_time);
	suite_add_tcase(suite, bare);
	return suite;
}

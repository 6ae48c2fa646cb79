/* Readers of fields: what the recorded rows of test_types.c do not have. */
#include "field_input.h"
#include "json_read.h"
#include "suite.h"

#include <math.h>

static struct arena arena;

static void teardown(void)
{
	arena_done(&arena);
}

#define LIMIT(TEXT, NUMBER)                                                                        \
	{                                                                                          \
		.text = STR_INIT(TEXT), .number = NUMBER                                           \
	}
#define V(TYPE, MESSAGE)                                                                           \
	"{\"type\":\"" TYPE "\",\"loc\":[\"body\",\"v\"],\"msg\":\"" MESSAGE "\",\"input\":"

#define NOT_UNICODE                                                                                \
	V("string_unicode", "Input should be a valid string, unable to parse raw data as a "       \
			    "unicode string")                                                      \
	"\"\\ud800\"}"

static const struct choice words[] = { { .text = STR_INIT("it's"), .name = STR_INIT("its") },
	{ .text = STR_INIT("\"a\"\n"), .name = STR_INIT("a") },
	{ .text = STR_INIT("b"), .name = STR_INIT("b") } };
static const struct choices of_words = { .schema = "Word", .count = 3, .list = words };
static const struct choice numbers[] = { { .integer = 0 }, { .integer = -5 } };
static const struct choices of_numbers = {
	.schema = "Number", .integers = true, .count = 2, .list = numbers
};

static const struct {
	struct field field;
	bool optional;
	struct str input;
	const char *want; /* the value, or its issue */
} cases[] = {
	/* Integers of any size, with limits: the first that is broken counts. */
	{ { .type = FIELD_INT,
		  .limits[LIMIT_LE] = LIMIT("5", 5),
		  .limits[LIMIT_GE] = LIMIT("1", 1) },
		false, STR_INIT("9223372036854775808"),
		V("less_than_equal",
			"Input should be less than or equal to 5") "9223372036854775808,"
								   "\"ctx\":{\"le\":5}}" },
	{ { .type = FIELD_INT, .limits[LIMIT_GT] = LIMIT("-1", -1) }, true,
		STR_INIT("\" -1_00000000000000000000 \""),
		V("greater_than", "Input should be greater than -1") "\" -1_00000000000000000000 "
								     "\",\"ctx\":{\"gt\":-1}}" },
	{ { .type = FIELD_INT, .limits[LIMIT_GT] = LIMIT("1", 1) }, false,
		STR_INIT("9223372036854775808"), "refused" },
	{ { .type = FIELD_INT,
		  .limits[LIMIT_MULTIPLE_OF] = LIMIT("3", 3),
		  .limits[LIMIT_LE] = LIMIT("5", 5) },
		false, STR_INIT("10000000000000000000000000000000"),
		V("multiple_of", "Input should be a multiple of 3") "1000000000000000000000"
								    "0000000000,\"ctx\":{"
								    "\"multiple_of\":3}}" },
	{ { .type = FIELD_INT, .limits[LIMIT_MULTIPLE_OF] = LIMIT("-3", -3) }, true,
		STR_INIT("-10000000000000000000000000000002"), "refused" },
	{ { .type = FIELD_INT, .limits[LIMIT_MULTIPLE_OF] = LIMIT("-1", -1) }, false,
		STR_INIT("-9223372036854775808"), "int -9223372036854775808" },
	{ { .type = FIELD_INT, .flags = FIELD_NULLABLE }, true,
		STR_INIT("\"-9223372036854775809\""), "refused" },
	{ { .type = FIELD_INT }, false, STR_INIT("9223372036854775808"), "refused" },
	{ { .type = FIELD_INT }, false, STR_INIT("\" 07.0 \""), "int 7" },
	{ { .type = FIELD_INT }, false, STR_INIT("[]"),
		V("int_type", "Input should be a valid integer") "[]}" },
	/* Floats. */
	{ { .type = FIELD_NUMBER, .limits[LIMIT_LT] = LIMIT("1e21", 1e21) }, false,
		STR_INIT("1e21"),
		V("less_than", "Input should be less than 1000000000000000000000") "1e+21,\"ctx\":"
										   "{\"lt\":1e+21}"
										   "}" },
	{ { .type = FIELD_NUMBER, .limits[LIMIT_GE] = LIMIT("1e-7", 1e-7) }, false, STR_INIT("0"),
		V("greater_than_equal", "Input should be greater than or equal to "
					"0.0000001") "0,\"ctx\":{\"ge\":1e-07}}" },
	{ { .type = FIELD_NUMBER, .limits[LIMIT_MULTIPLE_OF] = LIMIT("0.1", 0.1) }, false,
		STR_INIT("0.30000000000000004"), "number 0.30000000000000004" },
	{ { .type = FIELD_NUMBER, .limits[LIMIT_MULTIPLE_OF] = LIMIT("0.5", 0.5) }, false,
		STR_INIT("0.7"),
		V("multiple_of",
			"Input should be a multiple of 0.5") "0.7,\"ctx\":{\"multiple_of\":"
							     "0.5}}" },
	{ { .type = FIELD_NUMBER, .limits[LIMIT_MULTIPLE_OF] = LIMIT("2", 2) }, false,
		STR_INIT("\"-inf\""), "number -inf" },
	{ { .type = FIELD_NUMBER }, false, STR_INIT("NaN"), "refused" },
	{ { .type = FIELD_NUMBER }, true, STR_INIT("\"-nan\""), "refused" },
	{ { .type = FIELD_NUMBER, .flags = FIELD_FINITE }, true, STR_INIT("NaN"),
		V("finite_number", "Input should be a finite number") "null}" },
	{ { .type = FIELD_NUMBER, .flags = FIELD_NULLABLE }, true, STR_INIT("NaN"), "number nan" },
	{ { .type = FIELD_NUMBER }, false, STR_INIT("\"\\u2003+1E5\\u00a0\""), "number 100000" },
	{ { .type = FIELD_NUMBER }, false, STR_INIT("\" 1_0\""),
		V("float_parsing", "Input should be a valid number, unable to parse string "
				   "as a number") "\" 1_0\"}" },
	{ { .type = FIELD_NUMBER }, false, STR_INIT("\"1_000.5e1_0\""), "number 10005000000000" },
	{ { .type = FIELD_NUMBER }, false, STR_INIT("\"\\u001c1\""),
		V("float_parsing", "Input should be a valid number, unable to parse string "
				   "as a number") "\"\\u001c1\"}" },
	{ { .type = FIELD_NUMBER }, false, STR_INIT("-0"), "number 0" },
	{ { .type = FIELD_NUMBER }, false, STR_INIT("1e-400"), "number 0" },
	/* Decimals. */
	{ { .type = FIELD_DECIMAL, .limits[LIMIT_LE] = LIMIT("99.5", 99.5) }, false,
		STR_INIT("\"99.50000000000000000000000000000001\""),
		V("less_than_equal",
			"Input should be less than or equal to 99.5") "\"99."
								      "50000000000000000000"
								      "000000000001\","
								      "\"ctx\":{\"le\":99."
								      "5}}" },
	{ { .type = FIELD_DECIMAL, .limits[LIMIT_GT] = LIMIT("1e22", 1e22) }, false,
		STR_INIT("1e22"),
		V("greater_than",
			"Input should be greater than 1E+22") "1e+22,\"ctx\":{\"gt\":"
							      "10000000000000000000000}}" },
	{ { .type = FIELD_DECIMAL, .limits[LIMIT_MULTIPLE_OF] = LIMIT("0.05", 0.05) }, false,
		STR_INIT("\"1.26\""),
		V("multiple_of", "Input should be a multiple of 0.05") "\"1.26\",\"ctx\":{"
								       "\"multiple_of\":0.05}}" },
	{ { .type = FIELD_DECIMAL }, false, STR_INIT("\"-1_0.50\""), "text -10.50" },
	{ { .type = FIELD_DECIMAL }, false, STR_INIT("-0"), "text 0" },
	{ { .type = FIELD_DECIMAL }, false, STR_INIT("1e16"), "text 1E+16" },
	{ { .type = FIELD_DECIMAL }, false, STR_INIT("\"1e1000000000000000000\""),
		V("decimal_parsing",
			"Input should be a valid decimal") "\"1e1000000000000000000\"}" },
	{ { .type = FIELD_DECIMAL }, false, STR_INIT("\"1e400\""), "refused" },
	{ { .type = FIELD_DECIMAL, .flags = FIELD_NULLABLE }, true, STR_INIT("\"-1e309\""),
		"refused" },
	{ { .type = FIELD_DECIMAL }, false, STR_INIT("\"1.7976931348623158e308\""),
		"text 1.7976931348623158E+308" },
	{ { .type = FIELD_DECIMAL }, false, STR_INIT("\"1.7976931348623159e308\""), "refused" },
	{ { .type = FIELD_DECIMAL }, false, STR_INIT("\"0e400\""), "text 0E+400" },
	{ { .type = FIELD_DECIMAL, .limits[LIMIT_LE] = LIMIT("5", 5) }, false,
		STR_INIT("\"1e400\""),
		V("less_than_equal", "Input should be less than or equal to 5") "\"1e400\",\"ctx\":"
										"{\"le\":5}}" },
	{ { .type = FIELD_DECIMAL }, false, STR_INIT("1e400"),
		V("finite_number", "Input should be a finite number") "null}" },
	/* Booleans. */
	{ { .type = FIELD_BOOL }, false, STR_INIT("\"oFf\""), "int 0" },
	{ { .type = FIELD_BOOL }, false, STR_INIT("-0.0"), "int 0" },
	{ { .type = FIELD_BOOL }, false, STR_INIT("9223372036854775807"),
		V("bool_parsing", "Input should be a valid boolean, unable to interpret "
				  "input") "9223372036854775807}" },
	{ { .type = FIELD_BOOL }, false, STR_INIT("9223372036854775808"),
		V("bool_type", "Input should be a valid boolean") "9223372036854775808}" },
	/* Choices. */
	{ { .type = FIELD_LITERAL, .choices = &of_words }, false, STR_INIT("\"b\""), "int 2" },
	{ { .type = FIELD_LITERAL, .choices = &of_words }, false, STR_INIT("\"its\""),
		V("literal_error", "Input should be \\\"it's\\\", '\\\"a\\\"\\\\n' "
				   "or 'b'") "\"its\",\"ctx\":{\"expected\":\"\\\"it'"
					     "s\\\", '\\\"a\\\"\\\\n' or 'b'\"}}" },
	{ { .type = FIELD_ENUM, .choices = &of_words }, true, STR_INIT("null"), "null" },
	{ { .type = FIELD_ENUM, .choices = &of_words, .flags = FIELD_NULLABLE }, false,
		STR_INIT("null"), "null" },
	{ { .type = FIELD_ENUM, .choices = &of_words }, false, STR_INIT("\"\\ud800\""),
		V("string_unicode", "Input should be a valid string, unable to parse raw "
				    "data as a unicode string") "\"\\ud800\"}" },
	{ { .type = FIELD_LITERAL, .choices = &of_numbers }, false, STR_INIT("false"), "int 0" },
	{ { .type = FIELD_LITERAL, .choices = &of_numbers }, false, STR_INIT("-5.0"), "int 1" },
	{ { .type = FIELD_LITERAL, .choices = &of_numbers }, false, STR_INIT("\"-5\""),
		V("literal_error", "Input should be 0 or -5") "\"-5\",\"ctx\":{\"expected\":\"0 or "
							      "-5\"}}" },
	{ { .type = FIELD_ENUM, .choices = &of_numbers }, false, STR_INIT("\" -5.0\""), "int 1" },
	{ { .type = FIELD_ENUM, .choices = &of_numbers }, false,
		STR_INIT("\"+0_9223372036854775808.0\""),
		V("int_parsing_size", "Unable to parse input string as an integer, "
				      "exceeded maximum size") "9223372036854775808}" },
	/* Texts: stripped, then counted, then in another case. */
	{ { .type = FIELD_STR, .flags = FIELD_STRIP | FIELD_UPPER, .len = { 1, 1 } }, false,
		STR_INIT("\" \\u00df\\u3000\""), "text SS" },
	{ { .type = FIELD_TEXT, .flags = FIELD_STRIP, .len = { 1, 9 } }, false,
		STR_INIT("\" \\t\""),
		V("string_too_short",
			"String should have at least 1 character") "\" "
								   "\\t\",\"ctx\":{\"min_"
								   "length\":1}}" },
	{ { .type = FIELD_STR, .flags = FIELD_STRIP, .len = { 0, 9 } }, false,
		STR_INIT("\"\\u001fa\""),
		"text \x1f"
		"a" },
	{ { .type = FIELD_STR, .flags = FIELD_LOWER, .len = { 0, 9 } }, false,
		STR_INIT("\"\\u0391\\u03a3\""), "text ας" },
	/* Only a text without constraints may have any characters. */
	{ { .type = FIELD_TEXT, .len = { 0, FIELD_UNBOUNDED } }, false, STR_INIT("\"\\ud800\""),
		"refused" },
	{ { .type = FIELD_STR, .len = { 0, FIELD_UNBOUNDED }, .flags = FIELD_NULLABLE }, true,
		STR_INIT("\"a\\udc00\""), "refused" },
	{ { .type = FIELD_STR, .len = { 0, 9 } }, false, STR_INIT("\"\\ud800\""), NOT_UNICODE },
	{ { .type = FIELD_STR, .len = { 1, FIELD_UNBOUNDED } }, true, STR_INIT("\"\\ud800\""),
		NOT_UNICODE },
	{ { .type = FIELD_STR, .len = { 0, FIELD_UNBOUNDED }, .flags = FIELD_UPPER }, false,
		STR_INIT("\"\\ud800\""), NOT_UNICODE },
	{ { .type = FIELD_STR, .len = { 0, FIELD_UNBOUNDED }, .flags = FIELD_STRIP }, false,
		STR_INIT("\"\\ud800\""), NOT_UNICODE },
	{ { .type = FIELD_STR, .len = { 0, FIELD_UNBOUNDED }, .pattern = STR_INIT("a") }, false,
		STR_INIT("\"\\ud800\""), NOT_UNICODE },
	{ { .type = FIELD_EMAIL, .flags = FIELD_LOWER, .len = { 0, 99 } }, false,
		STR_INIT("\"Jo@B.Example\""), "text jo@b.example" },
	{ { .type = FIELD_EMAIL, .len = { 12, 99 } }, false, STR_INIT("\"a@b.example\""),
		V("too_short", "Value should have at least 12 items after validation, not "
			       "11") "\"a@b.example\",\"ctx\":{\"field_type\":\"Value\","
				     "\"min_length\":12,"
				     "\"actual_length\":11}}" },
};

static const struct json *json_of(struct str text)
{
	const struct json *root = NULL;
	struct json_error error;

	ck_assert_int_eq(json_read(&arena, text, &root, &error), JSON_OK);
	return root;
}

static struct str describe(const struct value *v)
{
	switch (v->kind) {
	case VALUE_NULL:
		return STR("null");
	case VALUE_REFUSED:
		return STR("refused");
	case VALUE_STR:
		return arena_printf(&arena, "text %.*s", STR_ARGS(v->text));
	case VALUE_NUMBER:
		return isnan(v->number) ? STR("number nan")
					: arena_printf(&arena, "number %.17g", v->number);
	default:
		return arena_printf(&arena, "int %lld", (long long)v->integer);
	}
}

static struct str rendered(const struct issues *issues)
{
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	issues_render(&out, issues);
	struct str text = arena_copy(&arena, buf_view(&out));
	buf_done(&out);
	return text;
}

START_TEST(inputs_are_values_or_issues)
{
	struct issues issues = { .arena = &arena };
	struct field field = cases[_i].field;
	struct field_input input = {
		.arena = &arena,
		.field = &field,
		.optional = cases[_i].optional,
		.issues = &issues,
	};
	struct str want = str_from(cases[_i].want);

	field.name = "v";
	for (unsigned i = 0; i < LIMIT__COUNT && field.type == FIELD_INT; i++)
		field.limits[i].integer = (int64_t)field.limits[i].number;
	if (field.type == FIELD_DECIMAL)
		field.digits = field.places = FIELD_UNBOUNDED;
	input.json = json_of(cases[_i].input);
	if (field_input_read(&input)) {
		ck_assert_slice_eq(describe(&input.value), want);
		ck_assert_uint_eq(issues.count, 0);
	} else {
		ck_assert_slice_eq(rendered(&issues),
			arena_printf(&arena, "{\"detail\":[%.*s]}", STR_ARGS(want)));
	}
}
END_TEST

/* What dbd has refused is an issue when it is read again. */
static const struct {
	struct field field;
	bool optional;
	struct str input;
	const char *want;
} refused[] = {
	{ { .type = FIELD_INT }, true, STR_INIT("null"),
		V("int_type", "Input should be a valid integer") "null}" },
	{ { .type = FIELD_INT, .limits[LIMIT_GT] = LIMIT("1", 1) }, false,
		STR_INIT("\"9223372036854775808\""),
		V("less_than_equal", "Input should be less than or equal to 9223372036854775807") //
		"\"9223372036854775808\",\"ctx\":{\"le\":9223372036854775807}}" },
	{ { .type = FIELD_INT, .flags = FIELD_NULLABLE }, true, STR_INIT("-9223372036854775809"),
		V("greater_than_equal",
			"Input should be greater than or equal to -9223372036854775808") //
		"-9223372036854775809,\"ctx\":{\"ge\":-9223372036854775808}}" },
	{ { .type = FIELD_NUMBER }, true, STR_INIT("null"),
		V("float_type", "Input should be a valid number") "null}" },
	{ { .type = FIELD_NUMBER }, false, STR_INIT("NaN"),
		V("finite_number", "Input should be a finite number") "null}" },
	{ { .type = FIELD_DECIMAL, .flags = FIELD_NULLABLE }, false, STR_INIT("\"1e400\""),
		V("finite_number", "Input should be a finite number") "\"1e400\"}" },
	{ { .type = FIELD_STR }, true, STR_INIT("null"),
		V("string_type", "Input should be a valid string") "null}" },
	{ { .type = FIELD_TEXT, .len = { 0, FIELD_UNBOUNDED }, .flags = FIELD_NULLABLE }, false,
		STR_INIT("\"\\ud800\""), NOT_UNICODE },
	{ { .type = FIELD_ENUM, .choices = &of_numbers }, true, STR_INIT("null"),
		V("enum", "Input should be 0 or -5") //
		"null,\"ctx\":{\"expected\":\"0 or -5\"}}" },
};

START_TEST(refused_inputs_are_issues_when_read_again)
{
	struct issues issues = { .arena = &arena };
	struct field field = refused[_i].field;
	struct field_input input = {
		.arena = &arena,
		.field = &field,
		.optional = refused[_i].optional,
		.issues = &issues,
	};

	field.name = "v";
	if (field.type == FIELD_DECIMAL)
		field.digits = field.places = FIELD_UNBOUNDED;
	input.json = json_of(refused[_i].input);
	ck_assert(field_input_read(&input));
	ck_assert_int_eq(
		input.value.kind, input.json->type == JSON_NULL ? VALUE_NULL : VALUE_REFUSED);
	field_input_refused(&input);
	ck_assert_slice_eq(
		rendered(&issues), arena_printf(&arena, "{\"detail\":[%s]}", refused[_i].want));
}
END_TEST

/* What is valid, and what SQLite stores, but not PostgreSQL. */
static const struct {
	enum field_type type;
	struct str input;
	const char *want;
} beyond[] = {
	{ FIELD_INT, STR_INIT("2147483648"),
		V("less_than_equal", "Input should be less than or equal to 2147483647") //
		"2147483648,\"ctx\":{\"le\":2147483647}}" },
	{ FIELD_INT, STR_INIT("\"-2147483649\""),
		V("greater_than_equal", "Input should be greater than or equal to -2147483648") //
		"\"-2147483649\",\"ctx\":{\"ge\":-2147483648}}" },
	{ FIELD_TEXT, STR_INIT("\"a\\u0000\""),
		V("value_error",
			"Value error, A string literal cannot contain NUL (0x00) characters.") //
		"\"a\\u0000\",\"ctx\":{\"error\":{}}}" },
	{ FIELD_DECIMAL, STR_INIT("1e300"),
		V("value_error", "Value error, the number has more digits than its column") //
		"1e+300,\"ctx\":{\"error\":{}}}" },
	{ FIELD_DATETIME, STR_INIT("\"0001-01-01T00:00:00+01:00\""),
		V("value_error",
			"Value error, in UTC the datetime is not within the years 1 to 9999") //
		"\"0001-01-01T00:00:00+01:00\",\"ctx\":{\"error\":{}}}" },
};

START_TEST(a_value_that_only_this_database_cannot_store_is_an_issue)
{
	struct issues issues = { .arena = &arena };
	struct field field = {
		.name = "v",
		.type = beyond[_i].type,
		.len = { 0, FIELD_UNBOUNDED },
		.digits = FIELD_UNBOUNDED,
		.places = FIELD_UNBOUNDED,
	};
	struct field_input input = { .arena = &arena, .field = &field, .issues = &issues };

	input.json = json_of(beyond[_i].input);
	ck_assert(field_input_read(&input));
	ck_assert_int_ne(input.value.kind, VALUE_REFUSED);
	field_input_refused(&input);
	ck_assert_slice_eq(
		rendered(&issues), arena_printf(&arena, "{\"detail\":[%s]}", beyond[_i].want));
}
END_TEST

START_TEST(an_item_has_its_index_in_loc)
{
	static const struct field array = { .name = "v", .type = FIELD_ARRAY };
	static const struct field item = { .type = FIELD_BOOL };
	struct issues issues = { .arena = &arena };
	struct field_input input = {
		.arena = &arena, .field = &item, .array = &array, .item = 2, .issues = &issues
	};

	input.json = json_of(STR("null"));
	ck_assert(!field_input_read(&input));
	ck_assert_slice_eq(rendered(&issues),
		STR("{\"detail\":[{\"type\":\"bool_type\",\"loc\":[\"body\",\"v\",2],"
		    "\"msg\":\"Input should be a valid boolean\",\"input\":null}]}"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("field_input");
	TCase *tests = tcase_create("field_input");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_loop_test(tests, inputs_are_values_or_issues, 0, NITEMS(cases));
	tcase_add_loop_test(tests, refused_inputs_are_issues_when_read_again, 0, NITEMS(refused));
	tcase_add_loop_test(
		tests, a_value_that_only_this_database_cannot_store_is_an_issue, 0, NITEMS(beyond));
	tcase_add_test(tests, an_item_has_its_index_in_loc);
	suite_add_tcase(suite, tests);
	return suite;
}

/* Issues in Pydantic's words. */
#include "issue.h"
#include "json_read.h"
#include "suite.h"

static struct arena arena;
static struct buf out;
static struct issues issues;

static void setup(void)
{
	arena_init(&arena);
	buf_init(&out, SIZE_MAX / 2);
	issues = (struct issues){ .arena = &arena };
}

static void teardown(void)
{
	arena_done(&arena);
	buf_done(&out);
}

static const struct json *json_of(struct str text)
{
	const struct json *root = NULL;
	struct json_error error;

	ck_assert_int_eq(json_read(&arena, text, &root, &error), JSON_OK);
	return root;
}

/* A field "v" of a body, whose input is JSON. */
#define OF_V(TYPE, JSON)                                                                           \
	.type = ISSUE_##TYPE, .place = ISSUE_IN_FIELD, .name = "v", .input = ISSUE_INPUT_JSON,     \
	.text = STR_INIT(JSON)
#define V(TYPE, MESSAGE)                                                                           \
	"{\"type\":\"" TYPE "\",\"loc\":[\"body\",\"v\"],\"msg\":\"" MESSAGE "\",\"input\":"

static const struct {
	struct issue issue; /* with INPUT_JSON, the input is JSON in .text */
	struct str rendered;
} cases[] = {
	{ { .type = ISSUE_MISSING, .place = ISSUE_IN_BODY },
		STR_INIT("{\"type\":\"missing\",\"loc\":[\"body\"],\"msg\":\"Field required\","
			 "\"input\":null}") },
	{ { .type = ISSUE_MISSING,
		  .place = ISSUE_IN_FIELD,
		  .name = "email",
		  .input = ISSUE_INPUT_JSON,
		  .text = STR_INIT("{\"a\":[1.0,{}]}") },
		STR_INIT("{\"type\":\"missing\",\"loc\":[\"body\",\"email\"],"
			 "\"msg\":\"Field required\",\"input\":{\"a\":[1.0,{}]}}") },
	{ { .type = ISSUE_NOT_AN_OBJECT,
		  .place = ISSUE_IN_BODY,
		  .input = ISSUE_INPUT_TEXT,
		  .text = STR_INIT("a\"b\n\0") },
		STR_INIT("{\"type\":\"model_attributes_type\",\"loc\":[\"body\"],"
			 "\"msg\":\"Input should be a valid dictionary or object to extract fields "
			 "from\",\"input\":\"a\\\"b\\n\\u0000\"}") },
	{ { .type = ISSUE_NOT_A_STRING,
		  .place = ISSUE_IN_FIELD,
		  .name = "username",
		  .input = ISSUE_INPUT_JSON,
		  .text = STR_INIT("1") },
		STR_INIT("{\"type\":\"string_type\",\"loc\":[\"body\",\"username\"],"
			 "\"msg\":\"Input should be a valid string\",\"input\":1}") },
	{ { .type = ISSUE_NOT_UNICODE,
		  .place = ISSUE_IN_FIELD,
		  .name = "title",
		  .input = ISSUE_INPUT_JSON,
		  .text = STR_INIT("\"\\ud800\"") },
		STR_INIT("{\"type\":\"string_unicode\",\"loc\":[\"body\",\"title\"],"
			 "\"msg\":\"Input should be a valid string, unable to parse raw data as a "
			 "unicode string\",\"input\":\"\\ud800\"}") },
	{ { .type = ISSUE_TOO_SHORT,
		  .place = ISSUE_IN_FIELD,
		  .name = "username",
		  .input = ISSUE_INPUT_JSON,
		  .text = STR_INIT("\"\""),
		  .limit = 1 },
		STR_INIT("{\"type\":\"string_too_short\",\"loc\":[\"body\",\"username\"],"
			 "\"msg\":\"String should have at least 1 character\",\"input\":\"\","
			 "\"ctx\":{\"min_length\":1}}") },
	{ { .type = ISSUE_TOO_SHORT,
		  .place = ISSUE_IN_FIELD,
		  .name = "x",
		  .input = ISSUE_INPUT_JSON,
		  .text = STR_INIT("\"a\""),
		  .limit = 2 },
		STR_INIT("{\"type\":\"string_too_short\",\"loc\":[\"body\",\"x\"],"
			 "\"msg\":\"String should have at least 2 characters\",\"input\":\"a\","
			 "\"ctx\":{\"min_length\":2}}") },
	{ { .type = ISSUE_TOO_LONG,
		  .place = ISSUE_IN_FIELD,
		  .name = "username",
		  .input = ISSUE_INPUT_JSON,
		  .text = STR_INIT("\"abc\""),
		  .limit = 50 },
		STR_INIT("{\"type\":\"string_too_long\",\"loc\":[\"body\",\"username\"],"
			 "\"msg\":\"String should have at most 50 characters\",\"input\":\"abc\","
			 "\"ctx\":{\"max_length\":50}}") },
	{ { .type = ISSUE_NOT_AN_EMAIL,
		  .place = ISSUE_IN_FIELD,
		  .name = "email",
		  .input = ISSUE_INPUT_JSON,
		  .text = STR_INIT("\"x\""),
		  .reason = STR_INIT("bad: '\"' \\ {limit} {reason}.") },
		STR_INIT("{\"type\":\"value_error\",\"loc\":[\"body\",\"email\"],"
			 "\"msg\":\"value is not a valid email address: bad: '\\\"' \\\\ {limit} "
			 "{reason}.\",\"input\":\"x\","
			 "\"ctx\":{\"reason\":\"bad: '\\\"' \\\\ {limit} {reason}.\"}}") },
	{ { .type = ISSUE_NOT_STORABLE,
		  .place = ISSUE_IN_FIELD,
		  .name = "email",
		  .input = ISSUE_INPUT_JSON,
		  .text = STR_INIT("\"x\""),
		  .reason = STR_INIT("why") },
		STR_INIT("{\"type\":\"value_error\",\"loc\":[\"body\",\"email\"],"
			 "\"msg\":\"Value error, why\",\"input\":\"x\","
			 "\"ctx\":{\"error\":{}}}") },
	{ { .type = ISSUE_TOO_LONG_AFTERWARDS,
		  .place = ISSUE_IN_FIELD,
		  .name = "email",
		  .input = ISSUE_INPUT_JSON,
		  .text = STR_INIT("\"x\""),
		  .limit = 120,
		  .actual = 131 },
		STR_INIT("{\"type\":\"too_long\",\"loc\":[\"body\",\"email\"],"
			 "\"msg\":\"Value should have at most 120 items after validation, not "
			 "131\",\"input\":\"x\",\"ctx\":{\"field_type\":\"Value\","
			 "\"max_length\":120,\"actual_length\":131}}") },
	{ { .type = ISSUE_NOT_AN_INTEGER,
		  .place = ISSUE_IN_PATH,
		  .name = "user_id",
		  .input = ISSUE_INPUT_TEXT,
		  .text = STR_INIT("abc") },
		STR_INIT("{\"type\":\"int_parsing\",\"loc\":[\"path\",\"user_id\"],"
			 "\"msg\":\"Input should be a valid integer, unable to parse string as an "
			 "integer\",\"input\":\"abc\"}") },
	{ { .type = ISSUE_INTEGER_TOO_LONG,
		  .place = ISSUE_IN_PATH,
		  .name = "post_id",
		  .input = ISSUE_INPUT_TEXT,
		  .text = STR_INIT("999") },
		STR_INIT("{\"type\":\"int_parsing_size\",\"loc\":[\"path\",\"post_id\"],"
			 "\"msg\":\"Unable to parse input string as an integer, exceeded maximum "
			 "size\",\"input\":\"999\"}") },
	{ { .type = ISSUE_JSON_INVALID,
		  .place = ISSUE_AT_POSITION,
		  .position = 17,
		  .input = ISSUE_INPUT_EMPTY,
		  .reason = STR_INIT("Invalid \\escape") },
		STR_INIT("{\"type\":\"json_invalid\",\"loc\":[\"body\",17],"
			 "\"msg\":\"JSON decode error\",\"input\":{},"
			 "\"ctx\":{\"error\":\"Invalid \\\\escape\"}}") },
	{ { .type = ISSUE_TOO_SMALL,
		  .place = ISSUE_IN_QUERY,
		  .name = "limit",
		  .input = ISSUE_INPUT_TEXT,
		  .text = STR_INIT("0"),
		  .bound = STR_INIT("1"),
		  .bound_json = STR_INIT("1") },
		STR_INIT("{\"type\":\"greater_than_equal\",\"loc\":[\"query\",\"limit\"],"
			 "\"msg\":\"Input should be greater than or equal to 1\",\"input\":\"0\","
			 "\"ctx\":{\"ge\":1}}") },
	{ { .type = ISSUE_TOO_GREAT,
		  .place = ISSUE_IN_QUERY,
		  .name = "limit",
		  .input = ISSUE_INPUT_TEXT,
		  .text = STR_INIT("1001"),
		  .bound = STR_INIT("1000"),
		  .bound_json = STR_INIT("1000") },
		STR_INIT(
			"{\"type\":\"less_than_equal\",\"loc\":[\"query\",\"limit\"],"
			"\"msg\":\"Input should be less than or equal to 1000\",\"input\":\"1001\","
			"\"ctx\":{\"le\":1000}}") },
	{ { .type = ISSUE_NOT_A_BOOLEAN,
		  .place = ISSUE_IN_QUERY,
		  .name = "count",
		  .input = ISSUE_INPUT_TEXT,
		  .text = STR_INIT("maybe") },
		STR_INIT("{\"type\":\"bool_parsing\",\"loc\":[\"query\",\"count\"],"
			 "\"msg\":\"Input should be a valid boolean, unable to interpret input\","
			 "\"input\":\"maybe\"}") },
	{ { .type = ISSUE_INTEGER_TYPE,
		  .place = ISSUE_IN_FIELD,
		  .name = "n",
		  .input = ISSUE_INPUT_JSON,
		  .text = STR_INIT("[1]") },
		STR_INIT("{\"type\":\"int_type\",\"loc\":[\"body\",\"n\"],"
			 "\"msg\":\"Input should be a valid integer\",\"input\":[1]}") },
	{ { .type = ISSUE_INTEGER_FRACTION,
		  .place = ISSUE_IN_FIELD,
		  .name = "n",
		  .input = ISSUE_INPUT_JSON,
		  .text = STR_INIT("1.5") },
		STR_INIT(
			"{\"type\":\"int_from_float\",\"loc\":[\"body\",\"n\"],"
			"\"msg\":\"Input should be a valid integer, got a number with a fractional "
			"part\",\"input\":1.5}") },
	{ { .type = ISSUE_NOT_FINITE,
		  .place = ISSUE_IN_FIELD,
		  .name = "n",
		  .input = ISSUE_INPUT_JSON,
		  .text = STR_INIT("NaN") },
		STR_INIT("{\"type\":\"finite_number\",\"loc\":[\"body\",\"n\"],"
			 "\"msg\":\"Input should be a finite number\",\"input\":null}") },
	{ { .type = ISSUE_TOO_SMALL,
		  .place = ISSUE_IN_FIELD,
		  .name = "n",
		  .input = ISSUE_INPUT_JSON,
		  .text = STR_INIT("-9223372036854775809"),
		  .bound = STR_INIT("-9223372036854775808"),
		  .bound_json = STR_INIT("-9223372036854775808") },
		STR_INIT("{\"type\":\"greater_than_equal\",\"loc\":[\"body\",\"n\"],"
			 "\"msg\":\"Input should be greater than or equal to "
			 "-9223372036854775808\",\"input\":-9223372036854775809,"
			 "\"ctx\":{\"ge\":-9223372036854775808}}") },
	{ { .type = ISSUE_DATETIME_TYPE,
		  .place = ISSUE_IN_FIELD,
		  .name = "d",
		  .input = ISSUE_INPUT_JSON,
		  .text = STR_INIT("true") },
		STR_INIT("{\"type\":\"datetime_type\",\"loc\":[\"body\",\"d\"],"
			 "\"msg\":\"Input should be a valid datetime\",\"input\":true}") },
	{ { .type = ISSUE_NOT_A_DATETIME,
		  .place = ISSUE_IN_FIELD,
		  .name = "d",
		  .input = ISSUE_INPUT_JSON,
		  .text = STR_INIT("\"0000-01-01\""),
		  .reason = STR_INIT("year 0 is out of range") },
		STR_INIT("{\"type\":\"datetime_parsing\",\"loc\":[\"body\",\"d\"],"
			 "\"msg\":\"Input should be a valid datetime, year 0 is out of range\","
			 "\"input\":\"0000-01-01\",\"ctx\":{\"error\":\"year 0 is out of "
			 "range\"}}") },
	{ { .type = ISSUE_NOT_A_DATE,
		  .place = ISSUE_IN_FIELD,
		  .name = "d",
		  .input = ISSUE_INPUT_JSON,
		  .text = STR_INIT("\"x\""),
		  .reason = STR_INIT("input is too short") },
		STR_INIT("{\"type\":\"datetime_from_date_parsing\",\"loc\":[\"body\",\"d\"],"
			 "\"msg\":\"Input should be a valid datetime or date, input is too short\","
			 "\"input\":\"x\",\"ctx\":{\"error\":\"input is too short\"}}") },
	{ { OF_V(TOO_SHORT_AFTERWARDS, "\"a@b.example\""), .limit = 20, .actual = 11 },
		STR_INIT(V("too_short", "Value should have at least 20 items after validation, not "
					"11") "\"a@b.example\","
					      "\"ctx\":{\"field_type\":\"Value\",\"min_length\":20,"
					      "\"actual_length\":11}}") },
	{ { OF_V(NUMBER_TYPE, "null") },
		STR_INIT(V("float_type", "Input should be a valid number") "null}") },
	{ { OF_V(NOT_A_NUMBER, "\"\"") },
		STR_INIT(V("float_parsing", "Input should be a valid number, "
					    "unable to parse string as a number") "\"\"}") },
	{ { OF_V(DECIMAL_TYPE, "true") },
		STR_INIT(V("decimal_type", "Decimal input should be an integer, float, string or "
					   "Decimal object") "true}") },
	{ { OF_V(NOT_A_DECIMAL, "\"\"") },
		STR_INIT(V("decimal_parsing", "Input should be a valid decimal") "\"\"}") },
	{ { OF_V(TOO_MANY_DIGITS, "100"), .limit = 1 },
		STR_INIT(V("decimal_max_digits", "Decimal input should have no more than 1 digit "
						 "in total") "100,"
							     "\"ctx\":{\"max_digits\":1}}") },
	{ { OF_V(TOO_MANY_PLACES, "1e-07"), .limit = 2 },
		STR_INIT(V("decimal_max_places", "Decimal input should have no more than 2 decimal "
						 "places") "1e-07,"
							   "\"ctx\":{\"decimal_places\":2}}") },
	{ { OF_V(TOO_MANY_WHOLE_DIGITS, "\"1704067200\""), .limit = 8 },
		STR_INIT(V("decimal_whole_digits",
			"Decimal input should have no more than 8 digits "
			"before the decimal point") "\"1704067200\","
						    "\"ctx\":{\"whole_digits\":8}}") },
	{ { OF_V(NOT_A_MULTIPLE, "true"), .bound = STR_INIT("3"), .bound_json = STR_INIT("3") },
		STR_INIT(V("multiple_of",
			"Input should be a multiple of 3") "true,"
							   "\"ctx\":{\"multiple_of\":3}}") },
	{ { OF_V(NOT_LESS, "6"), .bound = STR_INIT("5"), .bound_json = STR_INIT("5") },
		STR_INIT(V("less_than", "Input should be less than 5") "6,\"ctx\":{\"lt\":5}}") },
	{ { OF_V(NOT_GREATER, "false"), .bound = STR_INIT("0"), .bound_json = STR_INIT("0.0") },
		STR_INIT(V("greater_than",
			"Input should be greater than 0") "false,"
							  "\"ctx\":{\"gt\":0.0}}") },
	{ { OF_V(NOT_A_MEMBER, "null"), .reason = STR_INIT("'red', 'dark-blue' or ''") },
		STR_INIT(V("enum",
			"Input should be 'red', 'dark-blue' or ''") "null,"
								    "\"ctx\":{\"expected\":\"'red',"
								    " 'dark-blue' or ''\"}}") },
	{ { OF_V(NOT_A_LITERAL, "true"), .reason = STR_INIT("'on'") },
		STR_INIT(V("literal_error",
			"Input should be 'on'") "true,"
						"\"ctx\":{\"expected\":\"'on'\"}}") },
	{ { OF_V(NO_MATCH, "\" \""), .reason = STR_INIT("^\\d{4}$") },
		STR_INIT(V("string_pattern_mismatch",
			"String should match pattern '^\\\\d{4}$'") "\" \","
								    "\"ctx\":{\"pattern\":\"^\\\\d{"
								    "4}$\"}}") },
	{ { OF_V(BOOLEAN_TYPE, "null") },
		STR_INIT(V("bool_type", "Input should be a valid boolean") "null}") },
	{ { OF_V(DATE_TYPE, "true") },
		STR_INIT(V("date_type", "Input should be a valid date") "true}") },
	{ { OF_V(NOT_A_DAY, "\"0000-01-01\""), .reason = STR_INIT("year 0 is out of range") },
		STR_INIT(V("date_parsing",
			"Input should be a valid date in the format YYYY-MM-DD, "
			"year 0 is out of range") "\"0000-01-01\",\"ctx\":{"
						  "\"error\":\"year 0 is out of range\"}}") },
	{ { OF_V(NOT_A_DAY_OR_DATETIME, "\"\""), .reason = STR_INIT("input is too short") },
		STR_INIT(V("date_from_datetime_parsing",
			"Input should be a valid date or datetime, "
			"input is too short") "\"\",\"ctx\":{\"error\":"
					      "\"input is too short\"}}") },
	{ { OF_V(NOT_MIDNIGHT, "5") },
		STR_INIT(V("date_from_datetime_inexact", "Datetimes provided to dates should have "
							 "zero time - e.g. be exact dates") "5}") },
	{ { OF_V(TIME_TYPE, "[]") },
		STR_INIT(V("time_type", "Input should be a valid time") "[]}") },
	{ { OF_V(NOT_A_TIME, "\"24:00\""),
		  .reason = STR_INIT("hour value is outside expected range of 0-23") },
		STR_INIT(V("time_parsing",
			"Input should be in a valid time format, hour value is "
			"outside expected range of 0-23") "\"24:00\",\"ctx\":{"
							  "\"error\":\"hour value is outside "
							  "expected range of "
							  "0-23\"}}") },
	{ { OF_V(UUID_TYPE, "1") },
		STR_INIT(V(
			"uuid_type", "UUID input should be a string, bytes or UUID object") "1}") },
	{ { OF_V(NOT_A_UUID, "\"\\u0000\""), .reason = STR_INIT("found `\0` at 0") },
		STR_INIT(V("uuid_parsing", "Input should be a valid UUID, found `\\u0000` at "
					   "0") "\"\\u0000\",\"ctx\":{\"error\":\"found "
						"`\\u0000` at 0\"}}") },
	{ { OF_V(URL_TYPE, "1") },
		STR_INIT(V("url_type", "URL input should be a string or URL") "1}") },
	{ { OF_V(NOT_A_URL, "\"\""), .reason = STR_INIT("input is empty") },
		STR_INIT(V("url_parsing",
			"Input should be a valid URL, input is empty") "\"\","
								       "\"ctx\":{\"error\":\"input "
								       "is empty\"}}") },
	{ { OF_V(URL_SCHEME, "\"a:\"") },
		STR_INIT(V("url_scheme",
			"URL scheme should be 'http' or 'https'") "\"a:\","
								  "\"ctx\":{\"expected_schemes\":"
								  "\"'http' or 'https'\"}}") },
	{ { OF_V(URL_TOO_LONG, "\"a\""), .limit = 2083 },
		STR_INIT(V("url_too_long",
			"URL should have at most 2083 characters") "\"a\","
								   "\"ctx\":{\"max_length\":2083}"
								   "}") },
	{ { OF_V(OBJECT_TYPE, "[]") },
		STR_INIT(V("dict_type", "Input should be a valid dictionary") "[]}") },
	{ { OF_V(ARRAY_TYPE, "{}") },
		STR_INIT(V("list_type", "Input should be a valid list") "{}}") },
	{ { OF_V(NUMBER_TYPE, "[]"), .in_item = true, .item = 2 },
		STR_INIT("{\"type\":\"float_type\",\"loc\":[\"body\",\"v\",2],"
			 "\"msg\":\"Input should be a valid number\",\"input\":[]}") },
};

START_TEST(issues_are_rendered_as_recorded)
{
	struct issue issue = cases[_i].issue;

	if (issue.input == ISSUE_INPUT_JSON)
		issue.json = json_of(issue.text);
	issues_add(&issues, issue);
	issues_render(&out, &issues);
	ck_assert_slice_eq(
		buf_view(&out), arena_printf(&arena, "{\"detail\":[%s]}", cases[_i].rendered.ptr));
}
END_TEST

START_TEST(every_type_is_among_the_cases)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < NITEMS(cases); i++)
		seen |= UINT64_C(1) << cases[i].issue.type;
	ck_assert_uint_eq(seen, (UINT64_C(1) << ISSUE__COUNT) - 1);
}
END_TEST

START_TEST(issues_keep_their_order)
{
	for (size_t i = 0; i < 3; i++)
		issues_add(&issues, (struct issue){
					    .type = ISSUE_MISSING,
					    .place = ISSUE_IN_FIELD,
					    .name = (const char *[]){ "b", "a", "c" }[i],
				    });
	issues_render(&out, &issues);
	const struct json *detail = json_get(json_of(buf_view(&out)), STR("detail"));
	ck_assert_uint_eq(detail->count, 3);
	const struct json *issue = detail->first;
	for (size_t i = 0; i < 3; i++, issue = issue->next) {
		struct str name = json_get(issue, STR("loc"))->first->next->text;
		ck_assert_slice_eq(name, ((const struct str[]){ STR("b"), STR("a"), STR("c") }[i]));
	}
}
END_TEST

START_TEST(any_number_of_issues_fits)
{
	enum { MANY = 10000 };

	for (unsigned i = 0; i < MANY; i++)
		ck_assert_uint_eq(issues_add(&issues, (struct issue){ .item = i })->item, i);
	ck_assert_uint_eq(issues.count, MANY);
	for (unsigned i = 0; i < MANY; i++)
		ck_assert_uint_eq(issues.list[i].item, i);
}
END_TEST

START_TEST(a_failed_buffer_stays_failed)
{
	struct buf small;

	for (size_t limit = 0; limit < 160; limit++) {
		struct issues one = { .arena = &arena };
		struct issue issue = cases[8].issue;
		issue.json = json_of(issue.text);
		issues_add(&one, issue);
		buf_init(&small, limit);
		issues_render(&small, &one);
		ck_assert_msg(small.failed, "in %zu bytes", limit);
		buf_done(&small);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("issue");
	TCase *tests = tcase_create("issue");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, issues_are_rendered_as_recorded, 0, (int)NITEMS(cases));
	tcase_add_test(tests, every_type_is_among_the_cases);
	tcase_add_test(tests, issues_keep_their_order);
	tcase_add_test(tests, any_number_of_issues_fits);
	tcase_add_test(tests, a_failed_buffer_stays_failed);
	suite_add_tcase(suite, tests);
	return suite;
}

/* Objects and arrays in requests: their values, and the issues of items. */
#include "field_input.h"
#include "json_read.h"
#include "json_text.h"
#include "suite.h"

static struct arena arena;

static void setup(void)
{
	arena_init(&arena);
}

static void teardown(void)
{
	arena_done(&arena);
}

#define LIMIT_OF(n)                                                                                \
	{                                                                                          \
		.text = STR_INIT(#n), .integer = n, .number = n                                    \
	}

static const struct field items[FIELD_TYPE__COUNT] = {
	[FIELD_INT] = { .type = FIELD_INT },
	[FIELD_STR] = { .type = FIELD_STR, .len = { 0, 3 } },
	[FIELD_TEXT] = { .type = FIELD_TEXT, .len = { 0, FIELD_UNBOUNDED } },
	[FIELD_URL] = { .type = FIELD_URL, .len = { 0, FIELD_UNBOUNDED } },
	[FIELD_UUID] = { .type = FIELD_UUID },
	[FIELD_DATE] = { .type = FIELD_DATE, .flags = FIELD_NULLABLE },
	[FIELD_TIME] = { .type = FIELD_TIME },
	[FIELD_DATETIME] = { .type = FIELD_DATETIME },
};

/* The value of a field, or the list of issues; of what dbd is to refuse its issues then. */
static struct str read_field(const struct field *field, struct str body, bool optional)
{
	const struct json *json;
	struct json_error error;
	struct str text;
	struct buf out;

	ck_assert(json_text_decode(&arena, body, &text));
	ck_assert_int_eq(json_read(&arena, text, &json, &error), JSON_OK);
	struct issues issues = { .arena = &arena };
	struct field_input input = { .arena = &arena,
		.field = field,
		.json = json,
		.optional = optional,
		.issues = &issues };
	buf_init(&out, SIZE_MAX);
	if (field_input_read(&input)) {
		ck_assert_uint_eq(issues.count, 0);
		if (input.value.kind != VALUE_REFUSED)
			return input.value.kind == VALUE_NULL ? STR("NULL") : input.value.text;
		buf_str(&out, STR("REFUSED "));
		field_input_refused(&input);
	}
	issues_render(&out, &issues);
	struct str answer = arena_copy(&arena, buf_view(&out));
	buf_done(&out);
	return answer;
}

#define UNICODE_ISSUE                                                                              \
	"{\"detail\":[{\"type\":\"string_unicode\",\"loc\":[\"body\",\"v\"],\"msg\":\"Input "      \
	"should be a valid string, unable to parse raw data as a unicode string\",\"input\":"

static const struct {
	struct str body;
	const char *wanted;
} objects[] = {
	{ STR_INIT("{}"), "{}" },
	{ STR_INIT(" { \"a\" : [ 1 , { } , [] , null, true, false ] } "),
		"{\"a\":[1,{},[],null,true,false]}" },
	{ STR_INIT("{\"_sa\":1,\"\\u00e9\":\"\\n\\u0001\\u00e9\\ud83d\\ude00\"}"),
		"{\"_sa\":1,\"\xc3\xa9\":\"\\n\\u0001\xc3\xa9\xf0\x9f\x98\x80\"}" },
	{ STR_INIT("{\"a\":1,\"b\":2,\"a\":3}"), "{\"a\":3,\"b\":2}" },
	{ STR_INIT("{\"a\":[100000000000000000000000000000000,-0,1.0,-0.0,1e22,1E-7]}"),
		"{\"a\":[100000000000000000000000000000000,0,1.0,-0.0,1e+22,1e-07]}" },
	{ STR_INIT("{\"a\":[NaN,Infinity,-Infinity,1e400]}"), "{\"a\":[null,null,null,null]}" },
	{ STR_INIT("{\"a\":[{},\"\\ud800\"]}"),
		"REFUSED " UNICODE_ISSUE "{\"a\":[{},\"\\ud800\"]}}]}" },
	{ STR_INIT("{\"a\":[],\"\\udfff\":1}"),
		"REFUSED " UNICODE_ISSUE "{\"a\":[],\"\\udfff\":1}}]}" },
	{ STR_INIT("[]"),
		"{\"detail\":[{\"type\":\"dict_type\",\"loc\":[\"body\",\"v\"],\"msg\":\"Input "
		"should be a valid dictionary\",\"input\":[]}]}" },
};

START_TEST(objects_are_kept_as_json)
{
	static const struct field field = { .name = "v", .type = FIELD_OBJECT };

	ck_assert_slice_eq(
		read_field(&field, objects[_i].body, false), str_from(objects[_i].wanted));
}
END_TEST

static const struct {
	enum field_type type;
	struct str body;
	const char *wanted;
} arrays[] = {
	{ FIELD_STR, STR_INIT("[]"), "[]" },
	{ FIELD_STR, STR_INIT("[\"a\",\"\\u00e9\\n\"]"), "[\"a\",\"\xc3\xa9\\n\"]" },
	{ FIELD_INT, STR_INIT("[\"1\",2.0,true]"), "[1,2,1]" },
	{ FIELD_INT, STR_INIT("[9223372036854775808,\" -1_0000000000000000000\"]"),
		"[9223372036854775808,-10000000000000000000]" },
	{ FIELD_URL, STR_INIT("[\"HTTP://A\"]"), "[\"http://a/\"]" },
	{ FIELD_UUID, STR_INIT("[\"ABCDEF78123456781234567812345678\"]"),
		"[\"abcdef78-1234-5678-1234-567812345678\"]" },
	{ FIELD_DATE, STR_INIT("[null,86400,\"0001-01-01\"]"),
		"[null,\"1970-01-02\",\"0001-01-01\"]" },
	{ FIELD_TIME, STR_INIT("[\"12:30\",90.5,\"12:30+02:00\"]"),
		"[\"12:30:00\",\"00:01:30.500000Z\",\"12:30:00+02:00\"]" },
	{ FIELD_DATETIME, STR_INIT("[\"2026-01-31\",\"2026-01-31T12:30:45.5-05:30\"]"),
		"[\"2026-01-31T00:00:00\",\"2026-01-31T12:30:45.500000-05:30\"]" },
	{ FIELD_TEXT, STR_INIT("[\"a\",\"\\ud800\",\"b\"]"),
		"REFUSED {\"detail\":[{\"type\":\"string_unicode\",\"loc\":[\"body\",\"v\",1],"
		"\"msg\":\"Input should be a valid string, unable to parse raw data as a unicode "
		"string\",\"input\":\"\\ud800\"}]}" },
	{ FIELD_TEXT, STR_INIT("[\"\\ud800\",1]"),
		"{\"detail\":[{\"type\":\"string_type\",\"loc\":[\"body\",\"v\",1],"
		"\"msg\":\"Input should be a valid string\",\"input\":1}]}" },
	{ FIELD_STR, STR_INIT("{}"),
		"{\"detail\":[{\"type\":\"list_type\",\"loc\":[\"body\",\"v\"],\"msg\":\"Input "
		"should be a valid list\",\"input\":{}}]}" },
	{ FIELD_STR, STR_INIT("[1,\"a\",\"abcd\",\"\\ud800\",null]"),
		"{\"detail\":["
		"{\"type\":\"string_type\",\"loc\":[\"body\",\"v\",0],"
		"\"msg\":\"Input should be a valid string\",\"input\":1},"
		"{\"type\":\"string_too_long\",\"loc\":[\"body\",\"v\",2],"
		"\"msg\":\"String should have at most 3 characters\",\"input\":\"abcd\","
		"\"ctx\":{\"max_length\":3}},"
		"{\"type\":\"string_unicode\",\"loc\":[\"body\",\"v\",3],\"msg\":\"Input should be "
		"a valid string, unable to parse raw data as a unicode string\","
		"\"input\":\"\\ud800\"},"
		"{\"type\":\"string_type\",\"loc\":[\"body\",\"v\",4],"
		"\"msg\":\"Input should be a valid string\",\"input\":null}]}" },
};

START_TEST(arrays_are_read_item_by_item)
{
	const struct field field = {
		.name = "v", .type = FIELD_ARRAY, .items = &items[arrays[_i].type]
	};

	ck_assert_slice_eq(read_field(&field, arrays[_i].body, false), str_from(arrays[_i].wanted));
}
END_TEST

START_TEST(an_update_may_null_the_array_but_no_item)
{
	const struct field field = { .name = "v", .type = FIELD_ARRAY, .items = &items[FIELD_INT] };

	ck_assert_slice_eq(read_field(&field, STR("null"), true), STR("NULL"));
	ck_assert_slice_eq(read_field(&field, STR("[null]"), true),
		STR("{\"detail\":[{\"type\":\"int_type\",\"loc\":[\"body\",\"v\",0],\"msg\":"
		    "\"Input "
		    "should be a valid integer\",\"input\":null}]}"));
}
END_TEST

START_TEST(a_limit_holds_beyond_64_bits)
{
	static const struct field few = { .type = FIELD_INT,
		.limits = { [LIMIT_LE] = LIMIT_OF(5) } };
	static const struct field field = { .name = "v", .type = FIELD_ARRAY, .items = &few };

	ck_assert_msg(str_starts(read_field(&field, STR("[9223372036854775808]"), false),
			      STR("{\"detail\":[{\"type\":\"less_than_equal\"")),
		"9223372036854775808 is at most 5");
}
END_TEST

START_TEST(nesting_needs_no_stack)
{
	static const struct field field = { .name = "v", .type = FIELD_OBJECT };
	enum { DEPTH = 50000 };
	struct buf body;

	buf_init(&body, SIZE_MAX);
	buf_str(&body, STR("{\"a\":"));
	for (int i = 0; i < DEPTH; i++)
		buf_char(&body, '[');
	for (int i = 0; i < DEPTH; i++)
		buf_char(&body, ']');
	buf_char(&body, '}');
	ck_assert_slice_eq(read_field(&field, buf_view(&body), false), buf_view(&body));
	buf_done(&body);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("field_json");
	TCase *tests = tcase_create("field_json");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, objects_are_kept_as_json, 0, (int)NITEMS(objects));
	tcase_add_loop_test(tests, arrays_are_read_item_by_item, 0, (int)NITEMS(arrays));
	tcase_add_test(tests, an_update_may_null_the_array_but_no_item);
	tcase_add_test(tests, a_limit_holds_beyond_64_bits);
	tcase_add_test(tests, nesting_needs_no_stack);
	suite_add_tcase(suite, tests);
	return suite;
}

#include "record_json.h"

#include "json_read.h"
#include "sample.h"
#include "suite.h"

#include <math.h>

static struct arena arena;
static struct buf out;

static void write_record(struct buf *to, const struct record *record)
{
	const struct schema schema = sample_response(&arena, record->resource);
	struct record_json json;

	record_json_init(&json, &schema, &arena);
	record_json_write(to, &json, record);
}

static void setup(void)
{
	arena_init(&arena);
	buf_init(&out, SIZE_MAX / 2);
}

static void teardown(void)
{
	buf_done(&out);
	arena_done(&arena);
}

/* The JSON of a value of one field. */
static struct str written_alone(const struct resource *r, unsigned field, struct value value)
{
	buf_reset(&out, SIZE_MAX / 2);
	record_json_value(&out, &r->fields[field], &value);
	return buf_view(&out);
}

/* One field of each type; the input fields are not the first ones. */
static const struct field fields[] = {
	{ .name = "id", .type = FIELD_INT, .flags = FIELD_KEY },
	{ .name = "word", .type = FIELD_STR, .flags = FIELD_INPUT },
	{ .name = "owner_id", .type = FIELD_INT, .flags = FIELD_PARENT },
	{ .name = "mail", .type = FIELD_EMAIL, .flags = FIELD_INPUT },
	{ .name = "made", .type = FIELD_DATETIME, .flags = FIELD_NOW },
};
static const struct resource thing = { .fields = fields, .nfields = NITEMS(fields) };

static struct record sample(void)
{
	struct record r = { .resource = &thing };

	record_set(&r, 0, value_int(INT64_MAX));
	record_set(&r, 1, value_text(STR("\"\0\xc3\xa9")));
	record_set(&r, 2, value_int(-1));
	record_set(&r, 3, value_text(STR("a@b.example")));
	record_set(&r, 4, value_int(1000001));
	return r;
}

START_TEST(input_fields_come_first)
{
	struct record r = sample();

	write_record(&out, &r);
	ck_assert_slice_eq(
		buf_view(&out), STR("{\"word\":\"\\\"\\u0000\xc3\xa9\",\"mail\":\"a@b.example\","
				    "\"id\":9223372036854775807,\"owner_id\":-1,"
				    "\"made\":\"1970-01-01T00:00:01.000001\"}"));
}
END_TEST

static const struct {
	struct str stored, shown;
} emails[] = {
	{ STR_INIT("ada@example.com"), STR_INIT("\"ada@example.com\"") },
	{ STR_INIT("Bob@EXAMPLE.COM"), STR_INIT("\"Bob@example.com\"") },
	{ STR_INIT("Bob@a-b.Example.com"), STR_INIT("\"Bob@a-b.example.com\"") },
	{ STR_INIT("INFO@example.com"), STR_INIT("\"info@example.com\"") },
	{ STR_INIT("x@xn--mnchen-3ya.de"), STR_INIT("\"x@m\xc3\xbcnchen.de\"") },
	{ STR_INIT("x@m\xc3\xbcnchen.de"), STR_INIT("\"x@m\xc3\xbcnchen.de\"") },
	{ STR_INIT("x@M\xc3\x9cNCHEN.de"), STR_INIT("\"x@m\xc3\xbcnchen.de\"") },
	{ STR_INIT("e\xcc\x81@example.com"), STR_INIT("\"\xc3\xa9@example.com\"") },
	{ STR_INIT("  ada@example.com "), STR_INIT("\"ada@example.com\"") },
	{ STR_INIT("Ada <ada@example.com>"), STR_INIT("\"ada@example.com\"") },
	/* Not addresses. */
	{ STR_INIT(""), STR_INIT("\"\"") },
	{ STR_INIT("nobody"), STR_INIT("\"nobody\"") },
	{ STR_INIT("Root@localhost"), STR_INIT("\"Root@localhost\"") },
	{ STR_INIT("A@B"), STR_INIT("\"A@B\"") },
	{ STR_INIT("\"q\"@x.com"), STR_INIT("\"\\\"q\\\"@x.com\"") },
	{ STR_INIT("a\0b@x.com"), STR_INIT("\"a\\u0000b@x.com\"") },
};

START_TEST(addresses_are_normalised_and_other_texts_unchanged)
{
	struct value value = value_text(emails[_i].stored);

	ck_assert_slice_eq(written_alone(&thing, 3, value), emails[_i].shown);
	/* A field of another text type is not changed. */
	struct str text = written_alone(&thing, 1, value);
	ck_assert_uint_ge(text.len, emails[_i].stored.len + 2);
}
END_TEST

/* One value of each form of each type, as FastAPI 0.162 with Pydantic 2.14 answers it. */
static const struct choice words[] = { { .name = STR_INIT("red"), .text = STR_INIT("red") },
	{ .name = STR_INIT("dark_blue"), .text = STR_INIT("dark \"blue\"") } };
static const struct choice levels[] = { { .name = STR_INIT("low"), .integer = 1 },
	{ .name = STR_INIT("high"), .integer = INT64_MIN } };
static const struct choices colors = { .schema = "Color", .count = 2, .list = words };
static const struct choices numbers = {
	.schema = "Level", .integers = true, .count = 2, .list = levels
};

#define DAY INT64_C(86400000000)
#define INT(i)                                                                                     \
	{                                                                                          \
		.kind = VALUE_INT, .integer = (i)                                                  \
	}
#define NUMBER(n)                                                                                  \
	{                                                                                          \
		.kind = VALUE_NUMBER, .number = (n)                                                \
	}
#define TEXT(t)                                                                                    \
	{                                                                                          \
		.kind = VALUE_STR, .text = STR_INIT(t)                                             \
	}
#define ZONED(i, o)                                                                                \
	{                                                                                          \
		.kind = VALUE_ZONED, .integer = (i), .offset = (o)                                 \
	}

static const struct {
	enum field_type type;
	const struct choices *choices;
	struct value value;
	struct str text;
} outputs[] = {
	{ FIELD_INT, NULL, INT(INT64_MIN), STR_INIT("-9223372036854775808") },
	{ FIELD_BOOL, NULL, INT(0), STR_INIT("false") },
	{ FIELD_BOOL, NULL, INT(1), STR_INIT("true") },
	{ FIELD_NUMBER, NULL, NUMBER(1), STR_INIT("1.0") },
	{ FIELD_NUMBER, NULL, NUMBER(-0.0), STR_INIT("-0.0") },
	{ FIELD_NUMBER, NULL, NUMBER(1e-7), STR_INIT("1e-7") },
	{ FIELD_NUMBER, NULL, NUMBER(1e22), STR_INIT("1e+22") },
	{ FIELD_NUMBER, NULL, NUMBER(9223372036854775807.0), STR_INIT("9.223372036854776e+18") },
	{ FIELD_NUMBER, NULL, NUMBER(NAN), STR_INIT("null") },
	{ FIELD_NUMBER, NULL, NUMBER(-INFINITY), STR_INIT("null") },
	{ FIELD_DECIMAL, NULL, TEXT("1.50"), STR_INIT("\"1.50\"") },
	{ FIELD_DECIMAL, NULL, TEXT("1E+3"), STR_INIT("\"1E+3\"") },
	{ FIELD_STR, NULL, TEXT("a\n"), STR_INIT("\"a\\n\"") },
	{ FIELD_URL, NULL, TEXT("http://a/?b=c"), STR_INIT("\"http://a/?b=c\"") },
	{ FIELD_UUID, NULL, TEXT("12345678-1234-5678-1234-567812345678"),
		STR_INIT("\"12345678-1234-5678-1234-567812345678\"") },
	{ FIELD_DATE, NULL, INT(0), STR_INIT("\"1970-01-01\"") },
	{ FIELD_DATE, NULL, INT(-719162), STR_INIT("\"0001-01-01\"") },
	{ FIELD_DATE, NULL, INT(2932896), STR_INIT("\"9999-12-31\"") },
	{ FIELD_TIME, NULL, INT(0), STR_INIT("\"00:00:00\"") },
	{ FIELD_TIME, NULL, INT(DAY - 1), STR_INIT("\"23:59:59.999999\"") },
	{ FIELD_TIME, NULL, INT(INT64_C(45045500000)), STR_INIT("\"12:30:45.500000\"") },
	{ FIELD_TIME, NULL, ZONED(INT64_C(45045000000), 7200), STR_INIT("\"12:30:45+02:00\"") },
	{ FIELD_TIME, NULL, ZONED(INT64_C(1500000), 0), STR_INIT("\"00:00:01.500000Z\"") },
	{ FIELD_DATETIME, NULL, INT(1), STR_INIT("\"1970-01-01T00:00:00.000001\"") },
	{ FIELD_ENUM, &colors, INT(0), STR_INIT("\"red\"") },
	{ FIELD_ENUM, &colors, INT(1), STR_INIT("\"dark \\\"blue\\\"\"") },
	{ FIELD_ENUM, &numbers, INT(0), STR_INIT("1") },
	{ FIELD_LITERAL, &colors, INT(0), STR_INIT("\"red\"") },
	{ FIELD_LITERAL, &numbers, INT(1), STR_INIT("-9223372036854775808") },
	{ FIELD_LITERAL, &numbers, INT(2), STR_INIT("null") },
	{ FIELD_LITERAL, &numbers, INT(-1), STR_INIT("null") },
	{ FIELD_OBJECT, NULL, TEXT("{\"a\":[1,null]}"), STR_INIT("{\"a\":[1,null]}") },
	{ FIELD_OBJECT, NULL, TEXT("{\"e-0\":\"1e-07\\\"\",\"b\":[-1e-07,5.5e-05,1e-10,1e-300]}"),
		STR_INIT("{\"e-0\":\"1e-07\\\"\",\"b\":[-1e-7,0.000055,1e-10,1e-300]}") },
	{ FIELD_ARRAY, NULL, TEXT("[\"a\",\"b\"]"), STR_INIT("[\"a\",\"b\"]") },
	{ FIELD_ARRAY, NULL, TEXT("[1e-09]"), STR_INIT("[1e-9]") },
	/* A string without end, which dbd does not send. */
	{ FIELD_ARRAY, NULL, TEXT("[1e-09,\"\\"), STR_INIT("[1e-9,\"\\") },
	{ FIELD_ARRAY, NULL, { .kind = VALUE_NULL }, STR_INIT("null") },
};

START_TEST(values_are_written_as_pydantic_does)
{
	struct field field = {
		.name = "v", .type = outputs[_i].type, .choices = outputs[_i].choices
	};

	record_json_value(&out, &field, &outputs[_i].value);
	ck_assert_slice_eq(buf_view(&out), outputs[_i].text);
}
END_TEST

START_TEST(hidden_fields_are_left_out)
{
	static const struct field some[] = {
		{ .name = "id", .type = FIELD_INT, .flags = FIELD_KEY },
		{ .name = "password", .type = FIELD_STR, .flags = FIELD_INPUT | FIELD_HIDDEN },
		{ .name = "name", .type = FIELD_STR, .flags = FIELD_INPUT },
		{ .name = "seen", .type = FIELD_DATETIME, .flags = FIELD_NOW | FIELD_HIDDEN },
	};
	static const struct resource one = { .fields = some, .nfields = NITEMS(some) };
	struct record r = { .resource = &one };

	record_set(&r, 0, value_int(1));
	record_set(&r, 1, value_text(STR("secret")));
	record_set(&r, 2, value_text(STR("ada")));
	record_set(&r, 3, value_int(0));
	write_record(&out, &r);
	ck_assert_slice_eq(buf_view(&out), STR("{\"name\":\"ada\",\"id\":1}"));
}
END_TEST

START_TEST(the_prepared_forms_are_those_of_the_resources)
{
	record_json_prepare(&arena);
	for (unsigned i = 0; i < api->nresources; i++) {
		const struct record_json *json =
			record_json_of(sample_shown(api->resources[i], ACTION_LIST));
		ck_assert_uint_eq(json->nfields, api->resources[i]->nfields);
		for (unsigned j = 0; j < json->nfields; j++)
			ck_assert_ptr_eq(json->fields[j].field,
				&api->resources[i]->fields[json->fields[j].index]);
	}
}
END_TEST

START_TEST(null_and_absent_fields_are_null)
{
	struct record r = sample();

	record_set(&r, 1, value_null());
	r.present &= ~(1u << 4 | 1u << 0);
	write_record(&out, &r);
	ck_assert_slice_eq(buf_view(&out),
		STR("{\"word\":null,\"mail\":\"a@b.example\",\"id\":null,\"owner_id\":-1,"
		    "\"made\":null}"));
}
END_TEST

START_TEST(every_field_is_written_once)
{
	const struct resource *r = api->resources[_i];
	struct record_json json;
	unsigned seen = 0, last = 0;
	bool after_input = false;

	record_json_init(&json, sample_shown(r, ACTION_LIST), &arena);
	ck_assert_uint_eq(json.nfields, r->nfields);
	for (unsigned i = 0; i < r->nfields; i++) {
		unsigned index = json.fields[i].index;
		bool input = (r->fields[index].flags & FIELD_INPUT) != 0;
		bool same_part = i > 0 && input == !after_input;
		ck_assert(!(input && after_input));
		ck_assert(!same_part || index > last);
		ck_assert_slice_eq(json.fields[i].before,
			arena_printf(&arena, "%c\"%s\":", i ? ',' : '{', r->fields[index].name));
		after_input = !input;
		seen |= 1u << index;
		last = index;
	}
	ck_assert_uint_eq(seen, (1u << r->nfields) - 1);
}
END_TEST

START_TEST(records_of_every_resource_are_valid_json)
{
	const struct resource *r = api->resources[_i];
	struct record record = { .resource = r };
	struct json_error error;
	const struct json *root;

	for (unsigned i = 0; i < r->nfields; i++)
		record_set(&record, i,
			value_kind_of(r->fields[i].type) == VALUE_INT ? value_int(i)
								      : value_text(STR("x")));
	write_record(&out, &record);
	ck_assert_int_eq(json_read(&arena, buf_view(&out), &root, &error), JSON_OK);
	ck_assert_uint_eq(root->count, r->nfields);
	for (unsigned i = 0; i < r->nfields; i++)
		ck_assert_msg(json_get(root, str_from(r->fields[i].name)) != NULL, "%s",
			r->fields[i].name);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("record_json");
	TCase *tests = tcase_create("record_json");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, input_fields_come_first);
	tcase_add_loop_test(
		tests, addresses_are_normalised_and_other_texts_unchanged, 0, (int)NITEMS(emails));
	tcase_add_loop_test(tests, values_are_written_as_pydantic_does, 0, (int)NITEMS(outputs));
	tcase_add_test(tests, hidden_fields_are_left_out);
	tcase_add_test(tests, the_prepared_forms_are_those_of_the_resources);
	tcase_add_test(tests, null_and_absent_fields_are_null);
	tcase_add_loop_test(tests, every_field_is_written_once, 0, (int)api->nresources);
	tcase_add_loop_test(
		tests, records_of_every_resource_are_valid_json, 0, (int)api->nresources);
	suite_add_tcase(suite, tests);
	return suite;
}

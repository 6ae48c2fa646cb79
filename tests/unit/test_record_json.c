#include "record_json.h"

#include "json_read.h"
#include "suite.h"

static struct buf out;

static void write_record(struct buf *to, const struct record *record, bool open)
{
	struct record_json json;

	record_json_init(&json, record->resource);
	record_json_write(to, &json, record, open);
}

static void setup(void)
{
	buf_init(&out, SIZE_MAX / 2);
}

static void teardown(void)
{
	buf_done(&out);
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
	record_json_datetime(&out, moments[_i].microseconds);
	ck_assert_slice_eq(buf_view(&out), moments[_i].text);
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

/* The JSON of a record with one field, from after the colon to before the brace. */
static struct str written_alone(const struct resource *r, unsigned field, struct value value)
{
	struct record record = { .resource = r };
	struct record_json json = { .nfields = 0 }, all;

	record_json_init(&all, r);
	for (unsigned i = 0; i < all.nfields; i++)
		if (all.fields[i].index == field)
			json.fields[json.nfields++] = all.fields[i];
	record_set(&record, field, value);
	buf_reset(&out, SIZE_MAX / 2);
	record_json_write(&out, &json, &record, false);
	struct str text = buf_view(&out);
	size_t before = strlen(r->fields[field].name) + strlen("{\"\":");
	return (struct str){ text.ptr + before, text.len - before - 1 };
}

/* dbd stores no such moments, but none may crash a worker. */
START_TEST(any_integer_can_be_written_as_a_moment)
{
	record_json_datetime(&out, INT64_MIN);
	record_json_datetime(&out, INT64_MAX);
	ck_assert_uint_eq(buf_len(&out), 2 * strlen("\"YYYY-MM-DDTHH:MM:SS.ffffff\""));
	for (size_t i = 0; i < buf_len(&out); i++)
		ck_assert_int_eq(
			buf_view(&out).ptr[i] == '"', i == 0 || i == 27 || i == 28 || i == 55);
}
END_TEST

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

	write_record(&out, &r, false);
	ck_assert_slice_eq(
		buf_view(&out), STR("{\"word\":\"\\\"\\u0000\xc3\xa9\",\"mail\":\"a@b.example\","
				    "\"id\":9223372036854775807,\"owner_id\":-1,"
				    "\"made\":\"1970-01-01T00:00:01.000001\"}"));
}
END_TEST

START_TEST(zones_are_written_as_pydantic_does)
{
	struct value value = value_zoned(zoned[_i].microseconds, zoned[_i].offset);

	ck_assert_slice_eq(written_alone(&thing, 4, value), zoned[_i].text);
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

START_TEST(an_open_record_has_no_brace_at_its_end)
{
	struct record r = sample();

	write_record(&out, &r, false);
	struct str closed = buf_view(&out);
	size_t n = closed.len;
	write_record(&out, &r, true);
	buf_char(&out, '}');
	closed = buf_view(&out);
	ck_assert_uint_eq(closed.len, 2 * n);
	ck_assert_slice_eq(str_from_index(closed, n), ((struct str){ closed.ptr, n }));
}
END_TEST

START_TEST(null_and_absent_fields_are_null)
{
	struct record r = sample();

	record_set(&r, 1, value_null());
	r.present &= ~(1u << 4 | 1u << 0);
	write_record(&out, &r, false);
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

	record_json_init(&json, r);
	ck_assert_uint_eq(json.nfields, r->nfields);
	for (unsigned i = 0; i < r->nfields; i++) {
		unsigned index = json.fields[i].index;
		bool input = (r->fields[index].flags & FIELD_INPUT) != 0;
		bool same_part = i > 0 && input == !after_input;
		ck_assert(!(input && after_input));
		ck_assert(!same_part || index > last);
		ck_assert_slice_eq(json.fields[i].name, str_from(r->fields[index].name));
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
	struct arena arena = { 0 };
	struct json_error error;
	const struct json *root;

	for (unsigned i = 0; i < r->nfields; i++)
		record_set(&record, i,
			value_kind_of(r->fields[i].type) == VALUE_INT ? value_int(i)
								      : value_text(STR("x")));
	write_record(&out, &record, false);
	ck_assert_int_eq(json_read(&arena, buf_view(&out), &root, &error), JSON_OK);
	ck_assert_uint_eq(root->count, r->nfields);
	for (unsigned i = 0; i < r->nfields; i++)
		ck_assert_msg(json_get(root, str_from(r->fields[i].name)) != NULL, "%s",
			r->fields[i].name);
	arena_done(&arena);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("record_json");
	TCase *tests = tcase_create("record_json");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, moments_are_in_iso_format, 0, (int)NITEMS(moments));
	tcase_add_test(tests, any_integer_can_be_written_as_a_moment);
	tcase_add_test(tests, input_fields_come_first);
	tcase_add_loop_test(tests, zones_are_written_as_pydantic_does, 0, (int)NITEMS(zoned));
	tcase_add_loop_test(
		tests, addresses_are_normalised_and_other_texts_unchanged, 0, (int)NITEMS(emails));
	tcase_add_test(tests, an_open_record_has_no_brace_at_its_end);
	tcase_add_test(tests, null_and_absent_fields_are_null);
	tcase_add_loop_test(tests, every_field_is_written_once, 0, (int)api->nresources);
	tcase_add_loop_test(tests, records_of_every_resource_are_valid_json, 0, (int)api->nresources);
	suite_add_tcase(suite, tests);
	return suite;
}

/* Records that clients may send, for every resource and for resources of the test. */
#include "body.h"
#include "record.h"
#include "suite.h"

#include <stddef.h>
#include <stdlib.h>

#include <math.h>

static struct str text_of(size_t n)
{
	static char text[4096];

	ck_assert_uint_le(n, sizeof(text));
	memset(text, 'x', sizeof(text));
	return (struct str){ text, n };
}

static struct value fitting(const struct field *f)
{
	if (value_kind_of(f->type) == VALUE_INT)
		return value_int(1);
	return value_text(text_of(f->len.min ? f->len.min : 1));
}

static struct value of_other_kind(const struct field *f)
{
	return value_kind_of(f->type) == VALUE_INT ? value_text(text_of(3)) : value_int(1);
}

static struct record whole_input(const struct resource *r)
{
	struct record record = { .resource = r };

	for (unsigned i = 0; i < r->nfields; i++)
		if (r->fields[i].flags & FIELD_INPUT)
			record_set(&record, i, fitting(&r->fields[i]));
	return record;
}

/* True if the record can be that of a new row, or of an update. */
static bool is_input(const struct record *record, bool whole)
{
	static struct body body;

	body_init(&body, record->resource, !whole);
	return record_is_input(record, &body.operation);
}

START_TEST(values_have_their_kind)
{
	ck_assert_int_eq(value_null().kind, VALUE_NULL);
	ck_assert_int_eq(value_int(-7).kind, VALUE_INT);
	ck_assert_int_eq(value_int(-7).integer, -7);
	ck_assert_int_eq(value_text(STR("a\0")).kind, VALUE_STR);
	ck_assert_slice_eq(value_text(STR("a\0")).text, STR("a\0"));
}
END_TEST

START_TEST(every_type_has_a_kind)
{
	for (int type = 0; type < FIELD_TYPE__COUNT; type++)
		ck_assert_msg(value_kind_of((enum field_type)type) != VALUE_NULL, "type %d", type);
}
END_TEST

START_TEST(a_field_is_present_once_set)
{
	struct record r = { .resource = api->resources[0] };

	for (unsigned i = 0; i < RESOURCE_MAX_FIELDS; i++)
		ck_assert(!record_has(&r, i));
	record_set(&r, 0, value_int(1));
	record_set(&r, RESOURCE_MAX_FIELDS - 1, value_null());
	for (unsigned i = 0; i < RESOURCE_MAX_FIELDS; i++)
		ck_assert_int_eq(record_has(&r, i), i == 0 || i == RESOURCE_MAX_FIELDS - 1);
}
END_TEST

START_TEST(a_complete_record_is_input)
{
	struct record r = whole_input(api->resources[_i]);

	ck_assert(is_input(&r, true));
	ck_assert(is_input(&r, false));
	ck_assert_uint_eq(record_refused(&r), 0);
}
END_TEST

START_TEST(an_update_may_omit_any_field_or_null_it)
{
	const struct resource *r = api->resources[_i];
	struct record none = { .resource = r };

	ck_assert(is_input(&none, false));
	for (unsigned i = 0; i < r->nfields; i++) {
		struct record record = whole_input(r);
		if (!(r->fields[i].flags & FIELD_INPUT))
			continue;
		record.present &= ~(UINT32_C(1) << i);
		ck_assert(is_input(&record, false));
		ck_assert(!is_input(&record, true));
		record_set(&record, i, value_null());
		ck_assert(is_input(&record, false));
		ck_assert(!is_input(&record, true));
		ck_assert_uint_eq(record_refused(&record), UINT32_C(1) << i);
	}
}
END_TEST

START_TEST(only_input_fields_are_input)
{
	const struct resource *r = api->resources[_i];

	for (unsigned i = 0; i < RESOURCE_MAX_FIELDS; i++) {
		struct record record = whole_input(r);
		if (i < r->nfields && r->fields[i].flags & FIELD_INPUT)
			continue;
		record_set(&record, i, i < r->nfields ? fitting(&r->fields[i]) : value_null());
		ck_assert_msg(!is_input(&record, true), "field %u, whole", i);
		ck_assert_msg(!is_input(&record, false), "field %u", i);
	}
}
END_TEST

START_TEST(kinds_and_bounds_are_checked)
{
	const struct resource *r = api->resources[_i];

	for (unsigned i = 0; i < r->nfields; i++) {
		const struct field *f = &r->fields[i];
		struct record record = whole_input(r);
		if (!(f->flags & FIELD_INPUT))
			continue;
		record_set(&record, i, of_other_kind(f));
		ck_assert_msg(!is_input(&record, false), "%s of another kind", f->name);
		if (value_kind_of(f->type) != VALUE_STR)
			continue;
		const size_t sizes[] = { 0, f->len.min ? f->len.min - 1 : 0, f->len.min,
			f->len.max == FIELD_UNBOUNDED ? 0 : f->len.max,
			f->len.max == FIELD_UNBOUNDED ? 4000 : f->len.max + 1 };
		for (size_t n = 0; n < NITEMS(sizes); n++) {
			bool fits = sizes[n] >= f->len.min &&
				    (f->len.max == FIELD_UNBOUNDED || sizes[n] <= f->len.max);
			record_set(&record, i, value_text(text_of(sizes[n])));
			ck_assert_msg(is_input(&record, true) == fits, "%s of %zu characters",
				f->name, sizes[n]);
		}
	}
}
END_TEST

/* Of every type: the worker knows why. */
START_TEST(a_refused_value_is_input)
{
	const struct resource *r = api->resources[_i];

	for (unsigned i = 0; i < r->nfields; i++) {
		struct record record = whole_input(r);
		record_set(&record, i, value_refused());
		bool input = (r->fields[i].flags & FIELD_INPUT) != 0;
		ck_assert_int_eq(is_input(&record, true), input);
		ck_assert_int_eq(is_input(&record, false), input);
		ck_assert_uint_eq(record_refused(&record), UINT64_C(1) << i);
	}
}
END_TEST

START_TEST(nulls_are_refused_unless_nullable)
{
	static const struct field of[] = {
		{ .name = "a", .flags = FIELD_INPUT | FIELD_NULLABLE },
		{ .name = "b", .flags = FIELD_INPUT },
		{ .name = "c", .flags = FIELD_INPUT },
		{ .name = "d", .flags = FIELD_INPUT | FIELD_NULLABLE },
	};
	static const struct resource four = { .name = "four", .fields = of, .nfields = 4 };
	struct record r = { .resource = &four };

	record_set(&r, 0, value_null());
	record_set(&r, 1, value_null());
	record_set(&r, 3, value_refused());
	ck_assert_uint_eq(record_refused(&r), 1 << 1 | 1 << 3);
}
END_TEST

START_TEST(refused_values_are_equal)
{
	const struct value refused = value_refused(), null = value_null(), one = value_int(1);

	ck_assert(value_equal(&refused, &refused));
	ck_assert(!value_equal(&refused, &null));
	ck_assert(!value_equal(&one, &refused));
}
END_TEST

static const struct field fields[] = {
	{ .name = "id", .type = FIELD_INT, .flags = FIELD_KEY },
	{ .name = "pair", .type = FIELD_STR, .flags = FIELD_INPUT, .len = { 2, 2 } },
};
static const struct resource thing = { .name = "thing", .fields = fields, .nfields = 2 };

/* Bounds count code points, and text is UTF-8. */
static const struct {
	struct str text;
	bool fits;
} pairs[] = {
	{ STR_INIT("ab"), true },
	{ STR_INIT("\0\0"), true },
	{ STR_INIT("\xc3\xa9\xf0\x9f\x98\x80"), true },
	{ STR_INIT("\xc3\xa9"), false },
	{ STR_INIT("\xf0\x9f\x98\x80"), false },
	{ STR_INIT("abc"), false },
	{ STR_INIT("\xff\xff"), false },
	{ STR_INIT("a\xed\xa0\x80"), false },
};

START_TEST(text_bounds_count_code_points)
{
	struct record r = { .resource = &thing };

	record_set(&r, 1, value_text(pairs[_i].text));
	ck_assert_int_eq(is_input(&r, true), pairs[_i].fits);
}
END_TEST

/* Stored dates have years 1 to 9999. */
static const struct {
	struct value value;
	bool fits;
} moments[] = {
	{ { .kind = VALUE_INT, .integer = INT64_C(-62135596800000000) }, true },
	{ { .kind = VALUE_INT, .integer = INT64_C(-62135596800000001) }, false },
	{ { .kind = VALUE_INT, .integer = INT64_C(253402300799999999) }, true },
	{ { .kind = VALUE_INT, .integer = INT64_C(253402300800000000) }, false },
	{ { .kind = VALUE_INT, .integer = INT64_MIN }, false },
	{ { .kind = VALUE_INT, .integer = INT64_MAX }, false },
	{ { .kind = VALUE_ZONED, .integer = 0, .offset = 3600 }, true },
};

START_TEST(an_input_date_must_be_storable)
{
	static const struct field began = {
		.name = "began", .type = FIELD_DATETIME, .flags = FIELD_INPUT
	};
	static const struct resource event = { .name = "event", .fields = &began, .nfields = 1 };
	struct record r = { .resource = &event };

	record_set(&r, 0, moments[_i].value);
	ck_assert_int_eq(is_input(&r, true), moments[_i].fits);
}
END_TEST

/* One field of a type with its own form. */
static const struct {
	struct field field;
	struct value value;
	bool fits;
} forms[] = {
#define TEXT(string)                                                                               \
	{                                                                                          \
		.kind = VALUE_STR, .text = STR_INIT(string)                                        \
	}
#define NUMBER(double)                                                                             \
	{                                                                                          \
		.kind = VALUE_NUMBER, .number = double                                             \
	}
	{ { .type = FIELD_NUMBER }, NUMBER(-0.5), true },
	{ { .type = FIELD_NUMBER }, NUMBER(INFINITY), true },
	{ { .type = FIELD_NUMBER }, NUMBER(NAN), false },
	{ { .type = FIELD_NUMBER, .flags = FIELD_NULLABLE }, NUMBER(NAN), true },
	{ { .type = FIELD_NUMBER, .flags = FIELD_FINITE }, NUMBER(1), true },
	{ { .type = FIELD_NUMBER, .flags = FIELD_FINITE }, NUMBER(INFINITY), false },
	{ { .type = FIELD_NUMBER, .flags = FIELD_FINITE | FIELD_NULLABLE }, NUMBER(NAN), false },
	{ { .type = FIELD_DECIMAL }, TEXT("0"), true },
	{ { .type = FIELD_DECIMAL }, TEXT("-12.50"), true },
	{ { .type = FIELD_DECIMAL }, TEXT("1.5E-400"), true },
	{ { .type = FIELD_DECIMAL }, TEXT("1E+3"), true },
	{ { .type = FIELD_DECIMAL }, TEXT(""), false },
	{ { .type = FIELD_DECIMAL }, TEXT("+1"), false },
	{ { .type = FIELD_DECIMAL }, TEXT("1."), false },
	{ { .type = FIELD_DECIMAL }, TEXT(".5"), false },
	{ { .type = FIELD_DECIMAL }, TEXT("1E3"), false },
	{ { .type = FIELD_DECIMAL }, TEXT("1E+"), false },
	{ { .type = FIELD_DECIMAL }, TEXT("NaN"), false },
	{ { .type = FIELD_DECIMAL }, TEXT("1 "), false },
	{ { .type = FIELD_UUID }, TEXT("12345678-1234-5678-1234-567812abcdef"), true },
	{ { .type = FIELD_UUID }, TEXT("12345678-1234-5678-1234-567812ABCDEF"), false },
	{ { .type = FIELD_UUID }, TEXT("12345678-1234-5678-1234-567812abcde"), false },
	{ { .type = FIELD_UUID }, TEXT("12345678-1234-5678-1234_567812abcdef"), false },
	{ { .type = FIELD_UUID }, TEXT("1234567--1234-5678-1234-567812abcdef"), false },
	{ { .type = FIELD_STR, .flags = FIELD_UPPER, .len = { 0, 1 } }, TEXT("FFI"), true },
	{ { .type = FIELD_STR, .flags = FIELD_LOWER, .len = { 0, 1 } }, TEXT("ffii"), false },
	{ { .type = FIELD_STR, .flags = FIELD_UPPER, .len = { 0, FIELD_UNBOUNDED } }, TEXT("FFI"),
		true },
	{ { .type = FIELD_OBJECT }, TEXT("{}"), true },
	{ { .type = FIELD_OBJECT }, TEXT("{\"a\":[]}"), true },
	{ { .type = FIELD_OBJECT }, TEXT("[]"), false },
	{ { .type = FIELD_OBJECT }, TEXT("{"), false },
	{ { .type = FIELD_OBJECT }, TEXT("{\"\xed\xa0\x80\":1}"), false },
	{ { .type = FIELD_ARRAY }, TEXT("[1]"), true },
	{ { .type = FIELD_ARRAY }, TEXT("[\xff]"), false },
	{ { .type = FIELD_ARRAY }, TEXT(""), false },
	{ { .type = FIELD_DATE }, { .kind = VALUE_INT, .integer = -719162 }, true },
	{ { .type = FIELD_DATE }, { .kind = VALUE_INT, .integer = -719163 }, false },
	{ { .type = FIELD_DATE }, { .kind = VALUE_INT, .integer = 2932896 }, true },
	{ { .type = FIELD_DATE }, { .kind = VALUE_INT, .integer = 2932897 }, false },
	{ { .type = FIELD_DATE }, { .kind = VALUE_ZONED, .integer = 0 }, false },
	{ { .type = FIELD_TIME }, { .kind = VALUE_INT, .integer = 0 }, true },
	{ { .type = FIELD_TIME }, { .kind = VALUE_INT, .integer = -1 }, false },
	{ { .type = FIELD_TIME }, { .kind = VALUE_INT, .integer = INT64_C(86399999999) }, true },
	{ { .type = FIELD_TIME }, { .kind = VALUE_INT, .integer = INT64_C(86400000000) }, false },
	{ { .type = FIELD_TIME }, { .kind = VALUE_ZONED, .integer = 0, .offset = -86340 }, true },
	{ { .type = FIELD_TIME }, { .kind = VALUE_ZONED, .integer = 0, .offset = -86400 }, false },
	{ { .type = FIELD_TIME }, { .kind = VALUE_ZONED, .integer = 0, .offset = 86400 }, false },
#undef TEXT
#undef NUMBER
};

START_TEST(values_have_the_form_of_their_type)
{
	struct field field = forms[_i].field;
	struct resource one = { .name = "one", .fields = &field, .nfields = 1 };
	struct record r = { .resource = &one };

	field.name = "v";
	field.flags |= FIELD_INPUT;
	record_set(&r, 0, forms[_i].value);
	ck_assert_int_eq(is_input(&r, true), forms[_i].fits);
	ck_assert_int_eq(is_input(&r, false), forms[_i].fits);
}
END_TEST

/* The command of a resource without inputs has a record without values. */
START_TEST(a_record_without_values_is_copied)
{
	/* Volatile, or else the compiler warns of what is tested. */
	volatile size_t size = offsetof(struct record, values);
	struct record *from = malloc(size);
	struct record to;

	ck_assert_ptr_nonnull(from);
	from->resource = api->resources[0];
	from->present = 0;
	record_copy(&to, from);
	ck_assert_ptr_eq(to.resource, api->resources[0]);
	ck_assert_uint_eq(to.present, 0);
	free(from);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("record");
	TCase *tests = tcase_create("record");
	int n = (int)api->nresources;

	tcase_add_test(tests, a_record_without_values_is_copied);
	tcase_add_test(tests, values_have_their_kind);
	tcase_add_test(tests, every_type_has_a_kind);
	tcase_add_test(tests, a_field_is_present_once_set);
	tcase_add_loop_test(tests, a_complete_record_is_input, 0, n);
	tcase_add_loop_test(tests, an_update_may_omit_any_field_or_null_it, 0, n);
	tcase_add_loop_test(tests, only_input_fields_are_input, 0, n);
	tcase_add_loop_test(tests, kinds_and_bounds_are_checked, 0, n);
	tcase_add_loop_test(tests, a_refused_value_is_input, 0, n);
	tcase_add_test(tests, nulls_are_refused_unless_nullable);
	tcase_add_test(tests, refused_values_are_equal);
	tcase_add_loop_test(tests, text_bounds_count_code_points, 0, (int)NITEMS(pairs));
	tcase_add_loop_test(tests, an_input_date_must_be_storable, 0, (int)NITEMS(moments));
	tcase_add_loop_test(tests, values_have_the_form_of_their_type, 0, NITEMS(forms));
	suite_add_tcase(suite, tests);
	return suite;
}

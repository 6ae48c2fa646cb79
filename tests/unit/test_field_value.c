/* Values for fields, checked by the validation of workers, with every recorded type. */
#include "field_input.h"
#include "field_pattern.h"
#include "field_samples.h"
#include "field_value.h"
#include "json_read.h"
#include "recorded_types.h"
#include "suite.h"

enum { VALUES = 40, FEW = 2 /* values of a type that are enough to be distinct */ };

static struct arena arena;
static struct recorded_types types;

static void setup(void)
{
	recorded_types_read(&types, &arena);
	field_patterns_open(types.api);
}

static void teardown(void)
{
	field_patterns_close();
	arena_done(&arena);
}

static bool is_accepted(const struct field *f, struct str text)
{
	struct issues issues = { .arena = &arena };
	struct field_input input = { .arena = &arena, .field = f, .issues = &issues };
	struct json_error error;

	ck_assert_msg(json_read(&arena, text, &input.json, &error) == JSON_OK, "no JSON: %.*s",
		STR_ARGS(text));
	return field_input_read(&input);
}

START_TEST(values_are_valid)
{
	for (unsigned t = 0; t < types.count; t++)
		for (uint64_t n = 0; n < VALUES; n++) {
			struct str value = field_value(&arena, types.fields[t], n * n * n);
			ck_assert_msg(is_accepted(types.fields[t], value), "%.*s: %.*s",
				STR_ARGS(types.names[t]), STR_ARGS(value));
		}
}
END_TEST

START_TEST(values_differ)
{
	for (unsigned t = 0; t < types.count; t++) {
		const struct field *f = types.fields[t];
		struct str first = field_value(&arena, f, 0), other = first;
		if ((f->choices && f->choices->count < FEW) || f->len.max == 0)
			continue;
		for (uint64_t n = 1; n < VALUES && str_equal(other, first); n++)
			other = field_value(&arena, f, n);
		ck_assert_msg(!str_equal(other, first), "%.*s: always %.*s",
			STR_ARGS(types.names[t]), STR_ARGS(first));
	}
}
END_TEST

START_TEST(samples_are_what_they_say)
{
	for (unsigned t = 0; t < types.count; t++) {
		const struct field *f = types.fields[t];
		struct field_samples samples = field_samples(&arena, f, 1);
		ck_assert_uint_gt(samples.count, 10);
		for (unsigned i = 0; i < samples.count; i++) {
			const struct field_sample *s = &samples.list[i];
			bool accepted = is_accepted(f, s->json);
			ck_assert_msg(s->verdict == SAMPLE_EITHER ||
					      accepted == (s->verdict == SAMPLE_VALID),
				"%.*s, %s: %.*s is %s", STR_ARGS(types.names[t]), s->what,
				STR_ARGS(s->json), accepted ? "accepted" : "refused");
		}
	}
}
END_TEST

/* Of each bound there is what is just accepted and what is just not. */
START_TEST(bounds_are_probed_on_both_sides)
{
	static const struct field text = { .type = FIELD_STR, .len = { 2, 5 } };
	static const struct field number = {
		.type = FIELD_INT,
		.len = { 0, FIELD_UNBOUNDED },
		.limits = { [LIMIT_LE] = { .text = STR_INIT("9"), .integer = 9, .number = 9 },
			[LIMIT_GT] = { .text = STR_INIT("1"), .integer = 1, .number = 1 } },
	};
	static const struct {
		const struct field *field;
		const char *what;
		bool accepted;
	} rows[] = {
		{ &text, "min_length", true },
		{ &text, "min_length - 1", false },
		{ &text, "max_length", true },
		{ &text, "max_length + 1", false },
		{ &number, "le", true },
		{ &number, "le + 1", false },
		{ &number, "gt", false },
		{ &number, "gt + 1", true },
	};

	for (size_t r = 0; r < NITEMS(rows); r++) {
		struct field_samples samples = field_samples(&arena, rows[r].field, 1);
		unsigned i = 0;
		while (i < samples.count && strcmp(samples.list[i].what, rows[r].what) != 0)
			i++;
		ck_assert_msg(i < samples.count, "no %s", rows[r].what);
		ck_assert_msg(is_accepted(rows[r].field, samples.list[i].json) == rows[r].accepted,
			"%s: %.*s", rows[r].what, STR_ARGS(samples.list[i].json));
	}
}
END_TEST

START_TEST(lengths_are_exact)
{
	static const struct field fields[] = {
		{ .type = FIELD_EMAIL, .len = { 0, FIELD_UNBOUNDED } },
		{ .type = FIELD_URL, .len = { 0, FIELD_UNBOUNDED } },
		{ .type = FIELD_STR, .len = { 0, FIELD_UNBOUNDED } },
	};

	for (size_t f = 0; f < NITEMS(fields); f++)
		for (size_t length = FIELD_VALUE_URL_LEAST; length <= 254; length++) {
			struct str json = field_value_of_length(&arena, &fields[f], length, length);
			ck_assert_uint_eq(json.len, length + 2);
			ck_assert_msg(is_accepted(&fields[f], json), "%.*s", STR_ARGS(json));
		}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("field_value");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, values_are_valid);
	tcase_add_test(tc, values_differ);
	tcase_add_test(tc, samples_are_what_they_say);
	tcase_add_test(tc, bounds_are_probed_on_both_sides);
	tcase_add_test(tc, lengths_are_exact);
	suite_add_tcase(suite, tc);
	return suite;
}

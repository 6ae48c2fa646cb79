#include "field_samples.h"

#include "field_value.h"

#include <inttypes.h>
#include <math.h>

enum { SAMPLES_MOST = 256, EMAIL_MOST = 254 /* RFC 5321 4.5.3.1.3, without the brackets */ };

struct sampling {
	struct arena *arena;
	const struct field *field;
	uint64_t n;
	struct field_samples *out;
};

static void add(struct sampling *s, const char *what, enum sample_verdict verdict, struct str json)
{
	if (s->out->count < SAMPLES_MOST)
		s->out->list[s->out->count++] = (struct field_sample){ what, json, verdict };
}

/* Bounds of numbers. */

static const struct {
	const char *at, *beyond;
	int direction; /* of what is beyond the bound */
	bool included;
} bounds[LIMIT__COUNT] = {
	[LIMIT_LE] = { "le", "le + 1", 1, true },
	[LIMIT_LT] = { "lt", "lt - 1", -1, false },
	[LIMIT_GE] = { "ge", "ge - 1", -1, true },
	[LIMIT_GT] = { "gt", "gt + 1", 1, false },
};

/* The bound itself is valid, or one step inside of it is, unless another bound says otherwise. */
static void add_bound(struct sampling *s, enum field_limit which)
{
	const struct limit *limit = &s->field->limits[which];

	if (!limit->text.ptr || which == LIMIT_MULTIPLE_OF)
		return;
	add(s, bounds[which].at, bounds[which].included ? SAMPLE_EITHER : SAMPLE_INVALID,
		limit->text);
	double next = limit->number + bounds[which].direction;
	add(s, bounds[which].beyond, bounds[which].included ? SAMPLE_INVALID : SAMPLE_EITHER,
		arena_printf(s->arena, "%.17g", next));
}

static void add_multiple(struct sampling *s)
{
	const struct limit *limit = &s->field->limits[LIMIT_MULTIPLE_OF];

	if (limit->text.ptr)
		add(s, "no multiple", SAMPLE_EITHER,
			arena_printf(s->arena, "%.15g", limit->number * 1.5));
}

static void add_number_bounds(struct sampling *s)
{
	for (int which = 0; which < LIMIT__COUNT; which++)
		add_bound(s, (enum field_limit)which);
	add_multiple(s);
}

static struct str nines(struct arena *arena, uint32_t whole, uint32_t places)
{
	char *digits = arena_alloc(arena, (size_t)whole + places + 1);

	memset(digits, '9', (size_t)whole + places);
	return arena_printf(arena, "\"%s%.*s%s%.*s\"", whole == 0 ? "0" : "", (int)whole, digits,
		places > 0 ? "." : "", (int)places, digits);
}

static void add_decimal_bounds(struct sampling *s)
{
	const struct field *f = s->field;
	uint32_t places = f->places == FIELD_UNBOUNDED ? 0 : f->places;

	add_number_bounds(s);
	if (f->places != FIELD_UNBOUNDED) {
		add(s, "decimal_places", SAMPLE_EITHER, nines(s->arena, 0, places));
		add(s, "decimal_places + 1", SAMPLE_INVALID, nines(s->arena, 0, places + 1));
	}
	if (f->digits != FIELD_UNBOUNDED) {
		add(s, "max_digits", SAMPLE_EITHER, nines(s->arena, f->digits - places, places));
		add(s, "max_digits + 1", SAMPLE_INVALID,
			nines(s->arena, f->digits - places + 1, places));
	}
}

/* Bounds of lengths. */

static size_t least_length(const struct field *f)
{
	if (f->type == FIELD_EMAIL)
		return FIELD_VALUE_EMAIL_LEAST;
	return f->type == FIELD_URL ? FIELD_VALUE_URL_LEAST : 0;
}

static void add_length(
	struct sampling *s, const char *what, enum sample_verdict verdict, size_t length)
{
	if (length < least_length(s->field))
		return;
	if (s->field->pattern.ptr || (s->field->type == FIELD_EMAIL && length > EMAIL_MOST))
		verdict = verdict == SAMPLE_VALID ? SAMPLE_EITHER : verdict;
	add(s, what, verdict, field_value_of_length(s->arena, s->field, s->n, length));
}

static void add_text_bounds(struct sampling *s)
{
	const struct field *f = s->field;

	if (f->len.min > 0) {
		add_length(s, "min_length", SAMPLE_VALID, f->len.min);
		add_length(s, "min_length - 1", SAMPLE_INVALID, f->len.min - 1);
	}
	if (f->len.max != FIELD_UNBOUNDED) {
		add_length(s, "max_length", SAMPLE_VALID, f->len.max);
		add_length(s, "max_length + 1", SAMPLE_INVALID, (size_t)f->len.max + 1);
	}
}

static void add_choices(struct sampling *s)
{
	for (unsigned i = 0; i < s->field->choices->count; i++)
		add(s, "another choice", SAMPLE_VALID, field_value(s->arena, s->field, i));
}

/* Arrays: of each length at a bound, and of each sample of an item. */

static void add_items(
	struct sampling *s, const char *what, enum sample_verdict verdict, size_t items)
{
	add(s, what, verdict, field_value_of_items(s->arena, s->field, s->n, items));
}

static void add_array_bounds(struct sampling *s)
{
	const struct field *f = s->field;
	struct field_samples of_item = field_samples(s->arena, f->items, s->n);

	if (f->len.min > 0) {
		add_items(s, "min_length", SAMPLE_VALID, f->len.min);
		add_items(s, "min_length - 1", SAMPLE_INVALID, f->len.min - 1);
	}
	if (f->len.max != FIELD_UNBOUNDED) {
		add_items(s, "max_length", SAMPLE_VALID, f->len.max);
		add_items(s, "max_length + 1", SAMPLE_INVALID, (size_t)f->len.max + 1);
	}
	for (unsigned i = 0; i < of_item.count; i++) {
		const struct field_sample *sample = &of_item.list[i];
		add(s, arena_printf(s->arena, "an item: %s", sample->what).ptr, SAMPLE_EITHER,
			arena_printf(s->arena, "[%.*s]", STR_ARGS(sample->json)));
	}
}

static void (*const add_bounds[FIELD_TYPE__COUNT])(struct sampling *) = {
	[FIELD_INT] = add_number_bounds,
	[FIELD_NUMBER] = add_number_bounds,
	[FIELD_DECIMAL] = add_decimal_bounds,
	[FIELD_STR] = add_text_bounds,
	[FIELD_TEXT] = add_text_bounds,
	[FIELD_EMAIL] = add_text_bounds,
	[FIELD_URL] = add_text_bounds,
	[FIELD_ENUM] = add_choices,
	[FIELD_LITERAL] = add_choices,
	[FIELD_ARRAY] = add_array_bounds,
	[FIELD_LINKS] = add_array_bounds,
};

/* Forms. */

struct form {
	const char *what, *json;
};

/* For fields of every type. */
static const struct form others[] = {
	{ "null", "null" },
	{ "true", "true" },
	{ "0", "0" },
	{ "1", "1" },
	{ "a negative number", "-1" },
	{ "a fraction", "1.5" },
	{ "a whole float", "2.0" },
	{ "beyond 64 bits", "9223372036854775808" },
	{ "below 64 bits", "-9223372036854775809" },
	{ "beyond doubles", "1e400" },
	{ "NaN", "NaN" },
	{ "an empty text", "\"\"" },
	{ "a blank", "\" \"" },
	{ "a word", "\"word\"" },
	{ "a number as a text", "\"12\"" },
	{ "a number with blanks", "\" 12 \"" },
	{ "a text beyond ASCII", "\"\\u00e9\xE2\x82\xAC\\ud83d\\ude00\"" },
	{ "quotes and controls", "\"a\\\"b\\\\c\\n\\u0001\"" },
	{ "a NUL", "\"a\\u0000b\"" },
	{ "a lone surrogate", "\"\\ud800\"" },
	{ "an empty array", "[]" },
	{ "an array", "[1]" },
	{ "an empty object", "{}" },
	{ "an object", "{\"a\":[1,null]}" },
};

enum { FORMS_MOST = 8 };

static const struct form forms[FIELD_TYPE__COUNT][FORMS_MOST] = {
	[FIELD_INT] = { { "an underscore", "\"1_000\"" }, { "a sign", "\"+1\"" },
		{ "a leading zero", "\"007\"" }, { "an exponent", "1e2" }, { "-0", "-0" } },
	[FIELD_NUMBER] = { { "a fraction as a text", "\"1.5\"" }, { "inf", "\"inf\"" },
		{ "nan", "\"nan\"" }, { "Infinity", "Infinity" }, { "-0.0", "-0.0" },
		{ "many digits", "0.1234567890123456789" } },
	[FIELD_DECIMAL] = { { "a fraction as a text", "\"1.50\"" }, { "an exponent", "\"1E+2\"" },
		{ "NaN", "\"NaN\"" }, { "-0", "\"-0.00\"" },
		{ "many digits", "\"123456789012345678901234567890.5\"" } },
	[FIELD_BOOL] = { { "yes", "\"yes\"" }, { "Off", "\"Off\"" }, { "T", "\"T\"" }, { "2", "2" },
		{ "1 as a text", "\"1\"" } },
	[FIELD_STR] = { { "white space around", "\"  padded \\t\"" },
		{ "both cases", "\"MiXed\"" } },
	[FIELD_TEXT] = { { "white space around", "\"  padded \\t\"" },
		{ "both cases", "\"MiXed\"" } },
	[FIELD_EMAIL] = { { "both cases", "\"Ada@EXAMPLE.Com\"" },
		{ "a name before it", "\"Ada <ada@example.com>\"" }, { "no domain", "\"ada@\"" },
		{ "no dot", "\"ada@localhost\"" }, { "two dots", "\"a..b@example.com\"" },
		{ "beyond ASCII", "\"ada@m\\u00fcnchen.de\"" }, { "blanks", "\" ada@b.co \"" } },
	[FIELD_URL] = { { "no path", "\"https://example.com\"" },
		{ "both cases", "\"HTTP://EXAMPLE.com/A\"" }, { "ftp", "\"ftp://example.com/\"" },
		{ "no scheme", "\"example.com\"" }, { "no host", "\"http:///\"" },
		{ "a port", "\"http://example.com:80/a?b#c\"" },
		{ "beyond ASCII", "\"https://m\\u00fcnchen.de/\\u00e9\"" } },
	[FIELD_UUID] = { { "upper case", "\"01234567-89AB-4DEF-8123-456789ABCDEF\"" },
		{ "no hyphens", "\"0123456789ab4def8123456789abcdef\"" },
		{ "braces", "\"{01234567-89ab-4def-8123-456789abcdef}\"" },
		{ "a URN", "\"urn:uuid:01234567-89ab-4def-8123-456789abcdef\"" },
		{ "too short", "\"01234567-89ab-4def-8123-456789abcde\"" } },
	[FIELD_DATE] = { { "no such day", "\"2026-02-30\"" }, { "without hyphens", "\"20260131\"" },
		{ "a datetime at midnight", "\"2026-01-31T00:00:00\"" },
		{ "a datetime", "\"2026-01-31T12:00:00\"" }, { "a timestamp", "1769817600" },
		{ "year 0", "\"0000-01-01\"" } },
	[FIELD_TIME] = { { "without seconds", "\"12:34\"" }, { "24 hours", "\"24:00:00\"" },
		{ "a fraction", "\"12:34:56.789\"" }, { "a zone", "\"12:34:56+02:00\"" },
		{ "seconds", "3600" } },
	[FIELD_DATETIME] = { { "UTC", "\"2026-01-31T12:34:56Z\"" },
		{ "a zone", "\"2026-01-31T12:34:56+02:00\"" },
		{ "a blank", "\"2026-01-31 12:34:56.5\"" }, { "a date", "\"2026-01-31\"" },
		{ "a timestamp", "1769817600.25" }, { "no such day", "\"2026-02-30T00:00:00\"" } },
	[FIELD_OBJECT] = { { "nested", "{\"a\":{\"b\":[{\"c\":1.0}]},\"\\u00e9\":\"\\u0000\"}" },
		{ "a key twice", "{\"a\":1,\"a\":2}" } },
};

static const struct form keys[] = {
	{ "an absent row", "999999999" },
	{ "a UUID of no row", "\"01234567-89ab-4def-8123-456789abcdef\"" },
};

static void add_forms(struct sampling *s, const struct form *list, size_t count)
{
	for (size_t i = 0; i < count && list[i].what; i++)
		add(s, list[i].what, SAMPLE_EITHER, str_from(list[i].json));
}

struct field_samples field_samples(struct arena *arena, const struct field *f, uint64_t n)
{
	struct field_samples samples = {
		.list = arena_calloc(arena, SAMPLES_MOST, sizeof(struct field_sample)),
	};
	struct sampling s = { arena, f, n, &samples };

	if (f->to)
		add_forms(&s, keys, NITEMS(keys));
	else
		add(&s, "another value", SAMPLE_VALID, field_value(arena, f, n));
	if (add_bounds[f->type])
		add_bounds[f->type](&s);
	add_forms(&s, forms[f->type], FORMS_MOST);
	add_forms(&s, others, NITEMS(others));
	return samples;
}

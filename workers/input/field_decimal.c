/* The reader of decimals: pydantic-core, src/validators/decimal.rs. */
#include "ascii.h"
#include "double_text.h"
#include "field_kinds.h"
#include "field_limits.h"
#include "py_decimal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* Limits. */

/* Pydantic makes a limit that is a float a decimal by its repr(), and one that is an int exactly.
 */
static struct py_decimal limit_decimal(struct arena *arena, const struct limit *limit)
{
	bool is_int = ascii_all(
		ASCII_DIGIT, str_from_index(limit->text, str_starts(limit->text, STR("-"))));
	struct str text = is_int ? limit->text : double_text(arena, limit->number);
	struct py_decimal d;

	return py_decimal_parse(arena, text, &d) == PY_DECIMAL_OK
		       ? d
		       : (struct py_decimal){ .digits = STR("0") };
}

static enum order compare_decimal(struct arena *arena, const void *value, const struct limit *limit)
{
	struct py_decimal bound = limit_decimal(arena, limit);

	return order_of(py_decimal_compare(value, &bound));
}

static bool decimal_is_multiple(struct arena *arena, const void *value, const struct limit *limit)
{
	struct py_decimal step = limit_decimal(arena, limit);

	return py_decimal_is_multiple(arena, value, &step);
}

/* FastAPI writes a decimal in ctx as an int, or as a float if it has decimal places. */
static void write_decimal(struct arena *arena, const struct limit *limit, struct issue *issue)
{
	struct py_decimal bound = limit_decimal(arena, limit);

	issue->bound = py_decimal_str(arena, &bound);
	issue->bound_json = bound.exponent >= 0 ? py_decimal_plain(arena, &bound)
						: double_text(arena, limit->number);
}

static const struct limit_rules rules = { compare_decimal, decimal_is_multiple, write_decimal };

/* Digits. */

struct counts {
	uint64_t digits, places;
};

static struct counts count_digits(const struct py_decimal *d)
{
	uint64_t digits = d->digits.len;

	if (d->exponent >= 0)
		return (struct counts){ digits + (uint64_t)d->exponent, 0 };
	uint64_t places = -(uint64_t)d->exponent;
	return (struct counts){ digits > places ? digits : places, places };
}

static uint64_t whole_digits(struct counts counts)
{
	return counts.digits - counts.places;
}

/* A number is within a maximum if it is as given, or without zeros at its end. */
static bool digits_hold(struct field_input *input, const struct py_decimal *d)
{
	uint64_t digits = input->field->digits, places = input->field->places;
	bool limits_digits = digits != FIELD_UNBOUNDED, limits_places = places != FIELD_UNBOUNDED;

	if (!limits_digits && !limits_places)
		return true;
	struct py_decimal normal = py_decimal_normalize(input->arena, d);
	struct counts a = count_digits(d), b = count_digits(&normal);
	if (limits_digits && a.digits > digits && b.digits > digits)
		return field_issue(input, ISSUE_TOO_MANY_DIGITS, (int64_t)digits);
	if (limits_places && a.places > places && b.places > places)
		return field_issue(input, ISSUE_TOO_MANY_PLACES, (int64_t)places);
	if (!limits_digits || !limits_places)
		return true;
	uint64_t whole = digits > places ? digits - places : 0;
	if (whole_digits(a) > whole && whole_digits(b) > whole)
		return field_issue(input, ISSUE_TOO_MANY_WHOLE_DIGITS, (int64_t)whole);
	return true;
}

/* Reading. */

static enum py_decimal_outcome convert(struct field_input *input, struct py_decimal *d)
{
	const struct json *json = input->json;
	enum py_decimal_outcome outcome;

	switch (json->type) {
	case JSON_FLOAT:
		if (!isfinite(json->number))
			return PY_DECIMAL_NOT_FINITE;
		return py_decimal_parse(input->arena, double_text(input->arena, json->number), d);
	case JSON_INT:
		outcome = py_decimal_parse(input->arena, json->text, d);
		if (str_equal(d->digits, STR("0")))
			d->negative = false;
		return outcome;
	default:
		return py_decimal_parse(input->arena, json->text, d);
	}
}

/* Not inlined, as only numbers of hundreds of digits or of great exponents need it. */
static __attribute__((noinline)) bool rounds_to_infinity(struct arena *arena, struct str decimal)
{
	return isinf(strtod(arena_copy(arena, decimal).ptr, NULL));
}

/* SQLite has doubles for decimals. */
static bool is_beyond_doubles(
	struct field_input *input, const struct py_decimal *d, struct str decimal)
{
	return (int64_t)d->digits.len + d->exponent > DBL_MAX_10_EXP &&
	       rounds_to_infinity(input->arena, decimal);
}

bool read_decimal(struct field_input *input)
{
	struct py_decimal d = { .digits = STR("0") };
	enum py_decimal_outcome outcome = convert(input, &d);

	if (outcome == PY_DECIMAL_NOT_FINITE)
		return field_issue(input, ISSUE_NOT_FINITE, 0);
	if (outcome == PY_DECIMAL_SYNTAX)
		return field_issue(input, ISSUE_NOT_A_DECIMAL, 0);
	if (!digits_hold(input, &d) || !field_limits_hold(input, &rules, &d))
		return false;
	struct str text = py_decimal_str(input->arena, &d);
	if (!input->array && is_beyond_doubles(input, &d, text))
		return field_unstorable(input, ISSUE_NOT_FINITE);
	input->value = value_text(text);
	return true;
}

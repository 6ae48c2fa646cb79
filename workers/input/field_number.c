/* The reader of floats: pydantic-core, src/validators/float.rs and src/input/shared.rs. */
#include "ascii.h"
#include "double_text.h"
#include "field_kinds.h"
#include "field_limits.h"
#include "py_decimal.h"
#include "white_space.h"

#include <math.h>
#include <stdlib.h>

/* Limits. */

static enum order compare_number(struct arena *arena, const void *value, const struct limit *limit)
{
	double number = *(const double *)value;

	(void)arena;
	if (isnan(number))
		return ORDER_NONE;
	return order_of((number > limit->number) - (number < limit->number));
}

/* The nearest integer, away from zero if two are equally near. */
static double nearest_integer(double number)
{
	double whole, fraction = modf(number, &whole);

	return fabs(fraction) < 0.5 ? whole : whole + copysign(1, number);
}

/* As in Pydantic, a NaN is a multiple of all, and an infinity too. */
static bool number_is_multiple(struct arena *arena, const void *value, const struct limit *limit)
{
	const double tolerance = 1e-9;
	double number = *(const double *)value;
	double nearest = nearest_integer(number / limit->number) * limit->number;

	(void)arena;
	return !(fabs(number - nearest) > tolerance);
}

/* The message has Rust's form of an f64, ctx has Python's: "0" and 0.0. */
static void write_number(struct arena *arena, const struct limit *limit, struct issue *issue)
{
	struct py_decimal d;

	issue->bound_json = double_text(arena, limit->number);
	if (py_decimal_parse(arena, issue->bound_json, &d) == PY_DECIMAL_OK)
		issue->bound = py_decimal_plain(arena, &d);
}

static const struct limit_rules rules = { compare_number, number_is_multiple, write_number };

/* Texts. */

static bool is_word(struct str s)
{
	return ascii_equal_nocase(s, STR("inf")) || ascii_equal_nocase(s, STR("infinity")) ||
	       ascii_equal_nocase(s, STR("nan"));
}

static struct str skip_sign(struct str s)
{
	return str_from_index(s, str_starts(s, STR("-")) || str_starts(s, STR("+")));
}

static struct str skip_digits(struct str s)
{
	return str_from_index(s, ascii_span(ASCII_DIGIT, s));
}

/* True if s, without a sign, is a number of Rust's f64::from_str: "1", "1.", ".5", "1e+5". */
static bool is_number(struct str s)
{
	struct str rest = skip_digits(s);
	size_t digits = s.len - rest.len;

	if (str_starts(rest, STR("."))) {
		struct str fraction = str_from_index(rest, 1);
		rest = skip_digits(fraction);
		digits += fraction.len - rest.len;
	}
	if (digits == 0 || rest.len == 0)
		return digits > 0;
	if (*rest.ptr != 'e' && *rest.ptr != 'E')
		return false;
	struct str exponent = skip_sign(str_from_index(rest, 1));
	return exponent.len > 0 && ascii_all(ASCII_DIGIT, exponent);
}

/* f64::from_str. */
static bool parse(struct arena *arena, struct str text, double *number)
{
	struct str unsigned_text = skip_sign(text);

	if (!is_word(unsigned_text) && !is_number(unsigned_text))
		return false;
	*number = strtod(arena_copy(arena, text).ptr, NULL);
	return true;
}

/* False if there are no underscores, or one that is not between two other characters. */
static bool strip_underscores(struct arena *arena, struct str text, struct str *stripped)
{
	char *out = arena_alloc(arena, text.len);
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] != '_')
			out[n++] = text.ptr[i];
		else if (i == 0 || i == text.len - 1 || text.ptr[i - 1] == '_')
			return false;
	}
	*stripped = (struct str){ out, n };
	return n < text.len;
}

/* str_as_float: white space may surround a number, or underscores be in it, not both. */
static bool parse_text(struct arena *arena, struct str text, double *number)
{
	struct str stripped;

	return parse(arena, white_space_trim(text), number) ||
	       (strip_underscores(arena, text, &stripped) && parse(arena, stripped, number));
}

/* Reading. */

static bool convert(struct field_input *input, double *number)
{
	const struct json *json = input->json;

	switch (json->type) {
	case JSON_FLOAT:
		*number = json->number;
		return true;
	case JSON_INT:
		*number = strtod(arena_copy(input->arena, json->text).ptr, NULL) + 0.0;
		return isfinite(*number) || field_issue(input, ISSUE_NUMBER_TYPE, 0);
	case JSON_STRING:
		if (json->has_surrogate)
			return field_issue(input, ISSUE_NOT_UNICODE, 0);
		return parse_text(input->arena, json->text, number) ||
		       field_issue(input, ISSUE_NOT_A_NUMBER, 0);
	default:
		*number = json->type == JSON_TRUE;
		return true;
	}
}

/* SQLite stores a NaN as NULL. The items of an array are stored otherwise. */
static bool accept_nan(struct field_input *input)
{
	return input->array || input->field->flags & FIELD_NULLABLE ||
	       field_unstorable(input, ISSUE_NOT_FINITE);
}

bool read_number(struct field_input *input)
{
	double number = 0;

	if (!convert(input, &number))
		return false;
	if (input->field->flags & FIELD_FINITE && !isfinite(number))
		return field_issue(input, ISSUE_NOT_FINITE, 0);
	if (!field_limits_hold(input, &rules, &number))
		return false;
	input->value = value_number(number);
	return !isnan(number) || accept_nan(input);
}

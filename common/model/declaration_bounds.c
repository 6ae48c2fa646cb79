/* The bounds of a field: which values are within them, and which bounds contradict each other. */
#include "declaration_reading.h"

#include "plain_decimal.h"
#include "utf8.h"

/* Values. */

static bool length_fits(struct reading *r, const struct spot *spot, const struct field *f,
	const struct value *value)
{
	size_t count;

	if (!utf8_count(value->text, &count))
		return reading_refuse_found(r, spot, "allowed is valid Unicode text");
	if (count < f->len.min)
		return reading_refuse_found(
			r, spot, "allowed are at least %u characters (min_length)", f->len.min);
	if (f->len.max != FIELD_UNBOUNDED && count > f->len.max)
		return reading_refuse_found(
			r, spot, "allowed are at most %u characters (max_length)", f->len.max);
	return true;
}

static bool digits_fit(struct reading *r, const struct spot *spot, const struct field *f,
	const struct value *value)
{
	uint32_t digits, places;

	plain_decimal_count(value->text, &digits, &places);
	if (digits > f->digits)
		return reading_refuse_found(
			r, spot, "allowed are at most %u digits (max_digits)", f->digits);
	if (places > f->places)
		return reading_refuse_found(r, spot,
			"allowed are at most %u decimal places (decimal_places)", f->places);
	return true;
}

/* A value or a limit, in the form that its type has. */
struct number {
	struct str text;
	int64_t integer;
	double number;
};

static int compare_numbers(enum field_type type, const struct number *a, const struct number *b)
{
	if (type == FIELD_INT)
		return (a->integer > b->integer) - (a->integer < b->integer);
	if (type == FIELD_DECIMAL)
		return plain_decimal_compare(a->text, b->text);
	return (a->number > b->number) - (a->number < b->number);
}

/* As Pydantic does, in which a double may differ from a multiple by a billionth. */
static bool is_multiple(double number, double divisor)
{
	double size = number < 0 ? -number : number, quotient = size / divisor;

	if (quotient >= 9007199254740992.0) /* 2^53: all are whole numbers */
		return true;
	double rest = size - (double)(int64_t)quotient * divisor, slack = size / 1e9;
	return rest <= slack || divisor - rest <= slack;
}

static bool divides(enum field_type type, const struct number *divisor, const struct number *number)
{
	if (type == FIELD_INT)
		return number->integer % divisor->integer == 0;
	if (type == FIELD_DECIMAL)
		return plain_decimal_divides(divisor->text, number->text);
	return is_multiple(number->number, divisor->number);
}

static const struct {
	const char *word;
	const char *allowed;
	int least, most; /* of the order of value and limit; no order for multiple_of */
} limit_words[LIMIT__COUNT] = {
	[LIMIT_MULTIPLE_OF] = { "multiple_of", "are multiples of", 0, 0 },
	[LIMIT_LE] = { "le", "is at most", -1, 0 },
	[LIMIT_LT] = { "lt", "is less than", -1, -1 },
	[LIMIT_GE] = { "ge", "is at least", 0, 1 },
	[LIMIT_GT] = { "gt", "is more than", 1, 1 },
};

static struct number number_of_limit(const struct limit *limit)
{
	return (struct number){ limit->text, limit->integer, limit->number };
}

static struct number number_of_value(enum field_type type, const struct value *value)
{
	return (struct number){
		.text = type == FIELD_DECIMAL ? value->text : STR(""),
		.integer = type == FIELD_INT ? value->integer : 0,
		.number = type == FIELD_NUMBER ? value->number : 0,
	};
}

static bool limit_fits(const struct field *f, enum field_limit l, const struct number *number)
{
	struct number limit = number_of_limit(&f->limits[l]);

	if (!f->limits[l].text.ptr)
		return true;
	if (l == LIMIT_MULTIPLE_OF)
		return divides(f->type, &limit, number);
	int order = compare_numbers(f->type, number, &limit);
	order = (order > 0) - (order < 0);
	return order >= limit_words[l].least && order <= limit_words[l].most;
}

static bool limits_fit(struct reading *r, const struct spot *spot, const struct field *f,
	const struct value *value)
{
	struct number number = number_of_value(f->type, value);

	for (unsigned l = 0; l < LIMIT__COUNT; l++)
		if (!limit_fits(f, (enum field_limit)l, &number))
			return reading_refuse_found(r, spot, "allowed %s %.*s (%s)",
				limit_words[l].allowed, STR_ARGS(f->limits[l].text),
				limit_words[l].word);
	return true;
}

bool declaration_check_value(struct reading *r, const struct spot *spot, const struct field *f,
	const struct value *value)
{
	if (f->type == FIELD_INT || f->type == FIELD_NUMBER)
		return limits_fit(r, spot, f, value);
	if (f->type == FIELD_DECIMAL)
		return digits_fit(r, spot, f, value) && limits_fit(r, spot, f, value);
	if (f->type == FIELD_STR || f->type == FIELD_TEXT || f->type == FIELD_EMAIL ||
		f->type == FIELD_URL)
		return length_fits(r, spot, f, value);
	return true;
}

/* Bounds. */

/* No number is between a lower and an upper limit. */
static bool is_empty(const struct field *f, enum field_limit low, enum field_limit high)
{
	struct number a = number_of_limit(&f->limits[low]), b = number_of_limit(&f->limits[high]);
	bool open = low == LIMIT_GT || high == LIMIT_LT;
	int64_t width;

	if (!f->limits[low].text.ptr || !f->limits[high].text.ptr)
		return false;
	if (f->type == FIELD_INT && low == LIMIT_GT && high == LIMIT_LT)
		return a.integer >= b.integer ||
		       (!__builtin_sub_overflow(b.integer, a.integer, &width) && width < 2);
	int order = compare_numbers(f->type, &a, &b);
	return order > 0 || (order == 0 && open);
}

static bool limits_agree(struct reading *r, const struct spot *spot, const struct field *f)
{
	static const enum field_limit lows[] = { LIMIT_GE, LIMIT_GT },
				      highs[] = { LIMIT_LE, LIMIT_LT };

	for (size_t i = 0; i < NITEMS(lows); i++)
		for (size_t j = 0; j < NITEMS(highs); j++)
			if (is_empty(f, lows[i], highs[j]))
				return reading_refuse_pair(r, spot, limit_words[lows[i]].word,
					limit_words[highs[j]].word);
	struct str divisor = f->limits[LIMIT_MULTIPLE_OF].text;
	if (f->type == FIELD_DECIMAL && divisor.ptr && !plain_decimal_divisor(divisor)) {
		struct spot word = spot_member(spot, "multiple_of");
		return reading_refuse_found(
			r, &word, "allowed are at most %d digits", PLAIN_DECIMAL_DIVISOR_MOST);
	}
	return true;
}

bool declaration_check_bounds(struct reading *r, const struct spot *spot, const struct field *f)
{
	if (f->len.min > f->len.max)
		return reading_refuse_pair(r, spot, "min_length", "max_length");
	if (f->digits != FIELD_UNBOUNDED && f->places != FIELD_UNBOUNDED && f->places > f->digits)
		return reading_refuse_pair(r, spot, "decimal_places", "max_digits");
	if (f->flags & FIELD_LOWER && f->flags & FIELD_UPPER)
		return reading_refuse_pair(r, spot, "to_upper", "to_lower");
	return limits_agree(r, spot, f);
}

#include "pg_value_decimal.h"

#include <stdlib.h>

enum {
	WHOLE_MOST = 131072,   /* digits before the point of a numeric without bounds */
	FRACTION_MOST = 16383, /* and after it */
	LEAST_EXPONENT = -6,   /* below it Python's str() of a decimal writes an exponent */
	EXPONENT_SIZE = 24
};

/* The parts of a decimal's text. */
struct parts {
	bool negative;
	struct str whole, fraction; /* their digits */
	int64_t exponent;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct str take_digits(struct str *rest)
{
	size_t n = 0;

	while (n < rest->len && is_digit(rest->ptr[n]))
		n++;
	struct str digits = { rest->ptr, n };
	*rest = str_from_index(*rest, n);
	return digits;
}

static bool take(struct str *rest, char c)
{
	bool there = rest->len > 0 && *rest->ptr == c;

	if (there)
		*rest = str_from_index(*rest, 1);
	return there;
}

/* An exponent has at most 18 digits in Python. */
static bool take_exponent(struct str *rest, int64_t *exponent)
{
	char copy[EXPONENT_SIZE];
	char *end;

	if (!take(rest, 'E'))
		return true;
	if (rest->len == 0 || rest->len >= sizeof(copy))
		return false;
	memcpy(copy, rest->ptr, rest->len);
	copy[rest->len] = '\0';
	*exponent = strtoll(copy, &end, 10);
	*rest = str_from_index(*rest, (size_t)(end - copy));
	return true;
}

static bool split(struct str text, struct parts *parts)
{
	*parts = (struct parts){ .negative = take(&text, '-') };
	parts->whole = take_digits(&text);
	if (take(&text, '.'))
		parts->fraction = take_digits(&text);
	return take_exponent(&text, &parts->exponent) && text.len == 0 &&
	       parts->whole.len + parts->fraction.len > 0;
}

static char digit_at(const struct parts *parts, size_t i)
{
	return i < parts->whole.len ? parts->whole.ptr[i]
				    : parts->fraction.ptr[i - parts->whole.len];
}

static size_t count_digits(const struct parts *parts)
{
	return parts->whole.len + parts->fraction.len;
}

static size_t count_leading_zeros(const struct parts *parts)
{
	size_t n = 0;

	while (n < count_digits(parts) && digit_at(parts, n) == '0')
		n++;
	return n;
}

/* True if the number, rounded to so many significant digits, gets one more before the point. */
static bool rounds_up(const struct parts *parts, size_t significant)
{
	size_t first = count_leading_zeros(parts), digits = count_digits(parts);

	if (digits - first <= significant || digit_at(parts, first + significant) < '5')
		return false;
	for (size_t i = first; i < first + significant; i++)
		if (digit_at(parts, i) != '9')
			return false;
	return true;
}

/* The digits after the point of a column with bounds. */
static uint32_t places_of(const struct field *f)
{
	return f->places == FIELD_UNBOUNDED ? 0 : f->places;
}

bool pg_value_decimal_fits(const struct field *f, struct str decimal)
{
	struct parts parts;

	if (!split(decimal, &parts) || parts.exponent > WHOLE_MOST ||
		parts.exponent < -FRACTION_MOST)
		return false;
	int64_t before = (int64_t)parts.whole.len + parts.exponent;
	if (before > WHOLE_MOST || (int64_t)count_digits(&parts) - before > FRACTION_MOST)
		return false;
	int64_t significant = before - (int64_t)count_leading_zeros(&parts);
	if (f->digits == FIELD_UNBOUNDED || count_leading_zeros(&parts) == count_digits(&parts))
		return true;
	int64_t room = (int64_t)f->digits - places_of(f);
	return significant < room || (significant == room && !rounds_up(&parts, f->digits));
}

bool pg_value_decimal_keeps(const struct field *f, struct str decimal)
{
	struct parts parts;

	if (!split(decimal, &parts) || memchr(decimal.ptr, 'E', decimal.len))
		return false;
	/* A numeric has no negative zero. */
	if (parts.negative && count_leading_zeros(&parts) == count_digits(&parts))
		return false;
	return f->digits == FIELD_UNBOUNDED || parts.fraction.len == places_of(f);
}

/* The exponent of the first digit that is not 0; of 0 that of its last digit. */
static int64_t exponent_of(const struct parts *parts)
{
	size_t zeros = count_leading_zeros(parts);

	if (zeros == count_digits(parts))
		return -(int64_t)parts->fraction.len;
	return (int64_t)parts->whole.len - (int64_t)zeros - 1;
}

static struct str write_exponent(struct arena *arena, const struct parts *parts, int64_t exponent)
{
	size_t first = count_leading_zeros(parts);

	if (first == count_digits(parts))
		first--;
	struct str digits = str_from_index(parts->fraction, first - parts->whole.len);
	return arena_printf(arena, "%s%c%s%.*sE%+lld", parts->negative ? "-" : "", *digits.ptr,
		digits.len > 1 ? "." : "", STR_ARGS(str_from_index(digits, 1)),
		(long long)exponent);
}

bool pg_value_decimal_read(struct arena *arena, struct str text, struct str *decimal)
{
	struct parts parts;

	if (!split(text, &parts) || parts.exponent != 0)
		return false;
	int64_t exponent = exponent_of(&parts);
	*decimal = exponent < LEAST_EXPONENT ? write_exponent(arena, &parts, exponent) : text;
	return true;
}

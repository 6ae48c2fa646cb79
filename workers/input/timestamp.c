#include "timestamp.h"

#include "ascii.h"
#include "civil.h"

#include <math.h>
#include <stdlib.h>

#define SECONDS_LIMIT    INT64_C(20000000000)  /* greater timestamps are in milliseconds */
#define SECONDS_OF_0000  INT64_C(-62167219200) /* 0000-01-01T00:00:00 */
#define SECONDS_OF_10000 (CIVIL_END / CIVIL_SECOND)

#define MILLION 1000000
#define A_DAY   (CIVIL_DAY / CIVIL_SECOND)

static const char not_a_number[] = "NaN values not permitted";
static const char too_large[] = "numeric times may not exceed 86,399 seconds";

/* A number split as speedate splits it. */
struct parts {
	int64_t whole; /* seconds or milliseconds */
	uint32_t microseconds;
};

static bool is_milliseconds(int64_t whole)
{
	return whole > SECONDS_LIMIT || whole < -SECONDS_LIMIT;
}

/* DateTime::from_timestamp_with_config. */
static const char *add_up(struct parts p, struct timestamp *t)
{
	int64_t seconds = p.whole, microseconds = 0;

	if (is_milliseconds(p.whole)) {
		seconds = p.whole / 1000;
		microseconds = p.whole % 1000 * 1000;
	}
	if (microseconds < 0) {
		seconds--;
		microseconds += MILLION;
	}
	microseconds += p.microseconds;
	if (microseconds > UINT32_MAX)
		return too_large;
	seconds += microseconds / MILLION;
	if (seconds < SECONDS_OF_0000)
		return "dates before 0000 are not supported as unix timestamps";
	if (seconds >= SECONDS_OF_10000)
		return "dates after 9999 are not supported as unix timestamps";
	*t = (struct timestamp){ seconds, (uint32_t)(microseconds % MILLION) };
	return NULL;
}

/* floor(3), and round(3) of a number that is not negative, by modf(3), which is in libc. */

static double floor_of(double number)
{
	double whole, fraction = modf(number, &whole);

	return whole - (fraction < 0);
}

static double round_of(double number)
{
	double whole, fraction = modf(number, &whole);

	return whole + (fraction >= 0.5);
}

/* As casts in Rust: beyond the type's bounds, the nearest value. */

static int64_t saturate(double number)
{
	if (number >= 0x1p63)
		return INT64_MAX;
	return number < -0x1p63 ? INT64_MIN : (int64_t)number;
}

static uint32_t saturate_unsigned(double number)
{
	if (!(number > 0))
		return 0;
	return number >= 0x1p32 ? UINT32_MAX : (uint32_t)number;
}

/* The fraction is added to the next lower integer, which is wrong by twice the fraction for a
 * negative number, but so does pydantic-core. */
static struct parts split(double number, double unit)
{
	double whole, fraction = fabs(modf(number, &whole));

	return (struct parts){ saturate(floor_of(number)), (uint32_t)round_of(fraction * unit) };
}

/* An integer of JSON; beyond 64 bits, the nearest value. */
static int64_t read_json_integer(struct str digits)
{
	bool negative = str_starts(digits, STR("-"));
	int64_t value = 0; /* negated: the least value has no positive counterpart */

	for (size_t i = negative; i < digits.len; i++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_sub_overflow(value, digits.ptr[i] - '0', &value))
			return negative ? INT64_MIN : INT64_MAX;
	}
	if (!negative && value == INT64_MIN)
		return INT64_MAX;
	return negative ? value : -value;
}

const char *timestamp_number(const struct json *number, struct timestamp *timestamp)
{
	if (number->type == JSON_INT)
		return add_up((struct parts){ read_json_integer(number->text), 0 }, timestamp);
	if (isnan(number->number))
		return not_a_number;
	bool milliseconds = fabs(number->number) > (double)SECONDS_LIMIT;
	return add_up(split(number->number, milliseconds ? 1e3 : 1e6), timestamp);
}

const char *timestamp_clock(const struct json *number, int64_t *microseconds)
{
	struct parts p = { 0, 0 };

	if (number->type == JSON_INT)
		p.whole = read_json_integer(number->text);
	else if (isnan(number->number))
		return not_a_number;
	else
		p = split(number->number, 1e6);
	if (p.whole < 0)
		return "time in seconds should be positive";
	if (p.whole >= A_DAY || p.whole + p.microseconds / MILLION >= A_DAY)
		return too_large;
	*microseconds = p.whole * MILLION + p.microseconds;
	return NULL;
}

/* Texts */

static bool take_sign(struct str *s)
{
	bool negative = str_starts(*s, STR("-"));

	if (negative || str_starts(*s, STR("+")))
		*s = str_from_index(*s, 1);
	return negative;
}

/* Reads the digits at the start of *s. A number beyond 64 bits wraps, as speedate lets it: it is
 * refused only if it becomes negative on the way. */
static bool take_digits(struct str *s, int64_t *number)
{
	size_t n = ascii_span(ASCII_DIGIT, *s);
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++) {
		value = value * 10 + (uint64_t)(s->ptr[i] - '0');
		if (value > INT64_MAX)
			return false;
	}
	*number = (int64_t)value;
	*s = str_from_index(*s, n);
	return true;
}

static bool read_digits(struct str text, int64_t *number)
{
	struct str rest = text;
	bool negative = take_sign(&rest);
	size_t length = rest.len;

	if (!take_digits(&rest, number) || length == 0 || rest.len > 0)
		return false;
	if (negative)
		*number = -*number;
	return true;
}

/* Digits with a point in or around them, and an exponent or not. */
static bool is_decimal(struct str s)
{
	int64_t ignored;

	take_sign(&s);
	size_t before = ascii_span(ASCII_DIGIT, s);
	if (!take_digits(&s, &ignored) || !str_starts(s, STR(".")))
		return false;
	s = str_from_index(s, 1);
	size_t after = ascii_span(ASCII_DIGIT, s);
	s = str_from_index(s, after);
	if (before + after == 0)
		return false;
	if (s.len == 0)
		return true;
	if ((s.ptr[0] | 0x20) != 'e')
		return false;
	s = str_from_index(s, 1);
	take_sign(&s);
	return s.len > 0 && ascii_span(ASCII_DIGIT, s) == s.len;
}

/* Unlike a number in JSON, a text in milliseconds is divided before its fraction is split off. */
static struct parts split_text(double number)
{
	double seconds = fabs(number) > (double)SECONDS_LIMIT ? number / 1000 : number;
	int64_t whole = saturate(floor_of(seconds));

	return (struct parts){ whole,
		saturate_unsigned(round_of((seconds - (double)whole) * 1e6)) };
}

bool timestamp_digits(struct str text, struct timestamp *timestamp, const char **reason)
{
	struct parts p = { 0, 0 };

	if (!read_digits(text, &p.whole))
		return false;
	*reason = add_up(p, timestamp);
	return true;
}

bool timestamp_text(
	struct arena *arena, struct str text, struct timestamp *timestamp, const char **reason)
{
	if (timestamp_digits(text, timestamp, reason))
		return true;
	if (!is_decimal(text))
		return false;
	*reason = add_up(split_text(strtod(arena_copy(arena, text).ptr, NULL)), timestamp);
	return true;
}

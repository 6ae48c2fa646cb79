#include "datetime_input.h"

#include "civil.h"

#include <math.h>
#include <stdlib.h>

#define SECONDS_LIMIT    INT64_C(20000000000)  /* greater timestamps are in milliseconds */
#define SECONDS_OF_0000  INT64_C(-62167219200) /* 0000-01-01T00:00:00 */
#define SECONDS_OF_0001  INT64_C(-62135596800) /* 0001-01-01T00:00:00 */
#define SECONDS_OF_10000 INT64_C(253402300800) /* the first second after the year 9999 */

#define MILLION 1000000

static const char year_zero[] = "year 0 is out of range";

/* The whole part and microseconds of a timestamp, before they are added. */
struct timestamp {
	int64_t whole;        /* seconds or milliseconds */
	int64_t microseconds; /* at least 0 */
};

/* Sets *moment, or returns the reason for a refusal. */
static const char *moment_of(struct timestamp t, int64_t *moment)
{
	int64_t seconds = t.whole, microseconds = t.microseconds;

	if (t.whole > SECONDS_LIMIT || t.whole < -SECONDS_LIMIT) {
		seconds = t.whole / 1000;
		microseconds += t.whole % 1000 * 1000;
	}
	if (microseconds < 0) {
		seconds--;
		microseconds += MILLION;
	}
	seconds += microseconds / MILLION;
	if (seconds < SECONDS_OF_0000)
		return "dates before 0000 are not supported as unix timestamps";
	if (seconds >= SECONDS_OF_10000)
		return "dates after 9999 are not supported as unix timestamps";
	if (seconds < SECONDS_OF_0001)
		return year_zero;
	*moment = seconds * MILLION + microseconds % MILLION;
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

/* As a cast in Rust: beyond 64 bits, the nearest value. */
static int64_t saturate(double number)
{
	if (number >= 0x1p63)
		return INT64_MAX;
	return number < -0x1p63 ? INT64_MIN : (int64_t)number;
}

enum datetime_input datetime_input_float(double timestamp, int64_t *moment, const char **reason)
{
	double whole, fraction = fabs(modf(timestamp, &whole));
	bool milliseconds = fabs(timestamp) > (double)SECONDS_LIMIT;

	if (isnan(timestamp)) {
		*reason = "NaN values not permitted";
		return DATETIME_INPUT_INVALID;
	}
	/* The fraction is added to the next lower integer, which is wrong by twice the fraction for
	 * a negative timestamp, but so does speedate. */
	struct timestamp t = { saturate(floor_of(timestamp)),
		(int64_t)round_of(fraction * (milliseconds ? 1e3 : 1e6)) };
	*reason = moment_of(t, moment);
	return *reason ? DATETIME_INPUT_INVALID : DATETIME_INPUT_OK;
}

enum datetime_input datetime_input_integer(struct str digits, int64_t *moment, const char **reason)
{
	bool negative = str_starts(digits, STR("-"));
	struct timestamp t = { 0, 0 };

	for (size_t i = negative; i < digits.len; i++) {
		if (__builtin_mul_overflow(t.whole, 10, &t.whole) ||
			__builtin_add_overflow(t.whole, digits.ptr[i] - '0', &t.whole)) {
			t.whole = INT64_MAX;
			break;
		}
	}
	if (negative)
		t.whole = -t.whole;
	*reason = moment_of(t, moment);
	return *reason ? DATETIME_INPUT_INVALID : DATETIME_INPUT_OK;
}

/* Texts. A cursor reads from the front; each function returns false if the text goes on otherwise.
 */

static bool take_char(struct str *s, const char *allowed)
{
	if (s->len == 0 || s->ptr[0] == '\0' || !strchr(allowed, s->ptr[0]))
		return false;
	*s = str_from_index(*s, 1);
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool take_digits(struct str *s, size_t n, int *number)
{
	*number = 0;
	if (s->len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!is_digit(s->ptr[i]))
			return false;
		*number = *number * 10 + (s->ptr[i] - '0');
	}
	*s = str_from_index(*s, n);
	return true;
}

/* YYYY-MM-DD. Returns NULL, or the reason for a refusal. */
static const char *take_date(struct str *s, struct civil *civil)
{
	if (s->len < strlen("YYYY-MM-DD"))
		return "input is too short";
	if (!take_digits(s, 4, &civil->year))
		return "invalid character in year";
	if (!take_char(s, "-"))
		return "invalid date separator, expected `-`";
	if (!take_digits(s, 2, &civil->month))
		return "invalid character in month";
	if (!take_char(s, "-"))
		return "invalid date separator, expected `-`";
	if (!take_digits(s, 2, &civil->day))
		return "invalid character in day";
	if (civil->month < 1 || civil->month > 12)
		return "month value is outside expected range of 1-12";
	if (!civil_is_day(civil->year, civil->month, civil->day))
		return "day value is outside expected range";
	return NULL;
}

/* At least one digit. Those after the sixth are dropped. */
static bool take_fraction(struct str *s, int *microseconds)
{
	size_t n = 0;

	*microseconds = 0;
	while (n < s->len && is_digit(s->ptr[n])) {
		if (n < 6)
			*microseconds = *microseconds * 10 + (s->ptr[n] - '0');
		n++;
	}
	for (size_t i = n; i < 6; i++)
		*microseconds *= 10;
	*s = str_from_index(*s, n);
	return n > 0;
}

/* HH:MM, HH:MM:SS or HH:MM:SS.ffffff. */
static bool take_time(struct str *s, struct civil *civil)
{
	if (!take_digits(s, 2, &civil->hour) || !take_char(s, ":") ||
		!take_digits(s, 2, &civil->minute))
		return false;
	if (take_char(s, ":")) {
		if (!take_digits(s, 2, &civil->second))
			return false;
		if (take_char(s, ".,") && !take_fraction(s, &civil->microsecond))
			return false;
	}
	return civil->hour <= 23 && civil->minute <= 59 && civil->second <= 59;
}

/* Nothing, Z, +HH:MM or +HHMM. The minus may be U+2212. */
static bool take_zone(struct str *s)
{
	const struct str minus = STR("\xe2\x88\x92");
	int hours, minutes;

	if (s->len == 0 || take_char(s, "Zz"))
		return true;
	if (str_starts(*s, minus))
		*s = str_from_index(*s, minus.len);
	else if (!take_char(s, "+-"))
		return false;
	if (!take_digits(s, 2, &hours))
		return false;
	take_char(s, ":");
	return take_digits(s, 2, &minutes) && hours <= 23 && minutes <= 59;
}

/* Returns NULL, or the reason for which the text is neither a date nor a datetime. */
static const char *read_civil(struct str text, struct civil *civil)
{
	const char *reason = take_date(&text, civil);

	if (reason || text.len == 0)
		return reason;
	if (take_char(&text, "Tt _") && take_time(&text, civil) && take_zone(&text) &&
		text.len == 0)
		return NULL;
	return "unexpected extra characters at the end of the input";
}

/* Digits with a sign or without. A number beyond 64 bits wraps, as speedate lets it: it is refused
 * only if it becomes negative on the way. */
static bool read_integer(struct str text, int64_t *number)
{
	bool negative = str_starts(text, STR("-"));
	uint64_t value = 0;

	if (text.len > 1)
		take_char(&text, "+-");
	for (size_t i = 0; i < text.len; i++) {
		if (!is_digit(text.ptr[i]))
			return false;
		value = value * 10 + (uint64_t)(text.ptr[i] - '0');
		if (value > INT64_MAX)
			return false;
	}
	*number = negative ? -(int64_t)value : (int64_t)value;
	return text.len > 0;
}

/* A decimal number with a point, and an exponent or not. */
static bool read_decimal(struct arena *arena, struct str text, double *number)
{
	struct str rest = text;
	int ignored;
	size_t digits = 0;

	take_char(&rest, "+-");
	for (; take_digits(&rest, 1, &ignored); digits++)
		;
	if (!take_char(&rest, "."))
		return false;
	for (; take_digits(&rest, 1, &ignored); digits++)
		;
	if (take_char(&rest, "eE")) {
		take_char(&rest, "+-");
		if (!take_digits(&rest, 1, &ignored))
			return false;
		while (take_digits(&rest, 1, &ignored))
			;
	}
	if (digits == 0 || rest.len > 0)
		return false;
	*number = strtod(arena_copy(arena, text).ptr, NULL);
	return true;
}

/* Unlike a number in JSON, a text in milliseconds is divided before its fraction is split off. */
static struct timestamp split(double number)
{
	double seconds = fabs(number) > (double)SECONDS_LIMIT ? number / 1000 : number;
	int64_t whole = saturate(floor_of(seconds));
	double microseconds = (seconds - (double)whole) * 1e6;

	/* They are far off if whole is the nearest value only; moment_of refuses that. */
	if (microseconds < 0 || microseconds > MILLION)
		microseconds = 0;
	return (struct timestamp){ whole, (int64_t)round_of(microseconds) };
}

enum datetime_input datetime_input_text(
	struct arena *arena, struct str text, int64_t *moment, const char **reason)
{
	struct civil civil = { 0 };
	struct timestamp t = { 0, 0 };
	double number;

	*reason = read_civil(text, &civil);
	if (!*reason && civil.year == 0) {
		*reason = year_zero;
		return DATETIME_INPUT_INVALID;
	}
	if (!*reason) {
		*moment = civil_to(&civil);
		return DATETIME_INPUT_OK;
	}
	if (read_integer(text, &t.whole)) {
		*reason = moment_of(t, moment);
	} else if (read_decimal(arena, text, &number)) {
		const char *refused = moment_of(split(number), moment);
		if (!refused || refused == year_zero)
			*reason = refused;
	}
	if (*reason == year_zero)
		return DATETIME_INPUT_INVALID;
	return *reason ? DATETIME_INPUT_NOT_A_DAY : DATETIME_INPUT_OK;
}

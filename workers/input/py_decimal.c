#include "py_decimal.h"

#include "ascii.h"
#include "unicode.h"

/* libmpdec's largest context, in which a text must be exact. */
#define EXPONENT_MAX INT64_C(999999999999999999)     /* MPD_MAX_EMAX, of the first digit */
#define EXPONENT_MIN (-INT64_C(1999999999999999997)) /* its Etiny, of the last digit */
#define EXPONENT_FAR INT64_C(4000000000000000000)    /* beyond both, whatever the digits are */

/* The default context. */
enum {
	PRECISION = 28,
	CONTEXT_MAX = 999999,
	CONTEXT_TINY = -999999 - (PRECISION - 1),
};

/* The exponent of the first digit. */
static int64_t adjusted(const struct py_decimal *d)
{
	return d->exponent + (int64_t)d->digits.len - 1;
}

static bool is_zero(const struct py_decimal *d)
{
	return d->digits.ptr[0] == '0';
}

/* The number of characters c at the start of s. */
static size_t span_of(struct str s, char c)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] == c)
		n++;
	return n;
}

static size_t zeros_at_end(struct str s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[s.len - 1 - n] == '0')
		n++;
	return n;
}

/* Without leading zeros; "0" if there is nothing else. */
static struct str strip_zeros(struct str digits)
{
	size_t zeros = span_of(digits, '0');

	return zeros == digits.len ? STR("0") : str_from_index(digits, zeros);
}

/* Reading. */

/* numeric_as_ascii of _decimal.c: without white space at the ends and without underscores, decimal
 * digits as ASCII. Any other code point beyond ASCII makes the text invalid, and so does NUL. */
static struct str as_ascii(struct arena *arena, struct str text)
{
	struct points points = unicode_decode(arena, text);
	char *out = arena_alloc(arena, points.len + 1);
	size_t from = 0, to = points.len, n = 0;

	while (to > 0 && unicode_facts(points.ptr[to - 1])->space)
		to--;
	while (from < to && unicode_facts(points.ptr[from])->space)
		from++;
	for (; from < to; from++) {
		uint32_t point = points.ptr[from];
		if (point != '_')
			out[n++] = point < 0x80 ? (char)point : unicode_digit(point);
	}
	return (struct str){ out, n };
}

static bool take(struct str *s, const char *any_of)
{
	if (s->len == 0 || s->ptr[0] == '\0' || !strchr(any_of, s->ptr[0]))
		return false;
	*s = str_from_index(*s, 1);
	return true;
}

static struct str take_digits(struct str *s)
{
	struct str digits = { s->ptr, ascii_span(ASCII_DIGIT, *s) };

	*s = str_from_index(*s, digits.len);
	return digits;
}

/* True if s, without a sign, is an infinity or a NaN, which may have a payload. */
static bool is_special(struct str s)
{
	static const struct str nans[] = { STR_INIT("nan"), STR_INIT("snan") };

	if (ascii_equal_nocase(s, STR("inf")) || ascii_equal_nocase(s, STR("infinity")))
		return true;
	for (size_t i = 0; i < NITEMS(nans); i++) {
		struct str head = { s.ptr, nans[i].len };
		if (s.len >= head.len && ascii_equal_nocase(head, nans[i]) &&
			ascii_all(ASCII_DIGIT, str_from_index(s, head.len)))
			return true;
	}
	return false;
}

/* The value of an exponent, or EXPONENT_FAR if it is greater. */
static int64_t exponent_of(struct str digits)
{
	int64_t value = 0;

	for (size_t i = 0; i < digits.len; i++) {
		if (value >= EXPONENT_FAR / 10)
			return EXPONENT_FAR;
		value = 10 * value + (digits.ptr[i] - '0');
	}
	return value;
}

/* Reads "e+12", or nothing. */
static bool take_exponent(struct str *s, int64_t *exponent)
{
	*exponent = 0;
	if (!take(s, "eE"))
		return true;
	bool negative = take(s, "-");
	if (!negative)
		take(s, "+");
	struct str digits = take_digits(s);
	*exponent = negative ? -exponent_of(digits) : exponent_of(digits);
	return digits.len > 0;
}

static struct str join(struct arena *arena, struct str a, struct str b)
{
	char *out = arena_alloc(arena, a.len + b.len + 1);

	memcpy(out, a.ptr, a.len);
	memcpy(out + a.len, b.ptr, b.len);
	return (struct str){ out, a.len + b.len };
}

enum py_decimal_outcome py_decimal_parse(struct arena *arena, struct str text, struct py_decimal *d)
{
	struct str s = as_ascii(arena, text);
	bool negative = take(&s, "-");

	if (!negative)
		take(&s, "+");
	if (is_special(s))
		return PY_DECIMAL_NOT_FINITE;
	struct str whole = take_digits(&s), fraction = STR("");
	if (take(&s, "."))
		fraction = take_digits(&s);
	struct py_decimal read = { .negative = negative };
	if (whole.len + fraction.len == 0 || !take_exponent(&s, &read.exponent) || s.len > 0)
		return PY_DECIMAL_SYNTAX;
	read.digits = strip_zeros(join(arena, whole, fraction));
	read.exponent -= (int64_t)fraction.len;
	int64_t first = is_zero(&read) ? read.exponent : adjusted(&read);
	if (first > EXPONENT_MAX || read.exponent < EXPONENT_MIN)
		return PY_DECIMAL_SYNTAX;
	*d = read;
	return PY_DECIMAL_OK;
}

/* Writing. */

static char *put(char *out, struct str s)
{
	memcpy(out, s.ptr, s.len);
	return out + s.len;
}

static char *put_zeros(char *out, size_t count)
{
	memset(out, '0', count);
	return out + count;
}

/* Writes digits with a point before the last `places` of them, and zeros if these are more. */
static char *put_point(char *out, struct str digits, size_t places)
{
	size_t whole = digits.len > places ? digits.len - places : 0;

	out = whole > 0 ? put(out, (struct str){ digits.ptr, whole }) : put(out, STR("0"));
	if (places > 0) {
		*out++ = '.';
		out = put_zeros(out, places - (digits.len - whole));
		out = put(out, str_from_index(digits, whole));
	}
	return out;
}

struct str py_decimal_str(struct arena *arena, const struct py_decimal *d)
{
	enum { SIGN_POINT_ZEROS_EXPONENT = 40 };
	char *text = arena_alloc(arena, d->digits.len + SIGN_POINT_ZEROS_EXPONENT);
	char *out = put(text, d->negative ? STR("-") : STR(""));

	if (d->exponent <= 0 && adjusted(d) >= -6) {
		out = put_point(out, d->digits, (size_t)-d->exponent);
	} else {
		out = put_point(out, d->digits, d->digits.len - 1);
		out = put(out, arena_printf(arena, "E%+lld", (long long)adjusted(d)));
	}
	return (struct str){ text, (size_t)(out - text) };
}

struct str py_decimal_plain(struct arena *arena, const struct py_decimal *d)
{
	size_t zeros = d->exponent > 0 ? (size_t)d->exponent : 0;
	size_t places = d->exponent < 0 ? (size_t)-d->exponent : 0;
	size_t cut = zeros_at_end(d->digits);

	cut = cut < places ? cut : places;
	if (is_zero(d))
		zeros = places = cut = 0;
	char *text = arena_alloc(arena, d->digits.len + zeros + places + 3);
	char *out = put(text, d->negative ? STR("-") : STR(""));
	out = put_point(out, (struct str){ d->digits.ptr, d->digits.len - cut }, places - cut);
	out = put_zeros(out, zeros);
	return (struct str){ text, (size_t)(out - text) };
}

/* Comparing. */

static int sign_of(const struct py_decimal *d)
{
	return is_zero(d) ? 0 : d->negative ? -1 : 1;
}

/* Of two coefficients whose first digits have the same weight. */
static int compare_digits(struct str a, struct str b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.ptr, b.ptr, common);

	if (order != 0)
		return order;
	struct str a_rest = str_from_index(a, common), b_rest = str_from_index(b, common);
	return (span_of(a_rest, '0') < a_rest.len) - (span_of(b_rest, '0') < b_rest.len);
}

int py_decimal_compare(const struct py_decimal *a, const struct py_decimal *b)
{
	int sign = sign_of(a);

	if (sign != sign_of(b))
		return sign - sign_of(b);
	if (sign == 0)
		return 0;
	if (adjusted(a) != adjusted(b))
		return adjusted(a) > adjusted(b) ? sign : -sign;
	return sign * compare_digits(a->digits, b->digits);
}

/* Arithmetic. */

/* True if a coefficient of which only the first `keep` digits are kept is rounded up. */
static bool rounds_up(struct str digits, size_t keep)
{
	struct str rest = str_from_index(digits, keep + 1);

	if (digits.ptr[keep] != '5')
		return digits.ptr[keep] > '5';
	if (span_of(rest, '0') < rest.len)
		return true;
	return keep > 0 && (digits.ptr[keep - 1] - '0') % 2 == 1;
}

/* Adds 1 to a number whose first digit is 0. */
static void increment(char *digits, size_t len)
{
	while (digits[len - 1] == '9')
		digits[--len] = '0';
	digits[len - 1]++;
}

/* Rounds to the first `keep` digits, which are less than all; may give one more, 10...0. */
static struct py_decimal round_to(struct arena *arena, struct py_decimal d, size_t keep)
{
	char *digits = arena_alloc(arena, keep + 1);

	digits[0] = '0';
	memcpy(digits + 1, d.digits.ptr, keep);
	if (rounds_up(d.digits, keep))
		increment(digits, keep + 1);
	d.exponent += (int64_t)(d.digits.len - keep);
	d.digits = strip_zeros((struct str){ digits, keep + 1 });
	return d;
}

/* mpd_qfinalize in the default context, but for overflow. */
static struct py_decimal to_context(struct arena *arena, struct py_decimal d)
{
	int64_t len = (int64_t)d.digits.len, keep = len;

	if (d.exponent < CONTEXT_TINY)
		keep = len - (CONTEXT_TINY - d.exponent);
	if (keep > PRECISION)
		keep = PRECISION;
	if (keep < 0)
		d.digits = STR("0");
	else if (keep < len)
		d = round_to(arena, d, (size_t)keep);
	return d;
}

struct py_decimal py_decimal_normalize(struct arena *arena, const struct py_decimal *d)
{
	struct py_decimal rounded = to_context(arena, *d);
	size_t zeros = zeros_at_end(rounded.digits);

	if (is_zero(&rounded)) {
		rounded.exponent = 0;
		return rounded;
	}
	if (adjusted(&rounded) > CONTEXT_MAX)
		return *d;
	rounded.digits.len -= zeros;
	rounded.exponent += (int64_t)zeros;
	return rounded;
}

/* A remainder below 10 * divisor, as digits 0 to 9, the first of the greatest weight. It has one
 * digit more than the divisor. */
struct remainder {
	char *digits;
	struct str divisor;
};

static bool remainder_is_less(const struct remainder *r)
{
	if (r->digits[0] != 0)
		return false;
	for (size_t i = 0; i < r->divisor.len; i++)
		if (r->digits[i + 1] != r->divisor.ptr[i] - '0')
			return r->digits[i + 1] < r->divisor.ptr[i] - '0';
	return false;
}

static void remainder_subtract(struct remainder *r)
{
	int borrow = 0;

	for (size_t i = r->divisor.len; i-- > 0;) {
		int digit = r->digits[i + 1] - (r->divisor.ptr[i] - '0') - borrow;
		borrow = digit < 0;
		r->digits[i + 1] = (char)(digit + 10 * borrow);
	}
	r->digits[0] = (char)(r->digits[0] - borrow);
}

/* Takes the next digit of the dividend. Returns the next one of the quotient. */
static char remainder_step(struct remainder *r, char next)
{
	char quotient = '0';

	memmove(r->digits, r->digits + 1, r->divisor.len);
	r->digits[r->divisor.len] = (char)(next - '0');
	for (; !remainder_is_less(r); quotient++)
		remainder_subtract(r);
	return quotient;
}

static bool remainder_is_zero(const struct remainder *r)
{
	for (size_t i = 0; i <= r->divisor.len; i++)
		if (r->digits[i] != 0)
			return false;
	return true;
}

/* The quotient of two numbers that are not zero, with two digits more than the precision. The last
 * one is 1 if the quotient is inexact, else 0. The sign is not set. */
static struct py_decimal divide(
	struct arena *arena, const struct py_decimal *d, const struct py_decimal *by)
{
	enum { DIGITS = PRECISION + 1 };
	struct remainder r = { arena_calloc(arena, by->digits.len + 1, 1), by->digits };
	char *quotient = arena_alloc(arena, DIGITS + 1);
	size_t len = 0, taken = 0;

	for (; len < DIGITS; taken++) {
		char next = taken < d->digits.len ? d->digits.ptr[taken] : '0';
		char digit = remainder_step(&r, next);
		if (len > 0 || digit != '0')
			quotient[len++] = digit;
	}
	struct str rest = taken < d->digits.len ? str_from_index(d->digits, taken) : STR("");
	bool exact = remainder_is_zero(&r) && span_of(rest, '0') == rest.len;
	quotient[len++] = exact ? '0' : '1';
	return (struct py_decimal){
		.digits = { quotient, len },
		.exponent =
			d->exponent - by->exponent + (int64_t)d->digits.len - (int64_t)taken - 1,
	};
}

bool py_decimal_is_multiple(
	struct arena *arena, const struct py_decimal *d, const struct py_decimal *step)
{
	if (is_zero(step))
		return false;
	if (is_zero(d))
		return true;
	struct py_decimal quotient = divide(arena, d, step);
	struct py_decimal rounded = round_to(arena, quotient, PRECISION);
	if (rounded.exponent > 0)
		return zeros_at_end(quotient.digits) >= 2;
	return (int64_t)zeros_at_end(rounded.digits) >= -rounded.exponent;
}

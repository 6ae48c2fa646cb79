#include "int_id.h"

#include "white_space.h"

static size_t count_digits(struct str s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] >= '0' && s.ptr[n] <= '9')
		n++;
	return n;
}

static bool starts_oversized(struct str s)
{
	size_t sign = str_starts(s, STR("-"));
	struct str digits = str_from_index(s, sign);

	return !str_starts(digits, STR("0")) && sign + count_digits(digits) > INT_ID_CHARS_MAX;
}

/* The plain form: an optional minus sign, then 0 or digits of which the first is not 0. */
static enum int_id_outcome read_plain(struct str s, int64_t *value)
{
	bool negative = str_starts(s, STR("-"));
	struct str digits = str_from_index(s, negative);
	int64_t result = 0; /* negated: the least value has no positive counterpart */

	if (digits.len == 0 || count_digits(digits) != digits.len)
		return INT_ID_PARSING;
	if (digits.ptr[0] == '0' && digits.len > 1)
		return INT_ID_PARSING;
	for (size_t i = 0; i < digits.len; i++) {
		if (__builtin_mul_overflow(result, 10, &result) ||
			__builtin_sub_overflow(result, digits.ptr[i] - '0', &result))
			return INT_ID_OUT_OF_RANGE;
	}
	if (!negative && __builtin_sub_overflow(0, result, &result))
		return INT_ID_OUT_OF_RANGE;
	*value = result;
	return INT_ID_OK;
}

/* s starts with a digit. As in Pydantic, a minus sign may follow the zeros: "0-1" is -1. */
static bool drop_leading_zeros(struct str *s)
{
	size_t n = 0;

	if (s->ptr[0] != '0')
		return true;
	while (n < s->len && (s->ptr[n] == '0' || s->ptr[n] == '_'))
		n++;
	bool after_zero = s->ptr[n - 1] == '0';
	if (n == s->len || s->ptr[n] == '.') {
		*s = str_from_index(*s, n - 1);
		return after_zero;
	}
	char next = s->ptr[n];
	*s = str_from_index(*s, n);
	return next == '-' || (next >= '1' && next <= '9');
}

/* "7.00" is 7. */
static struct str drop_zero_fraction(struct str s)
{
	size_t n = s.len;

	while (n > 0 && s.ptr[n - 1] == '0')
		n--;
	if (n > 0 && n < s.len && s.ptr[n - 1] == '.')
		s.len = n - 1;
	return s;
}

/* Appends s without its underscores to out, which has room for INT_ID_CHARS_MAX characters and
 * holds *n of them. False if it does not fit, or if an underscore is not between two other
 * characters. */
static bool append_without_underscores(char *out, size_t *n, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '_') {
			if (i == 0 || i == s.len - 1 || s.ptr[i - 1] == '_')
				return false;
			continue;
		}
		if (*n == INT_ID_CHARS_MAX)
			return false;
		out[(*n)++] = s.ptr[i];
	}
	return true;
}

/* Makes a text that is not in the plain form so, if it is an integer. False: it is none. */
static bool clean(struct str text, char plain[static INT_ID_CHARS_MAX], size_t *n)
{
	struct str s = white_space_trim(text);

	*n = 0;
	if (str_starts(s, STR("-")))
		plain[(*n)++] = '-';
	if (str_starts(s, STR("-")) || str_starts(s, STR("+")))
		s = str_from_index(s, 1);
	return count_digits(s) > 0 && drop_leading_zeros(&s) &&
	       append_without_underscores(plain, n, drop_zero_fraction(s));
}

enum int_id_outcome int_id_parse(struct str text, int64_t *value)
{
	char plain[INT_ID_CHARS_MAX];
	size_t n;

	if (text.len > INT_ID_CHARS_MAX && starts_oversized(text))
		return INT_ID_SIZE;
	enum int_id_outcome outcome = read_plain(text, value);
	if (outcome != INT_ID_PARSING)
		return outcome;
	if (!clean(text, plain, &n))
		return INT_ID_PARSING;
	return read_plain((struct str){ plain, n }, value);
}

struct str int_id_plain(struct arena *arena, struct str text)
{
	char plain[INT_ID_CHARS_MAX];
	size_t n;
	int64_t value;

	if (read_plain(text, &value) == INT_ID_PARSING && clean(text, plain, &n))
		return arena_copy(arena, (struct str){ plain, n });
	return text;
}

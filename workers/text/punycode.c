#include "punycode.h"

/* RFC 3492 section 5. */
enum {
	BASE = 36,
	T_MIN = 1,
	T_MAX = 26,
	SKEW = 38,
	DAMP = 700,
	INITIAL_BIAS = 72,
	INITIAL_N = 0x80,
	LAST_POINT = 0x10FFFF,
};

/* The most digits of one delta: it is below 2^21 * 2^11, and each digit but the last divides it by
 * BASE - T_MAX = 10 or more. */
enum { DIGITS_MAX = 16 };

/* The bias adaptation function, section 6.1. */
static uint32_t adapt(uint64_t delta, bool first, size_t length)
{
	uint32_t k = 0;

	delta = first ? delta / DAMP : delta / 2;
	delta += delta / length;
	for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE)
		delta /= BASE - T_MIN;
	return k + (uint32_t)((BASE - T_MIN + 1) * delta / (delta + SKEW));
}

static uint32_t threshold(uint32_t k, uint32_t bias)
{
	if (k <= bias + T_MIN)
		return T_MIN;
	return k >= bias + T_MAX ? T_MAX : k - bias;
}

static size_t put_number(char *out, uint64_t number, uint32_t bias)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t len = 0;

	for (uint32_t k = BASE;; k += BASE) {
		uint32_t t = threshold(k, bias);
		if (number < t)
			break;
		out[len++] = digits[t + (number - t) % (BASE - t)];
		number = (number - t) / (BASE - t);
	}
	out[len++] = digits[number];
	return len;
}

static uint32_t smallest_from(struct points text, uint32_t least)
{
	uint32_t smallest = UINT32_MAX;

	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] >= least && text.ptr[i] < smallest)
			smallest = text.ptr[i];
	return smallest;
}

/* Section 6.3. */
struct str punycode_encode(struct arena *arena, struct points text)
{
	char *out = arena_alloc(arena, text.len * DIGITS_MAX + 1);
	size_t end = 0, done = 0;

	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < INITIAL_N)
			out[end++] = (char)text.ptr[i];
	const size_t basic = done = end;
	if (basic > 0)
		out[end++] = '-';
	uint64_t delta = 0;
	uint32_t bias = INITIAL_BIAS, n = INITIAL_N;
	while (done < text.len) {
		uint32_t next = smallest_from(text, n);
		delta += (uint64_t)(next - n) * (done + 1);
		for (size_t i = 0; i < text.len; i++) {
			delta += text.ptr[i] < next;
			if (text.ptr[i] != next)
				continue;
			end += put_number(out + end, delta, bias);
			bias = adapt(delta, done == basic, done + 1);
			delta = 0;
			done++;
		}
		delta++;
		n = next + 1;
	}
	return (struct str){ out, end };
}

/* The value of a digit, or BASE if c is not one. */
static uint32_t digit_value(char c)
{
	if (c >= 'a' && c <= 'z')
		return (uint32_t)(c - 'a');
	if (c >= 'A' && c <= 'Z')
		return (uint32_t)(c - 'A');
	return c >= '0' && c <= '9' ? (uint32_t)(c - '0') + 26 : BASE;
}

/* Reads one generalized variable-length integer (section 3.3) at *at and moves *at behind it.
 * Returns false if it is malformed, incomplete or too large. */
static bool take_number(struct str encoded, size_t *at, uint32_t bias, uint64_t *number)
{
	/* Larger than any code point times any position in a text. */
	const uint64_t enough = (uint64_t)1 << 48;
	uint64_t weight = 1, value = 0;

	for (uint32_t k = BASE; *at < encoded.len; k += BASE) {
		uint32_t digit = digit_value(encoded.ptr[(*at)++]);
		uint32_t t = threshold(k, bias);
		value += digit * weight;
		if (digit == BASE || value > enough)
			return false;
		if (digit < t) {
			*number = value;
			return true;
		}
		weight *= BASE - t;
		if (weight > enough)
			weight = enough + 1; /* from here on any digit but 0 is too large */
	}
	return false;
}

/* Copies the basic code points before the last '-'. Returns the index of the first digit. */
static size_t copy_basic(struct str encoded, uint32_t *points)
{
	size_t basic = encoded.len;

	while (basic > 0 && encoded.ptr[basic - 1] != '-')
		basic--;
	if (basic == 0)
		return 0;
	for (size_t i = 0; i < basic - 1; i++)
		points[i] = (unsigned char)encoded.ptr[i];
	return basic;
}

/* Section 6.2. */
bool punycode_decode(struct arena *arena, struct str encoded, struct points *text)
{
	uint32_t *points = arena_alloc(arena, (encoded.len + 1) * sizeof(*points));
	const size_t start = copy_basic(encoded, points);
	size_t n = start > 0 ? start - 1 : 0;
	uint64_t point = INITIAL_N, position = 0;
	uint32_t bias = INITIAL_BIAS;

	for (size_t at = start; at < encoded.len; position++) {
		bool first = at == start;
		uint64_t delta;
		if (!take_number(encoded, &at, bias, &delta))
			return false;
		position += delta;
		point += position / (n + 1);
		position %= n + 1;
		if (point > LAST_POINT)
			return false;
		memmove(&points[position + 1], &points[position], (n - position) * sizeof(*points));
		points[position] = (uint32_t)point;
		bias = adapt(delta, first, ++n);
	}
	*text = (struct points){ points, n };
	return true;
}

#include "uuid.h"

enum { DIGITS_HALF = UUID_DIGITS / 2 };

/* The value of a lower-case digit; -1: it is none. */
static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool uuid_valid(struct str text)
{
	uint64_t high, low;

	return uuid_parse(text, &high, &low);
}

bool uuid_parse(struct str text, uint64_t *high, uint64_t *low)
{
	uint64_t halves[2] = { 0, 0 };
	unsigned digits = 0;

	if (text.len != UUID_LENGTH)
		return false;
	for (size_t i = 0; i < UUID_LENGTH; i++) {
		int digit = digit_value(text.ptr[i]);
		if (uuid_has_hyphen_at(i)) {
			if (text.ptr[i] != '-')
				return false;
			continue;
		}
		if (digit < 0)
			return false;
		uint64_t *half = &halves[digits++ / DIGITS_HALF];
		*half = *half << 4 | (unsigned)digit;
	}
	*high = halves[0];
	*low = halves[1];
	return true;
}

void uuid_format(uint64_t high, uint64_t low, char text[UUID_LENGTH])
{
	unsigned digits = 0;

	for (size_t i = 0; i < UUID_LENGTH; i++) {
		if (uuid_has_hyphen_at(i)) {
			text[i] = '-';
			continue;
		}
		uint64_t half = digits < DIGITS_HALF ? high : low;
		text[i] = "0123456789abcdef"[half >> (60 - 4 * (digits++ % DIGITS_HALF)) & 15];
	}
}

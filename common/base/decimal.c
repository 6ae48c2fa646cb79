#include "decimal.h"

const char decimal_pairs[200] = "00010203040506070809101112131415161718192021222324"
				"25262728293031323334353637383940414243444546474849"
				"50515253545556575859606162636465666768697071727374"
				"75767778798081828384858687888990919293949596979899";

size_t decimal_length(uint64_t number)
{
	/* The least number of more digits than the index; 0 has one digit. */
	static const uint64_t tens[] = { 0, 10, 100, 1000, 10000, 100000, 1000000, 10000000,
		100000000, 1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000,
		100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
		1000000000000000000, UINT64_C(10000000000000000000) };
	unsigned bits = 64 - (unsigned)__builtin_clzll(number | 1);
	unsigned digits = bits * 1233 >> 12; /* by the logarithm of 2: exact, or one too few */

	return digits + (number >= tens[digits]);
}

char *decimal_write(char *text, uint64_t number, size_t length)
{
	size_t left = length;

	for (; left >= 4; left -= 4, number /= 10000) {
		unsigned four = (unsigned)(number % 10000);
		decimal_put_two(text + left - 4, four / 100);
		decimal_put_two(text + left - 2, four % 100);
	}
	if (left >= 2) {
		decimal_put_two(text + left - 2, number % 100);
		number /= 100;
	}
	if (left & 1)
		*text = (char)('0' + number);
	return text + length;
}

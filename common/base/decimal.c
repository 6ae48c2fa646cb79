#include "decimal.h"

const char decimal_pairs[200] = "00010203040506070809101112131415161718192021222324"
				"25262728293031323334353637383940414243444546474849"
				"50515253545556575859606162636465666768697071727374"
				"75767778798081828384858687888990919293949596979899";

size_t decimal_length(uint64_t number)
{
	size_t length = 1;

	for (; number >= 10000; number /= 10000)
		length += 4;
	return length + (number >= 10) + (number >= 100) + (number >= 1000);
}

char *decimal_write(char *text, uint64_t number, size_t length)
{
	size_t left = length;

	for (; left >= 2; left -= 2, number /= 100)
		decimal_put_two(text + left - 2, number % 100);
	if (left == 1)
		*text = (char)('0' + number);
	return text + length;
}

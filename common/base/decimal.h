/* Decimal digits, two at a time. */
#ifndef POSTERN_DECIMAL_H
#define POSTERN_DECIMAL_H

#include <stdint.h>
#include <string.h>

/* 00 to 99, one behind the other, without a NUL. */
extern const char decimal_pairs[200];

/* Writes two digits of a number below 100. */
static inline void decimal_put_two(char *text, size_t number)
{
	memcpy(text, decimal_pairs + 2 * number, 2);
}

/* How many digits a number has: 1 to 20. */
size_t decimal_length(uint64_t number);

/* Writes that many digits, and no NUL; returns the place behind them. */
char *decimal_write(char *text, uint64_t number, size_t length);

#endif

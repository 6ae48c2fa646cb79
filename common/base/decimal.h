/* Writes unsigned decimal numbers, two digits at a time. */
#ifndef POSTERN_DECIMAL_H
#define POSTERN_DECIMAL_H

#include <stdint.h>
#include <string.h>

/* The digits of 00 to 99 in a row, without a NUL. */
extern const char decimal_pairs[200];

/* Writes a number below 100 as two digits. */
static inline void decimal_put_two(char *text, size_t number)
{
	memcpy(text, decimal_pairs + 2 * number, 2);
}

/* The number of digits: 1 to 20. */
size_t decimal_length(uint64_t number);

/* Writes length digits (decimal_length of the number) and no NUL. Returns the end of the digits. */
char *decimal_write(char *text, uint64_t number, size_t length);

#endif

/* Decimal numbers as text without an exponent, as JSON writes them: "-12.50". Exact, of any length.
 */
#ifndef POSTERN_PLAIN_DECIMAL_H
#define POSTERN_PLAIN_DECIMAL_H

#include "str.h"

#include <stdint.h>

enum { PLAIN_DECIMAL_DIVISOR_MOST = 36 /* digits of a divisor, and of its decimal places */ };

/* True if the text is such a number: no leading zeros, a digit on both sides of a point. */
bool plain_decimal_valid(struct str text);

/* Negative, zero or positive, as a is less than, equal to or greater than b. */
int plain_decimal_compare(struct str a, struct str b);

/* Counts digits as Pydantic does: all digits without zeros at the end of the decimal places, and
 * without the zero before a point, unless the number is 0; at least as many as there are places. */
void plain_decimal_count(struct str text, uint32_t *digits, uint32_t *places);

/* True if a divisor has few enough digits for plain_decimal_divides. */
bool plain_decimal_divisor(struct str text);

/* True if a number is a multiple of the divisor, which is above 0. */
bool plain_decimal_divides(struct str divisor, struct str number);

#endif

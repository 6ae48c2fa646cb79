#include "decimal_column.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	SHORT = 64,          /* bytes: nearly all decimals */
	DEFAULT_PLACES = 10, /* Numeric._default_decimal_return_scale */
	LEAST_EXPONENT = -6, /* below it Python's str() of a decimal writes an exponent */
};

/* strtod(3) needs a NUL after the text. */
static bool parse_long(struct str text, double *number)
{
	char *copy = strndup(text.ptr, text.len);

	if (copy)
		*number = strtod(copy, NULL);
	free(copy);
	return copy != NULL;
}

static bool parse(struct str text, double *number)
{
	char copy[SHORT];

	if (text.len >= sizeof(copy))
		return parse_long(text, number);
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	*number = strtod(copy, NULL);
	return true;
}

bool decimal_column_store(struct str decimal, double *number)
{
	if (!parse(decimal, number) || !isfinite(*number))
		return false;
	*number += 0.0; /* SQLite stores -0.0 as 0.0 */
	return true;
}

/* Writes the digits of a fixed decimal that is smaller than the least that is written so. */
static struct str write_exponent(struct arena *arena, struct str fixed, int places)
{
	bool negative = fixed.ptr[0] == '-';
	const char *end = fixed.ptr + fixed.len, *digits = fixed.ptr + negative;

	while (digits < end - 1 && (*digits == '0' || *digits == '.'))
		digits++;
	int more = (int)(end - digits) - 1;
	return arena_printf(arena, "%s%c%s%.*sE%+d", negative ? "-" : "", *digits, more ? "." : "",
		more, digits + 1, more - places);
}

/* The exponent of the first digit that is not 0; of 0 that of its last digit. The number is at most
 * 1. */
static int exponent_of(struct str fixed, int places)
{
	const char *end = fixed.ptr + fixed.len, *fraction = end - places;

	if (places == 0 || fraction[-2] != '0')
		return 0;
	for (const char *c = fraction; c < end - 1; c++)
		if (*c != '0')
			return (int)(fraction - c) - 1;
	return -places;
}

bool decimal_column_read(
	struct arena *arena, const struct field *f, double number, struct str *decimal)
{
	int places = f->places == FIELD_UNBOUNDED ? DEFAULT_PLACES : (int)f->places;

	if (!isfinite(number))
		return false;
	*decimal = arena_printf(arena, "%.*f", places, number);
	/* Only a number below 1 can need an exponent. */
	if (fabs(number) < 1 && exponent_of(*decimal, places) < LEAST_EXPONENT)
		*decimal = write_exponent(arena, *decimal, places);
	return true;
}

bool decimal_column_keeps(const struct field *f, struct str decimal)
{
	struct arena arena = { 0 };
	struct str read;
	double number;
	bool kept = decimal_column_store(decimal, &number) &&
		    decimal_column_read(&arena, f, number, &read) && str_equal(read, decimal);

	arena_done(&arena);
	return kept;
}

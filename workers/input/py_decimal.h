/*
 * Decimal numbers as CPython's decimal.Decimal has them (Modules/_decimal, libmpdec), as far as
 * Pydantic uses them: the syntax of its constructor, its str(), exact comparison, and arithmetic in
 * the default context (28 digits, exponents up to 999999, half to even).
 */
#ifndef POSTERN_PY_DECIMAL_H
#define POSTERN_PY_DECIMAL_H

#include "arena.h"
#include "str.h"

#include <stdbool.h>
#include <stdint.h>

/* The number is digits * 10^exponent, or minus that. */
struct py_decimal {
	bool negative;     /* may be true for zero */
	struct str digits; /* ASCII, at least one; no leading zeros but for "0" */
	int64_t exponent;
};

enum py_decimal_outcome {
	PY_DECIMAL_OK,
	PY_DECIMAL_NOT_FINITE, /* an infinity or a NaN */
	PY_DECIMAL_SYNTAX      /* InvalidOperation; beyond the greatest exponents too */
};

/* Reads a text: white space around it is allowed, underscores anywhere, digits of any script. Sets
 * *d on OK only; its digits are in the arena. */
enum py_decimal_outcome py_decimal_parse(struct arena *arena, struct str text, struct py_decimal *d)
	__attribute__((warn_unused_result));

/* The text of str(), in the arena: "1.50", "1E+3". */
struct str py_decimal_str(struct arena *arena, const struct py_decimal *d);

/* The same number without an exponent and without zeros at the end of its fraction, in the arena.
 * The exponent must be small. */
struct str py_decimal_plain(struct arena *arena, const struct py_decimal *d);

/* Negative, 0 or positive if a is less than, equal to or greater than b. */
int py_decimal_compare(const struct py_decimal *a, const struct py_decimal *b);

/* Decimal.normalize(): rounded to the context, without zeros at the end; unchanged if that
 * overflows. Digits are in the arena or d's own. */
struct py_decimal py_decimal_normalize(struct arena *arena, const struct py_decimal *d);

/* True if d / step % 1 == 0. Python raises if the quotient has more than 28 digits before the
 * point; such a quotient counts if it is exact. False if the step is zero. */
bool py_decimal_is_multiple(
	struct arena *arena, const struct py_decimal *d, const struct py_decimal *step);

#endif

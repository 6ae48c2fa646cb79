/* Checks the limits of a number, in Pydantic's order: multiple_of, le, lt, ge, gt. Only the readers
 * of numbers include this. */
#ifndef POSTERN_FIELD_LIMITS_H
#define POSTERN_FIELD_LIMITS_H

#include "field_input.h"

/* How a value compares with a limit, as bits. A NaN compares with nothing. */
enum order { ORDER_NONE = 0, ORDER_LESS = 1, ORDER_EQUAL = 2, ORDER_GREATER = 4 };

/* The operations of one type of numbers. A limit is of the field; value is the reader's own. */
struct limit_rules {
	enum order (*compare)(struct arena *arena, const void *value, const struct limit *limit);
	bool (*is_multiple)(struct arena *arena, const void *value, const struct limit *limit);
	/* Sets bound and bound_json. */
	void (*write)(struct arena *arena, const struct limit *limit, struct issue *issue);
};

/* The order of a with b that a three-way comparison has given. */
static inline enum order order_of(int comparison)
{
	return comparison < 0 ? ORDER_LESS : comparison > 0 ? ORDER_GREATER : ORDER_EQUAL;
}

/* True if the value is within the field's limits. Else adds the issue of the first that it breaks.
 */
bool field_limits_hold(
	struct field_input *input, const struct limit_rules *rules, const void *value);

#endif

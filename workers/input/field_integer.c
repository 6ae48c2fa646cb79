/* The reader of integers: pydantic-core, src/validators/int.rs and src/input/shared.rs. */
#include "field_kinds.h"
#include "field_limits.h"
#include "int_id.h"

#include <math.h>

static const enum issue_type parsing_issues[] = {
	[INT_ID_PARSING] = ISSUE_NOT_AN_INTEGER,
	[INT_ID_SIZE] = ISSUE_INTEGER_TOO_LONG,
};

/* An integer of any size. */
struct integer {
	bool fits;        /* in 64 bits: value is set */
	struct str plain; /* if it does not: an optional minus sign and digits */
	int64_t value;
};

static bool is_negative(struct str integer)
{
	return memchr(integer.ptr, '-', integer.len) != NULL;
}

/* Limits. */

static enum order compare_integer(struct arena *arena, const void *value, const struct limit *limit)
{
	const struct integer *n = value;

	(void)arena;
	if (!n->fits)
		return is_negative(n->plain) ? ORDER_LESS : ORDER_GREATER;
	return order_of((n->value > limit->integer) - (n->value < limit->integer));
}

static uint64_t magnitude(int64_t n)
{
	return n < 0 ? -(uint64_t)n : (uint64_t)n;
}

/* The remainder of a number in decimal; by is at most 2^63. */
static uint64_t remainder_of(struct str digits, uint64_t by)
{
	__extension__ typedef unsigned __int128 product;
	uint64_t rest = 0;

	for (size_t i = 0; i < digits.len; i++)
		rest = (uint64_t)(((product)rest * 10 + (unsigned)(digits.ptr[i] - '0')) % by);
	return rest;
}

static bool integer_is_multiple(struct arena *arena, const void *value, const struct limit *limit)
{
	const struct integer *n = value;
	uint64_t by = magnitude(limit->integer);

	(void)arena;
	if (by == 0)
		return false;
	if (n->fits)
		return magnitude(n->value) % by == 0;
	return remainder_of(str_from_index(n->plain, is_negative(n->plain)), by) == 0;
}

/* The message and ctx have the same form of an integer. */
static void write_integer(struct arena *arena, const struct limit *limit, struct issue *issue)
{
	issue->bound = arena_printf(arena, "%lld", (long long)limit->integer);
	issue->bound_json = issue->bound;
}

static const struct limit_rules rules = { compare_integer, integer_is_multiple, write_integer };

/* Reading. */

static bool bound_issue(struct field_input *input, enum issue_type type, struct str bound)
{
	struct issue *issue = field_issue_add(input, type, 0);

	issue->bound = issue->bound_json = bound;
	return false;
}

static bool out_of_range(struct field_input *input, struct str plain)
{
	if (is_negative(plain))
		return bound_issue(input, ISSUE_TOO_SMALL, STR("-9223372036854775808"));
	return bound_issue(input, ISSUE_TOO_GREAT, STR("9223372036854775807"));
}

/* Pydantic accepts an integer of any size, and the database refuses those beyond 64 bits, but not
 * in the JSON of an array. */
static bool accept(struct field_input *input, const struct integer *n)
{
	if (!field_limits_hold(input, &rules, n))
		return false;
	if (!n->fits && !input->array)
		return field_leaves_to_dbd(input) || out_of_range(input, n->plain);
	input->value = n->fits ? value_int(n->value) : value_text(n->plain);
	return true;
}

static bool read_digits(struct field_input *input, struct str text)
{
	struct integer n = { .fits = true };
	enum int_id_outcome outcome = int_id_parse(text, &n.value);

	if (outcome == INT_ID_OUT_OF_RANGE) {
		n.fits = false;
		n.plain = int_id_plain(input->arena, text);
	} else if (outcome != INT_ID_OK) {
		return field_issue(input, parsing_issues[outcome], 0);
	}
	return accept(input, &n);
}

bool integer_of_double(double number, int64_t *integer, enum issue_type *issue)
{
	const double limit = 9223372036854775808.0; /* 2^63 */
	double whole;

	if (!isfinite(number))
		*issue = ISSUE_NOT_FINITE;
	else if (modf(number, &whole) != 0)
		*issue = ISSUE_INTEGER_FRACTION;
	else if (number <= -limit || number >= limit)
		*issue = ISSUE_INTEGER_TOO_LONG;
	else {
		*integer = (int64_t)number;
		return true;
	}
	return false;
}

bool read_integer(struct field_input *input)
{
	struct integer n = { .fits = true };
	enum issue_type issue;

	switch (input->json->type) {
	case JSON_FLOAT:
		return integer_of_double(input->json->number, &n.value, &issue)
			       ? accept(input, &n)
			       : field_issue(input, issue, 0);
	case JSON_INT:
		return read_digits(input, input->json->text);
	case JSON_STRING:
		if (input->json->has_surrogate)
			return field_issue(input, ISSUE_NOT_UNICODE, 0);
		return read_digits(input, input->json->text);
	default:
		n.value = input->json->type == JSON_TRUE;
		return accept(input, &n);
	}
}

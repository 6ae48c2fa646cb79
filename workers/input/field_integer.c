/* The reader of integers: pydantic-core, src/validators/int.rs and src/input/shared.rs. */
#include "field_kinds.h"

#include "int_id.h"

#include <math.h>

static const enum issue_type parsing_issues[] = {
	[INT_ID_PARSING] = ISSUE_NOT_AN_INTEGER,
	[INT_ID_SIZE] = ISSUE_INTEGER_TOO_LONG,
};

/* The message and ctx have the same form of an integer. */
static bool bound_issue(struct field_input *input, enum issue_type type, struct str bound)
{
	struct issue *issue = field_issue_add(input, type, 0);

	issue->bound = issue->bound_json = bound;
	return false;
}

bool integer_is_negative(struct str integer)
{
	return memchr(integer.ptr, '-', integer.len) != NULL;
}

bool integer_out_of_range(struct field_input *input)
{
	if (integer_is_negative(input->json->text))
		return bound_issue(input, ISSUE_TOO_SMALL, STR("-9223372036854775808"));
	return bound_issue(input, ISSUE_TOO_GREAT, STR("9223372036854775807"));
}

/* Pydantic accepts an integer of any size, and the database refuses those beyond 64 bits. */
static bool read_digits(struct field_input *input, struct str text)
{
	int64_t integer;
	enum int_id_outcome outcome = int_id_parse(text, &integer);

	if (outcome == INT_ID_OK) {
		input->value = value_int(integer);
		return true;
	}
	if (outcome != INT_ID_OUT_OF_RANGE)
		return field_issue(input, parsing_issues[outcome], 0);
	if (!input->is_change)
		return integer_out_of_range(input);
	input->value = value_null();
	return true;
}

/* float_as_int. */
static bool read_whole_number(struct field_input *input, double number)
{
	const double limit = 9223372036854775808.0; /* 2^63 */
	double whole;

	if (!isfinite(number))
		return field_issue(input, ISSUE_NOT_FINITE, 0);
	if (modf(number, &whole) != 0)
		return field_issue(input, ISSUE_INTEGER_FRACTION, 0);
	if (number <= -limit || number >= limit)
		return field_issue(input, ISSUE_INTEGER_TOO_LONG, 0);
	input->value = value_int((int64_t)number);
	return true;
}

bool read_integer(struct field_input *input)
{
	switch (input->json->type) {
	case JSON_FLOAT:
		return read_whole_number(input, input->json->number);
	case JSON_INT:
		return read_digits(input, input->json->text);
	case JSON_STRING:
		if (input->json->has_surrogate)
			return field_issue(input, ISSUE_NOT_UNICODE, 0);
		return read_digits(input, input->json->text);
	default:
		input->value = value_int(input->json->type == JSON_TRUE);
		return true;
	}
}

/*
 * The readers of enums and literals: pydantic-core, src/validators/enum_.rs and literal.rs. An enum
 * converts texts and floats to integers, if its members are integers; a literal does not, but equal
 * numbers are equal in Python: 1.0 and true are 1.
 */
#include "arena_buf.h"
#include "field_kinds.h"
#include "int_id.h"
#include "repr.h"

/* Issues. */

static struct str choice_repr(
	struct arena *arena, const struct choices *choices, const struct choice *c)
{
	if (choices->integers)
		return arena_printf(arena, "%lld", (long long)c->integer);
	return repr(arena, unicode_decode(arena, c->text));
}

/* "'a', 'b' or 'c'". */
static bool no_choice(struct field_input *input, enum issue_type type)
{
	const struct choices *choices = input->field->choices;
	struct buf expected;

	buf_init(&expected, SIZE_MAX / 2);
	for (unsigned i = 0; i < choices->count; i++) {
		if (i > 0)
			buf_str(&expected, i + 1 < choices->count ? STR(", ") : STR(" or "));
		buf_str(&expected, choice_repr(input->arena, choices, &choices->list[i]));
	}
	field_issue_add(input, type, 0)->reason = arena_take(input->arena, &expected);
	return false;
}

/* Choosing. */

static bool choose_integer(struct field_input *input, enum issue_type none, int64_t integer)
{
	const struct choices *choices = input->field->choices;

	for (unsigned i = 0; i < choices->count; i++) {
		if (choices->list[i].integer != integer)
			continue;
		input->value = value_int(i);
		return true;
	}
	return no_choice(input, none);
}

static bool choose_text(struct field_input *input, enum issue_type none)
{
	const struct choices *choices = input->field->choices;

	if (input->json->type != JSON_STRING)
		return no_choice(input, none);
	if (input->json->has_surrogate)
		return field_issue(input, ISSUE_NOT_UNICODE, 0);
	for (unsigned i = 0; i < choices->count; i++) {
		if (!str_equal(choices->list[i].text, input->json->text))
			continue;
		input->value = value_int(i);
		return true;
	}
	return no_choice(input, none);
}

/* An integer beyond 64 bits, which is never a choice, is an issue of its own: of the integer, even
 * if the input is a text. */
static bool too_long(struct field_input *input)
{
	struct json *integer = arena_calloc(input->arena, 1, sizeof(*integer));

	integer->type = JSON_INT;
	integer->text = int_id_plain(input->arena, input->json->text);
	field_issue_add(input, ISSUE_INTEGER_TOO_LONG, 0)->json = integer;
	return false;
}

static bool choose_digits(struct field_input *input, enum issue_type none)
{
	int64_t integer;

	switch (int_id_parse(input->json->text, &integer)) {
	case INT_ID_OK:
		return choose_integer(input, none, integer);
	case INT_ID_OUT_OF_RANGE:
		return too_long(input);
	default:
		return no_choice(input, none);
	}
}

static bool choose_number(struct field_input *input, enum issue_type none)
{
	enum issue_type issue;
	int64_t integer;

	switch (input->json->type) {
	case JSON_FALSE:
	case JSON_TRUE:
		return choose_integer(input, none, input->json->type == JSON_TRUE);
	case JSON_INT:
		return choose_digits(input, none);
	case JSON_FLOAT:
		if (integer_of_double(input->json->number, &integer, &issue))
			return choose_integer(input, none, integer);
		return no_choice(input, none);
	default:
		return no_choice(input, none);
	}
}

bool read_literal(struct field_input *input)
{
	if (input->field->choices->integers)
		return choose_number(input, ISSUE_NOT_A_LITERAL);
	return choose_text(input, ISSUE_NOT_A_LITERAL);
}

bool read_enum(struct field_input *input)
{
	if (!input->field->choices->integers)
		return choose_text(input, ISSUE_NOT_A_MEMBER);
	if (input->json->type == JSON_STRING && !input->json->has_surrogate)
		return choose_digits(input, ISSUE_NOT_A_MEMBER);
	return choose_number(input, ISSUE_NOT_A_MEMBER);
}

/* The reader of booleans: pydantic-core, src/input/input_python.rs and src/input/shared.rs. */
#include "ascii.h"
#include "field_kinds.h"
#include "int_id.h"

/* str_as_bool. */
static bool word_of(struct str text, bool *value)
{
	static const struct str words[][2] = { { STR_INIT("0"), STR_INIT("1") },
		{ STR_INIT("off"), STR_INIT("on") }, { STR_INIT("f"), STR_INIT("t") },
		{ STR_INIT("false"), STR_INIT("true") }, { STR_INIT("n"), STR_INIT("y") },
		{ STR_INIT("no"), STR_INIT("yes") } };

	for (size_t i = 0; i < NITEMS(words); i++) {
		for (unsigned on = 0; on <= 1; on++) {
			if (!ascii_equal_nocase(text, words[i][on]))
				continue;
			*value = on != 0;
			return true;
		}
	}
	return false;
}

static bool accept(struct field_input *input, int64_t integer)
{
	if (integer != 0 && integer != 1)
		return field_issue(input, ISSUE_NOT_A_BOOLEAN, 0);
	input->value = value_int(integer);
	return true;
}

static bool read_word(struct field_input *input)
{
	bool value = false;

	if (input->json->has_surrogate)
		return field_issue(input, ISSUE_NOT_UNICODE, 0);
	if (!word_of(input->json->text, &value))
		return field_issue(input, ISSUE_NOT_A_BOOLEAN, 0);
	return accept(input, value);
}

/* A number that is not an integer of 64 bits has the wrong type. */
bool read_boolean(struct field_input *input)
{
	enum issue_type issue;
	int64_t integer = input->json->type == JSON_TRUE;
	bool is_integer = true;

	if (input->json->type == JSON_STRING)
		return read_word(input);
	if (input->json->type == JSON_INT)
		is_integer = int_id_parse(input->json->text, &integer) == INT_ID_OK;
	else if (input->json->type == JSON_FLOAT)
		is_integer = integer_of_double(input->json->number, &integer, &issue);
	return is_integer ? accept(input, integer) : field_issue(input, ISSUE_BOOLEAN_TYPE, 0);
}

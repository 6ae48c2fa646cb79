/* Readers of texts: pydantic-core, src/validators/string.rs. */
#include "field_kinds.h"

#include "email.h"
#include "field_pattern.h"
#include "letter_case.h"
#include "utf8.h"
#include "white_space.h"

static struct str convert_case(struct field_input *input, struct str text)
{
	if (input->field->flags & FIELD_LOWER)
		return letter_case_lower(input->arena, text);
	if (input->field->flags & FIELD_UPPER)
		return letter_case_upper(input->arena, text);
	return text;
}

static bool length_holds(struct field_input *input, size_t length)
{
	const struct field *f = input->field;

	if (length < f->len.min)
		return field_issue(input, ISSUE_TOO_SHORT, f->len.min);
	if (length > f->len.max)
		return field_issue(input, ISSUE_TOO_LONG, f->len.max);
	return true;
}

static bool pattern_holds(const struct field *f, struct str text)
{
	return !f->pattern.ptr || field_pattern_matches(f, text);
}

static struct issue *add_mismatch(struct field_input *input)
{
	struct issue *issue = field_issue_add(input, ISSUE_NO_MATCH, 0);

	issue->reason = input->field->pattern;
	return issue;
}

/* Length and pattern are those of the stripped text, before its case is converted. */
bool read_text(struct field_input *input)
{
	const struct json *json = input->json;
	struct str text = json->text;
	size_t length = json->count;

	if (json->has_surrogate)
		return field_issue(input, ISSUE_NOT_UNICODE, 0);
	if (input->field->flags & FIELD_STRIP) {
		text = white_space_trim(text);
		utf8_count(text, &length);
	}
	if (!length_holds(input, length))
		return false;
	if (!pattern_holds(input->field, text)) {
		add_mismatch(input);
		return false;
	}
	input->value = value_text(convert_case(input, text));
	return true;
}

/* The constraints of an e-mail address apply to its normal form. */
static bool address_length_holds(struct field_input *input, struct str address)
{
	const struct field *f = input->field;
	size_t length = 0;
	bool counted = utf8_count(address, &length);

	if (counted && length < f->len.min) {
		field_issue_add(input, ISSUE_TOO_SHORT_AFTERWARDS, f->len.min)->actual = length;
		return false;
	}
	if (!counted || length > f->len.max) {
		field_issue_add(input, ISSUE_TOO_LONG_AFTERWARDS, f->len.max)->actual = length;
		return false;
	}
	return true;
}

/* Pydantic matches the address as it is stored, and shows it as the input. */
static bool address_pattern_holds(struct field_input *input, struct str address)
{
	if (pattern_holds(input->field, address))
		return true;
	struct issue *issue = add_mismatch(input);
	issue->input = ISSUE_INPUT_TEXT;
	issue->text = address;
	return false;
}

bool read_email(struct field_input *input)
{
	struct email_result email;

	if (!email_validate(input->arena, input->json->text, &email)) {
		field_issue_add(input, ISSUE_NOT_AN_EMAIL, 0)->reason = email.reason;
		return false;
	}
	if (!address_length_holds(input, email.address))
		return false;
	input->value = value_text(convert_case(input, email.address));
	return address_pattern_holds(input, input->value.text);
}

/* Readers of texts: pydantic-core, src/validators/string.rs. */
#include "field_kinds.h"

#include "email.h"
#include "field_pattern.h"
#include "letter_case.h"
#include "utf8.h"
#include "white_space.h"

#define CASES   (FIELD_LOWER | FIELD_UPPER)
#define OPTIONS (FIELD_STRIP | CASES)

static struct str convert_case(struct field_input *input, struct str text)
{
	if (input->field->flags & FIELD_LOWER)
		return letter_case_lower(input->arena, text);
	return letter_case_upper(input->arena, text);
}

/* True if a text of this length in code points is within the field's bounds. */
static bool holds(struct field_input *input, size_t length)
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

/* A text is stripped, then checked, then converted. Inlined, it would give read_text a stack frame,
 * which costs as much as all that the function does. */
static __attribute__((noinline)) bool read_with_options(struct field_input *input)
{
	struct str text = input->json->text;
	size_t length = input->json->count;

	if (input->field->flags & FIELD_STRIP) {
		text = white_space_trim(text);
		utf8_count(text, &length);
	}
	if (!holds(input, length))
		return false;
	if (!pattern_holds(input->field, text)) {
		add_mismatch(input);
		return false;
	}
	if (input->field->flags & CASES)
		text = convert_case(input, text);
	input->value = value_text(text);
	return true;
}

static bool is_constrained(const struct field *f)
{
	return f->flags & OPTIONS || f->pattern.ptr || f->len.min > 0 ||
	       f->len.max != FIELD_UNBOUNDED;
}

/* Without constraints Pydantic does not look at the characters of a text (StrValidator); the
 * database refuses what is not UTF-8. Not inlined, as these are rare. */
static __attribute__((noinline)) bool read_surrogates(struct field_input *input)
{
	if (is_constrained(input->field))
		return field_issue(input, ISSUE_NOT_UNICODE, 0);
	return field_unstorable(input, ISSUE_NOT_UNICODE);
}

bool read_text(struct field_input *input)
{
	if (input->json->has_surrogate)
		return read_surrogates(input);
	if (input->field->flags & OPTIONS || input->field->pattern.ptr)
		return read_with_options(input);
	if (!holds(input, input->json->count))
		return false;
	input->value = value_text(input->json->text);
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
	if (input->field->flags & CASES)
		email.address = convert_case(input, email.address);
	input->value = value_text(email.address);
	return address_pattern_holds(input, email.address);
}

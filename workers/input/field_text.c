/* Readers of texts: pydantic-core, src/validators/string.rs. */
#include "field_kinds.h"

#include "email.h"
#include "utf8.h"

bool read_text(struct field_input *input)
{
	const struct field *f = input->field;
	const struct json *json = input->json;

	if (json->has_surrogate)
		return field_issue(input, ISSUE_NOT_UNICODE, 0);
	if (json->count < f->len.min)
		return field_issue(input, ISSUE_TOO_SHORT, f->len.min);
	if (json->count > f->len.max)
		return field_issue(input, ISSUE_TOO_LONG, f->len.max);
	input->value = value_text(json->text);
	return true;
}

bool read_email(struct field_input *input)
{
	const struct field *f = input->field;
	struct email_result email;
	size_t length = 0;

	if (!email_validate(input->arena, input->json->text, &email)) {
		field_issue_add(input, ISSUE_NOT_AN_EMAIL, 0)->reason = email.reason;
		return false;
	}
	if (!utf8_count(email.address, &length) || length > f->len.max) {
		field_issue_add(input, ISSUE_TOO_LONG_AFTERWARDS, f->len.max)->actual = length;
		return false;
	}
	input->value = value_text(email.address);
	return true;
}

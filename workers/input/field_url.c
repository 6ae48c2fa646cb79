/* The reader of URLs: pydantic-core, src/validators/url.rs, as pydantic's HttpUrl calls it. */
#include "field_kinds.h"

#include "url.h"

enum { URL_LENGTH_MAX = 2083 }; /* bytes of the text, of pydantic's HttpUrl */

static bool invalid(struct field_input *input, const char *reason)
{
	field_issue_add(input, ISSUE_NOT_A_URL, 0)->reason = str_from(reason);
	return false;
}

/* The bounds of the field hold for the normal form. */
static bool check_length(struct field_input *input, size_t length)
{
	const struct field *f = input->field;
	bool is_short = length < f->len.min;

	if (!is_short && length <= f->len.max)
		return true;
	field_issue_add(input, is_short ? ISSUE_TOO_SHORT_AFTERWARDS : ISSUE_TOO_LONG_AFTERWARDS,
		is_short ? f->len.min : f->len.max)
		->actual = length;
	return false;
}

bool read_url(struct field_input *input)
{
	const struct json *json = input->json;
	struct str url;
	const char *reason;

	if (json->has_surrogate)
		return field_issue(input, ISSUE_NOT_UNICODE, 0);
	if (json->text.len > URL_LENGTH_MAX)
		return field_issue(input, ISSUE_URL_TOO_LONG, URL_LENGTH_MAX);
	if (json->text.len == 0)
		return invalid(input, "input is empty");
	switch (url_parse(input->arena, json->text, &url, &reason)) {
	case URL_INVALID:
		return invalid(input, reason);
	case URL_OTHER_SCHEME:
		return field_issue(input, ISSUE_URL_SCHEME, 0);
	default:
		input->value = value_text(url);
		return check_length(input, url.len);
	}
}

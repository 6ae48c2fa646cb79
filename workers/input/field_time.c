/* The reader of dates with times: pydantic-core, src/validators/datetime.rs. */
#include "field_kinds.h"

#include "datetime_input.h"

static enum datetime_input parse(struct field_input *input, int64_t *moment, const char **reason)
{
	const struct json *json = input->json;

	switch (json->type) {
	case JSON_INT:
		return datetime_input_integer(json->text, moment, reason);
	case JSON_FLOAT:
		return datetime_input_float(json->number, moment, reason);
	default:
		return datetime_input_text(input->arena, json->text, moment, reason);
	}
}

bool read_datetime(struct field_input *input)
{
	const char *reason;
	int64_t moment;

	if (input->json->type == JSON_STRING && input->json->has_surrogate)
		return field_issue(input, ISSUE_NOT_UNICODE, 0);
	enum datetime_input outcome = parse(input, &moment, &reason);
	if (outcome == DATETIME_INPUT_OK) {
		input->value = value_int(moment);
		return true;
	}
	bool invalid = outcome == DATETIME_INPUT_INVALID;
	field_issue_add(input, invalid ? ISSUE_NOT_A_DATETIME : ISSUE_NOT_A_DATE, 0)->reason =
		str_from(reason);
	return false;
}

/* The readers of dates and times: pydantic-core, src/validators/date.rs, time.rs and datetime.rs.
 */
#include "field_kinds.h"

#include "datetime_input.h"

struct kind {
	enum datetime_input (*read)(struct arena *arena, const struct json *json,
		struct value *value, const char **reason);
	enum issue_type issues[DATETIME_INPUT__COUNT];
};

static bool read_kind(struct field_input *input, const struct kind *kind)
{
	const char *reason;

	if (input->json->type == JSON_STRING && input->json->has_surrogate)
		return field_issue(input, ISSUE_NOT_UNICODE, 0);
	enum datetime_input outcome = kind->read(input->arena, input->json, &input->value, &reason);
	if (outcome == DATETIME_INPUT_OK)
		return true;
	field_issue_add(input, kind->issues[outcome], 0)->reason = str_from(reason);
	return false;
}

bool read_date(struct field_input *input)
{
	static const struct kind date = {
		.read = datetime_input_date,
		.issues = {
			[DATETIME_INPUT_INVALID] = ISSUE_NOT_A_DAY,
			[DATETIME_INPUT_OTHER] = ISSUE_NOT_A_DAY_OR_DATETIME,
			[DATETIME_INPUT_INEXACT] = ISSUE_NOT_MIDNIGHT,
		},
	};

	return read_kind(input, &date);
}

bool read_time(struct field_input *input)
{
	static const struct kind time = {
		.read = datetime_input_time,
		.issues = { [DATETIME_INPUT_INVALID] = ISSUE_NOT_A_TIME },
	};

	return read_kind(input, &time);
}

bool read_datetime(struct field_input *input)
{
	static const struct kind datetime = {
		.read = datetime_input_read,
		.issues = {
			[DATETIME_INPUT_INVALID] = ISSUE_NOT_A_DATETIME,
			[DATETIME_INPUT_OTHER] = ISSUE_NOT_A_DATE,
		},
	};

	return read_kind(input, &datetime);
}

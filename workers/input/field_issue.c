#include "field_kinds.h"

struct issue *field_issue_add(struct field_input *input, enum issue_type type, int64_t limit)
{
	return issues_add(input->issues,
		(struct issue){
			.type = type,
			.place = input->place,
			.name = input->array ? input->array->name : input->field->name,
			.in_item = input->array != NULL,
			.item = input->item,
			.input = input->json ? ISSUE_INPUT_JSON : ISSUE_INPUT_NULL,
			.json = input->json,
			.limit = limit,
		});
}

bool field_leaves_to_dbd(struct field_input *input)
{
	input->value = value_refused();
	return !input->storable_only;
}

bool field_unstorable(struct field_input *input, enum issue_type type)
{
	return field_leaves_to_dbd(input) || field_issue(input, type, 0);
}

bool field_issue(struct field_input *input, enum issue_type type, int64_t limit)
{
	field_issue_add(input, type, limit);
	return false;
}

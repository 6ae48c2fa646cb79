#include "field_kinds.h"

struct issue *field_issue_add(struct field_input *input, enum issue_type type, int64_t limit)
{
	struct issue *issue = issues_new(input->issues);

	issue->type = type;
	issue->place = input->place;
	issue->name = input->array ? input->array->name : input->field->name;
	issue->in_item = input->array != NULL;
	issue->item = input->item;
	issue->input = input->json ? ISSUE_INPUT_JSON : ISSUE_INPUT_NULL;
	issue->json = input->json;
	issue->limit = limit;
	return issue;
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

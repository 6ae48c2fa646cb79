/* The reader of UUIDs: pydantic-core, src/validators/uuid.rs. */
#include "field_kinds.h"

#include "uuid_input.h"

bool read_uuid(struct field_input *input)
{
	struct str uuid, reason;

	if (input->json->has_surrogate)
		return field_issue(input, ISSUE_NOT_UNICODE, 0);
	if (!uuid_input(input->arena, input->json->text, &uuid, &reason)) {
		field_issue_add(input, ISSUE_NOT_A_UUID, 0)->reason = reason;
		return false;
	}
	input->value = value_text(uuid);
	return true;
}

#include "field_limits.h"

#include "field_kinds.h"

static const struct {
	enum issue_type issue;
	unsigned allowed; /* bits: enum order */
} checks[] = {
	[LIMIT_MULTIPLE_OF] = { ISSUE_NOT_A_MULTIPLE, 0 },
	[LIMIT_LE] = { ISSUE_TOO_GREAT, ORDER_LESS | ORDER_EQUAL },
	[LIMIT_LT] = { ISSUE_NOT_LESS, ORDER_LESS },
	[LIMIT_GE] = { ISSUE_TOO_SMALL, ORDER_GREATER | ORDER_EQUAL },
	[LIMIT_GT] = { ISSUE_NOT_GREATER, ORDER_GREATER },
};
_Static_assert(NITEMS(checks) == LIMIT__COUNT, "each limit has a check");

static bool holds(struct arena *arena, const struct limit_rules *rules, unsigned which,
	const struct limit *limit, const void *value)
{
	if (which == LIMIT_MULTIPLE_OF)
		return rules->is_multiple(arena, value, limit);
	return (checks[which].allowed & rules->compare(arena, value, limit)) != 0;
}

bool field_limits_hold(
	struct field_input *input, const struct limit_rules *rules, const void *value)
{
	for (unsigned i = 0; i < LIMIT__COUNT; i++) {
		const struct limit *limit = &input->field->limits[i];
		if (!limit->text.ptr || holds(input->arena, rules, i, limit, value))
			continue;
		rules->write(input->arena, limit, field_issue_add(input, checks[i].issue, 0));
		return false;
	}
	return true;
}

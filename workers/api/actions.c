#include "actions.h"

#include "table.h"

/* clang-format off */
#define ACTIONS(ROW) \
	ROW(ACTION_LIST,   METHOD_GET,    ACTION_AT_LIST,   ACTION_TAKES_NOTHING, 200, ACTION_GIVES_LIST) \
	ROW(ACTION_CREATE, METHOD_POST,   ACTION_AT_PARENT, ACTION_TAKES_ROW,     201, ACTION_GIVES_ROW) \
	ROW(ACTION_READ,   METHOD_GET,    ACTION_AT_ROW,    ACTION_TAKES_NOTHING, 200, ACTION_GIVES_TREE) \
	ROW(ACTION_UPDATE, METHOD_PATCH,  ACTION_AT_ROW,    ACTION_TAKES_CHANGES, 200, ACTION_GIVES_ROW) \
	ROW(ACTION_DELETE, METHOD_DELETE, ACTION_AT_ROW,    ACTION_TAKES_NOTHING, 204, ACTION_GIVES_NOTHING)
/* clang-format on */

const struct action_http action_http[] = { ACTIONS(TABLE_ROW) };
TABLE_IS_WHOLE(ACTIONS, ACTION__COUNT);

static const enum action actions_of_operations[] = {
	[OPERATION_LIST] = ACTION_LIST,
	[OPERATION_CREATE] = ACTION_CREATE,
	[OPERATION_READ] = ACTION_READ,
	[OPERATION_UPDATE] = ACTION_UPDATE,
	[OPERATION_DELETE] = ACTION_DELETE,
};
_Static_assert(NITEMS(actions_of_operations) == OPERATION__COUNT, "an operation has no action");
_Static_assert((int)OPERATION__COUNT == (int)ACTION__COUNT, "an action has no operation");

enum action action_nth(const struct resource *r, unsigned i)
{
	return r->operations ? actions_of_operations[r->operations[i]] : (enum action)i;
}

#include "actions.h"

#include "table.h"

/* clang-format off */
#define ACTIONS(ROW) \
	ROW(ACTION_LIST,     METHOD_GET,    true,  ACTION_GIVES_LIST) \
	ROW(ACTION_CREATE,   METHOD_POST,   true,  ACTION_GIVES_ROW) \
	ROW(ACTION_READ,     METHOD_GET,    false, ACTION_GIVES_TREE) \
	ROW(ACTION_UPDATE,   METHOD_PATCH,  false, ACTION_GIVES_ROW) \
	ROW(ACTION_DELETE,   METHOD_DELETE, false, ACTION_GIVES_NOTHING) \
	ROW(ACTION_REPLACE,  METHOD_PUT,    false, ACTION_GIVES_ROW) \
	ROW(ACTION_CHILDREN, METHOD_GET,    true,  ACTION_GIVES_LIST)
/* clang-format on */

const struct action_http action_http[] = { ACTIONS(TABLE_ROW) };
TABLE_IS_WHOLE(ACTIONS, ACTION__COUNT);

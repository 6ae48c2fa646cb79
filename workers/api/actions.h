/*
 * The actions in HTTP: one row for each. The protocol's facts, among them whether an action writes,
 * are in action.def; what a declaration may choose is in struct operation.
 */
#ifndef POSTERN_ACTIONS_H
#define POSTERN_ACTIONS_H

#include "command.h"
#include "method.h"

/* What dbd replies, if the action succeeds. */
enum action_gives {
	ACTION_GIVES_NOTHING,
	ACTION_GIVES_ROW,
	ACTION_GIVES_TREE, /* a row with its embedded children */
	ACTION_GIVES_LIST
};

struct action_http {
	enum method method;
	bool below_parent; /* the key in the path, if it has one, is the parent's; else the row's */
	enum action_gives gives;
};

extern const struct action_http action_http[ACTION__COUNT];

static inline enum method action_method(enum action action)
{
	return action_http[action].method;
}

#endif

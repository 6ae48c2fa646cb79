/*
 * The actions in HTTP: one row for each. The protocol's facts, among them whether an action writes,
 * are in action.def.
 */
#ifndef POSTERN_ACTIONS_H
#define POSTERN_ACTIONS_H

#include "command.h"
#include "method.h"

/* The path of an action on a resource. */
enum action_path {
	ACTION_AT_LIST,   /* /posts */
	ACTION_AT_PARENT, /* /users/{user_id}/posts; /users, if the resource has no parent */
	ACTION_AT_ROW     /* /posts/{post_id} */
};

/* The body of the request. */
enum action_takes {
	ACTION_TAKES_NOTHING, /* a body is ignored */
	ACTION_TAKES_ROW,     /* every input field must be there, none of them null */
	ACTION_TAKES_CHANGES  /* absent fields stay as they are; dbd refuses null */
};

/* The body of the answer, if the action succeeds. */
enum action_gives {
	ACTION_GIVES_NOTHING,
	ACTION_GIVES_ROW,
	ACTION_GIVES_TREE, /* a row with its embedded children */
	ACTION_GIVES_LIST
};

struct action_http {
	enum method method;
	enum action_path path;
	enum action_takes takes;
	int status; /* of the answer, if the action succeeds */
	enum action_gives gives;
};

extern const struct action_http action_http[ACTION__COUNT];

/* The i-th action, in the order of a resource's operations in /openapi.json. */
enum action action_nth(const struct resource *r, unsigned i);

static inline bool action_has_body(enum action action)
{
	return action_http[action].takes != ACTION_TAKES_NOTHING;
}

static inline enum method action_method(enum action action)
{
	return action_http[action].method;
}

#endif

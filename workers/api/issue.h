/*
 * What is wrong with a request: collected as data, then rendered as the list under "detail" that
 * FastAPI answers with 422.
 */
#ifndef POSTERN_ISSUE_H
#define POSTERN_ISSUE_H

#include "arena.h"
#include "buf.h"
#include "json.h"
#include "resource.h"

enum issue_type {
#define ISSUE(name, ...) ISSUE_##name,
#include "issue.def"
#undef ISSUE
	ISSUE__COUNT
};

/* Where it is: "loc" in the answer. */
enum issue_place {
	ISSUE_IN_PATH,    /* ["path", name + "_id"] */
	ISSUE_IN_QUERY,   /* ["query", name] */
	ISSUE_IN_BODY,    /* ["body"] */
	ISSUE_IN_FIELD,   /* ["body", name] */
	ISSUE_AT_POSITION /* ["body", position] */
};

/* What stands under "input". */
enum issue_input {
	ISSUE_INPUT_NULL,
	ISSUE_INPUT_EMPTY, /* {} */
	ISSUE_INPUT_TEXT,
	ISSUE_INPUT_JSON
};

struct issue {
	enum issue_type type;
	enum issue_place place;
	const char *name;
	size_t position;
	enum issue_input input;
	struct str text;
	const struct json *json;
	struct str reason;
	size_t limit, actual;
};

/* One for the path, one for the body or for each of its fields. A count of zero is enough to begin.
 */
struct issues {
	unsigned count;
	struct issue list[RESOURCE_MAX_FIELDS + 1];
};

void issues_add(struct issues *issues, struct issue issue);

/* {"detail":[…]} */
void issues_render(struct buf *out, const struct issues *issues);

#endif

/*
 * Issues: what is wrong with a request. They are collected as data and rendered as the list under
 * "detail" in FastAPI's 422.
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

/* "loc" in the answer. */
enum issue_place {
	ISSUE_IN_FIELD,   /* ["body", name] */
	ISSUE_IN_BODY,    /* ["body"] */
	ISSUE_IN_QUERY,   /* ["query", name] */
	ISSUE_IN_PATH,    /* ["path", name] */
	ISSUE_AT_POSITION /* ["body", position] */
};

/* The kind of "input" in the answer. */
enum issue_input {
	ISSUE_INPUT_NULL,
	ISSUE_INPUT_EMPTY, /* {} */
	ISSUE_INPUT_TEXT,
	ISSUE_INPUT_JSON
};

struct issue {
	enum issue_type type;
	enum issue_place place;
	const char *name; /* of the parameter or the field */
	size_t position;  /* AT_POSITION: code points before the error */
	bool in_item;     /* of an array: the item's index is the last member of loc */
	size_t item;
	enum issue_input input;
	struct str text;         /* INPUT_TEXT */
	const struct json *json; /* INPUT_JSON */
	struct str reason;       /* these: slots in issue.def */
	struct str bound;        /* a number, as the message has it */
	struct str bound_json;   /* the same, as ctx has it */
	int64_t limit;
	size_t actual;
};

/* Begins as { .arena = arena }, which costs no memory. All pointers are borrowed until the issues
 * are rendered. */
struct issues {
	struct arena *arena; /* for the list */
	unsigned count, room;
	struct issue *list;
};

/* Makes room for more issues. */
void issues_grow(struct issues *issues);

/* Appends an issue, all zero, to be filled. The pointer is valid until the next one is added. */
static inline struct issue *issues_new(struct issues *issues)
{
	if (issues->count == issues->room)
		issues_grow(issues);
	struct issue *issue = &issues->list[issues->count++];
	*issue = (struct issue){ 0 };
	return issue;
}

/* The same with a copy of this issue in it. */
struct issue *issues_add(struct issues *issues, struct issue issue);

/* Appends {"detail":[…]}. The buffer's failure is sticky. */
void issues_render(struct buf *out, const struct issues *issues);

#endif

/*
 * A request's key and body against a resource's declaration, as FastAPI and Pydantic judge them:
 * the outcome is a record, or every issue at once, the path's first, then the fields' in the
 * declared order.
 */
#ifndef POSTERN_VALIDATE_H
#define POSTERN_VALIDATE_H

#include "command.h"
#include "issue.h"

/* The key in a path. False: an issue was added, or (*exists = false) it is an integer that no row
 * can have. */
bool validate_key(struct str segment, const struct resource *key_of, int64_t *key, bool *exists,
	struct issues *issues);

enum { PAGE_LIMIT_MAX = 1000, PAGE_LIMIT_DEFAULT = 100 };

/* The page that a query asks for: after_id, and limit and count, which count only beside it.
 * Without after_id it is all of the list. False: issues were added, with texts in the arena. */
bool validate_page(struct arena *arena, struct str query, struct page *page, struct issues *issues);

enum body_outcome {
	BODY_VALID,
	BODY_INVALID,    /* issues were added to those that were there */
	BODY_MALFORMED,  /* no JSON: one issue, which is the whole answer */
	BODY_UNDECODABLE /* 400 */
};

/* The body for a create or an update of r. Text in the record and in the issues is borrowed from
 * body and arena. */
enum body_outcome validate_body(struct arena *arena, struct str content_type, struct str body,
	const struct resource *r, enum action action, struct record *record, struct issues *issues);

/* An update's nulls that dbd found to be one too many: string_type for each field of the mask. */
void validate_nulls(const struct resource *r, uint32_t fields, struct issues *issues);

#endif

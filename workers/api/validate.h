/*
 * Validates a request's key, query and body against a resource's declaration, as FastAPI and
 * Pydantic do. The result is a record, or all issues at once: that of the path first, then those of
 * the body's members in their order. Issues are allocated from the arena of struct issues.
 */
#ifndef POSTERN_VALIDATE_H
#define POSTERN_VALIDATE_H

#include "actions.h"
#include "issue.h"
#include "key.h"

/* Reads the key in a path, as its parameter f is declared (endpoint.parameters). Returns false and
 * sets *exists to false if an issue was added, or if the key is an integer beyond 64 bits, which no
 * row has. */
bool validate_key(struct str segment, const struct field *f, struct key *key, bool *exists,
	struct issues *issues);

enum { PAGE_LIMIT_MAX = 1000, PAGE_LIMIT_DEFAULT = 100 };

/* Reads the requested page of c, a LIST or CHILDREN of c->resource, from a query into c->page, and
 * the values of its filters into c->record: the parameters that the declaration gives the list, or
 * else after_id, and with it limit and count. A list that takes no parameters is whole, and one
 * that takes after_id is whole without it; CHILDREN does not take it. A slice whose skip or limit
 * is beyond 64 bits has no rows. Returns false if issues were added; texts are in the arena, or
 * borrowed from the query. */
bool validate_page(struct arena *arena, struct str query, struct command *c, struct issues *issues);

enum body_outcome {
	BODY_VALID,
	BODY_INVALID,    /* issues were added to those of the path */
	BODY_MALFORMED,  /* not JSON: one issue, which replaces all others */
	BODY_UNDECODABLE /* 400: not text, or beyond a limit of the JSON reader */
};

/* Validates a body by the schema of an operation that has one. A member that is absent and has a
 * default gets it, unless the operation is partial. Sets *record if the body is valid, and *input
 * if it is JSON. Texts in the record, the input and the issues are borrowed from body and arena. */
enum body_outcome validate_body(struct arena *arena, struct str content_type, struct str body,
	const struct operation *operation, struct record *record, const struct json **input,
	struct issues *issues);

/* Adds an issue for each field of the mask, which dbd has refused (FAULT_REFUSED) in a valid body,
 * the input: a null, be it a default, or a VALUE_REFUSED. The issue is that of the column's field,
 * since the member's may allow the value. */
void validate_refused(const struct operation *operation, uint64_t fields, const struct json *input,
	struct issues *issues);

#endif

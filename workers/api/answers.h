/*
 * Answers of one piece. Each function sets x->response and x->answered. Each returns true, which
 * callers return from exchange_start in turn.
 */
#ifndef POSTERN_ANSWERS_H
#define POSTERN_ANSWERS_H

#include "exchange.h"
#include "issue.h"

#define ANSWER_JSON STR("application/json")
#define ANSWER_TEXT STR("text/plain; charset=utf-8")

enum { ANSWER_BODY_KEPT = 4 * 1024 /* bytes of x->body that stay allocated between requests */ };

/* Sets status, header lines, Content-Type and body, all borrowed until the exchange is reset. ""
 * for what the answer does not have. */
static inline bool answer(
	struct exchange *x, int status, struct str fields, struct str type, struct str body)
{
	x->answered = true;
	x->response = (struct response){
		.status = status,
		.type = type,
		.fields = fields,
		.body = body,
	};
	return true;
}

/* A JSON body without further header lines. */
static inline bool answer_json(struct exchange *x, int status, struct str body)
{
	return answer(x, status, STR(""), ANSWER_JSON, body);
}

/* The JSON in x->body; 500 if the buffer has failed. */
bool answer_body(struct exchange *x, int status);

/* True if If-None-Match lists the ETag with which these header lines begin (RFC 9110 13.1.2). */
bool answer_is_known(struct exchange *x, struct str fields);

/* A success, or 304 without a body if the client has this representation already (RFC 9110 15.4.5).
 * fields begins with its ETag. */
bool answer_shown(
	struct exchange *x, int status, struct str fields, struct str type, struct str body);

/* 422 with the issues. */
bool answer_issues(struct exchange *x, const struct issues *issues);

/* 404 "User not found", or the resource's words, with the key that was asked for. */
bool answer_not_found(struct exchange *x, const struct resource *r, struct str id);

/* A key of the resource as texts show it, in the arena: an integer in decimal, a UUID with hyphens.
 */
struct str answer_key(struct exchange *x, const struct resource *r, struct key key);

/* 500. */
bool answer_internal_error(struct exchange *x);

/* The answer to a command that was not done. Counts a 503, unless part of the answer was sent. */
bool answer_fault(struct exchange *x, const struct reply *reply);

#endif

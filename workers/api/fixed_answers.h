/* Answers that need neither validation nor dbd: documents, files, redirects, Allow. Each function
 * returns true, as those of answers.h do. */
#ifndef POSTERN_FIXED_ANSWERS_H
#define POSTERN_FIXED_ANSWERS_H

#include "exchange.h"

/* The document of x->route, in gzip if the client prefers that. */
bool fixed_answer_document(struct exchange *x);

/* The file of x->route, which clients may keep for ever: its URL changes with its content. */
bool fixed_answer_asset(struct exchange *x);

/* 307 to x->route.redirect. */
bool fixed_answer_redirect(
	struct exchange *x, const struct http_request *request, struct str query);

/* A body, "" for none, with the Allow of x->route's endpoint, or of the whole server (RFC 9110
 * 10.2.1). */
bool fixed_answer_allow(struct exchange *x, int status, struct str body);

#endif

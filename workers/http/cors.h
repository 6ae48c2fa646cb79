/*
 * Cross-origin requests (the Fetch standard, 3.2), for scripts of other origins. Answers are those
 * of Starlette's CORSMiddleware with allow_methods=["*"] and allow_headers=["*"]; docs/contract.md
 * lists what differs.
 */
#ifndef POSTERN_CORS_H
#define POSTERN_CORS_H

#include "http.h"

/* The settings, named as the middleware's arguments are. */
struct cors {
	const char *origins;  /* allow_origins, as origins.h reads it; "": all of this is off */
	bool credentials;     /* allow_credentials */
	bool private_network; /* allow_private_network */
};

/* False: the two functions below have nothing to say. */
static inline bool cors_is_on(const struct cors *cors)
{
	return *cors->origins != '\0';
}

/* Header lines of any answer to a request with these fields, in the arena or static. "vary: origin"
 * is the first of them, if it is there at all, which response.h relies on. */
struct str cors_fields(
	struct arena *arena, const struct cors *cors, const struct http_fields *fields);

/* Answers a preflight request (an OPTIONS with Origin and Access-Control-Request-Method): returns
 * the status, 200 or 400, and sets the header lines and the text of the answer, which is
 * text/plain. Returns 0, and sets neither, if the request is no preflight. */
int cors_preflight(struct arena *arena, const struct cors *cors, enum method method,
	const struct http_fields *fields, struct str *lines, struct str *text);

#endif

/*
 * Cross-origin requests by scripts of other origins (the Fetch standard, 3.2). The answers are
 * those of Starlette's CORSMiddleware with allow_methods=["*"] and allow_headers=["*"], except for
 * the differences that docs/contract.md lists.
 */
#ifndef POSTERN_CORS_H
#define POSTERN_CORS_H

#include "http.h"

/* The settings, with the names of the middleware's arguments. */
struct cors {
	const char *origins;  /* allow_origins, see origins.h; "": CORS is off */
	bool credentials;     /* allow_credentials */
	bool private_network; /* allow_private_network */
};

/* If false, the two functions below do nothing. */
static inline bool cors_is_on(const struct cors *cors)
{
	return *cors->origins != '\0';
}

/* The CORS header lines of an answer to a request with these fields, in the arena or in static
 * memory. If "vary: origin" is among them, it is the first: response.h relies on it. */
struct str cors_fields(
	struct arena *arena, const struct cors *cors, const struct http_fields *fields);

/* Answers a preflight request, which is an OPTIONS request with Origin and
 * Access-Control-Request-Method: returns the status, 200 or 400, and sets the header lines and the
 * content of the answer, a text/plain. They are in the arena or in static memory. Returns 0 and
 * sets nothing if the request is not a preflight request. */
int cors_preflight(struct arena *arena, const struct cors *cors, enum method method,
	const struct http_fields *fields, struct str *lines, struct str *text);

#endif

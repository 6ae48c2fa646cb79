/*
 * Cross-origin requests (the Fetch standard, 3.2), for scripts of other origins. Answers are those
 * of Starlette's CORSMiddleware with allow_methods=["*"] and allow_headers=["*"], and in addition
 * say Vary on each, as a cache may hold it for others.
 */
#ifndef POSTERN_CORS_H
#define POSTERN_CORS_H

#include "http.h"

/* Header lines of any answer to such a request, in the arena or static. origins is the setting, of
 * which "" turns all of this off. */
struct str cors_fields(struct arena *arena, const char *origins, const struct http_fields *fields);

/* Does it ask whether another request may follow? Then it is answered with the status that is
 * returned, these lines and this text, as text/plain; else 0. */
int cors_preflight(struct arena *arena, const char *origins, enum method method,
	const struct http_fields *fields, struct str *lines, struct str *text);

#endif

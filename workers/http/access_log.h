/*
 * One line per answer: client, request line, status and how long it took, in uvicorn's words, as
 * JSON, or as Apache's combined log format. The lines are gathered: log_flush writes them.
 */
#ifndef POSTERN_ACCESS_LOG_H
#define POSTERN_ACCESS_LOG_H

#include "http.h"

#include <netinet/in.h>

struct access {
	const struct sockaddr *peer; /* as accept(2) tells it */
	struct str client; /* … or the address that a proxy says in its place; "" for none */
	const struct http_request *request; /* NULL: there was none that could be read */
	int status;
	uint64_t ns;   /* from when the request was there until its answer was */
	int64_t bytes; /* of the answer's content; -1: they are not known yet */
	struct str id; /* the request's; "" for none */
};

/* The arena is for what a request says in several fields of one name. */
void access_log_write(const struct access *access, struct arena *arena);

#endif

/*
 * The access log: one line per answer, with the client, the request line, the status and the
 * duration. The format is that of uvicorn, JSON, or Apache's combined log format. Lines are
 * buffered until log_flush.
 */
#ifndef POSTERN_ACCESS_LOG_H
#define POSTERN_ACCESS_LOG_H

#include "http.h"

#include <netinet/in.h>

struct access {
	const struct sockaddr *peer; /* the address from accept(2) */
	struct str client; /* the address that a trusted proxy sent, replaces peer; "": none */
	const struct http_request *request; /* NULL if the request was malformed */
	int status;
	uint64_t ns;   /* nanoseconds from the complete request to its answer */
	int64_t bytes; /* of the content of the answer; -1: not known yet */
	struct str id; /* of the request; "": none */
};

/* Appends the line of an answer to the log, if the level info is logged. The arena is used to join
 * several fields of one name. */
void access_log_write(const struct access *access, struct arena *arena);

#endif

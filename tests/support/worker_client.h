/* Clients of one worker among two. */
#ifndef POSTERN_TEST_WORKER_CLIENT_H
#define POSTERN_TEST_WORKER_CLIENT_H

#include "http_client.h"
#include "postern.h"

/* The process of a child ("worker 1", "dbd"); fails the test if there is none. */
pid_t worker_client_pid(const struct postern *server, const char *child);

/* A time during which a worker answers from its cache alone. */
struct cached_time {
	pid_t dbd; /* stopped; 0: with PostgreSQL, where dbd confirms each hit */
	double hits;
};

/* Begins it. The server has "--admin", "127.0.0.1:0". */
struct cached_time cached_begin(struct postern *server);

/* Ends it, and fails the test unless so many requests were answered from caches. */
void cached_end(struct postern *server, const struct cached_time *time, unsigned requests);

/* Opens a connection to a worker while the other one is stopped. A GET of the target, which must be
 * answered with 200, shows that the worker has accepted it. */
void worker_client_open(struct http_client *client, const struct postern *server, const char *other,
	const char *target);

#endif

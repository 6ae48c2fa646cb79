/*
 * The id of a request, by which its answer, the log and what stands before and behind this server
 * can be put together: the client's X-Request-ID, or one that is made.
 */
#ifndef POSTERN_REQUEST_ID_H
#define POSTERN_REQUEST_ID_H

#include "http.h"

enum { REQUEST_ID_MADE = 32, REQUEST_ID_MOST = 128 };

/* What makes ids: 128 bits in hex digits, of which 64 are this worker's and 64 run through all
 * their values in an order that looks like none. */
struct request_ids {
	char worker[16]; /* its digits */
	uint64_t next;
};

/* Random, by getrandom(2): no two workers make the same. */
void request_ids_init(struct request_ids *ids);

/* The one that was sent if it is one: 1 to REQUEST_ID_MOST letters, digits and "-._~:/+=@"; it is
 * borrowed, or in the arena. Else a new one, in the arena. */
struct str request_id(
	struct request_ids *ids, const struct http_fields *fields, struct arena *arena);

#endif

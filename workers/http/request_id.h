/*
 * The id of a request: the client's X-Request-ID or a generated one. It relates the answer, the log
 * and the logs of proxies and clients.
 */
#ifndef POSTERN_REQUEST_ID_H
#define POSTERN_REQUEST_ID_H

#include "http.h"

/* Bytes of a generated id, and the most bytes of an id that a client sends. */
enum { REQUEST_ID_MADE = 32, REQUEST_ID_MOST = 128 };

/* The generator of ids. An id is 128 bits in hex digits: 64 bits of the worker and a 64-bit
 * counter, permuted so that it looks random. */
struct request_ids {
	char worker[16]; /* hex digits of the worker */
	uint64_t next;
};

/* Seeds the generator from getrandom(2), so that the ids of all workers differ. Without entropy it
 * uses the clock and the pid. */
void request_ids_init(struct request_ids *ids);

/* The X-Request-ID of the request if it is valid: 1 to REQUEST_ID_MOST letters, digits and
 * "-._~:/+=@". It is borrowed from fields or in the arena. Otherwise generates an id in the arena.
 */
struct str request_id(
	struct request_ids *ids, const struct http_fields *fields, struct arena *arena);

#endif

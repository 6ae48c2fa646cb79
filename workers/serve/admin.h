/*
 * The listener of --admin, which all workers share: /healthz (200 if this worker's event loop
 * runs), /readyz (200 if the worker can serve: dbd answers, the storage works, and the worker is
 * not draining) and /metrics (metrics.h). It answers GET and HEAD, one request per connection and
 * ADMIN_CONNECTIONS at a time, and applies none of the API's limits.
 */
#ifndef POSTERN_ADMIN_H
#define POSTERN_ADMIN_H

#include "conns.h"

/* Every worker is told of each connection, and the first one takes it. */
enum {
	ADMIN_CONNECTIONS = 8,
	ADMIN_DESCRIPTORS = ADMIN_CONNECTIONS + 1 /* with the listener */
};

struct admin;

/* Serves the non-blocking listener, which it closes. Borrows conns, which tells whether the worker
 * is draining, and its service. Never NULL: aborts when out of memory. */
struct admin *admin_new(struct loop *loop, int listener, const struct conns *conns);

/* Another worker takes over: closes the listener. Calls on_done, in the loop, when the last client
 * that had connected has its answer; not if there is none now (admin_is_busy). Accepts NULL. */
void admin_drain(struct admin *admin, void (*on_done)(void *context), void *context);

/* True if a client has connected and has no answer yet; each gets one within some seconds. False
 * for NULL. */
bool admin_is_busy(const struct admin *admin);

/* Closes all connections and the listener. Must precede dbd_client_free. Accepts NULL. */
void admin_free(struct admin *admin);

#endif

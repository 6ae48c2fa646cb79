/*
 * The listener of --admin, which all workers share: /healthz (this worker's loop turns), /readyz
 * (it can do its work: dbd answers, the storage works, nobody has told it to stop) and /metrics.
 * GET and HEAD, one request for each connection, some connections at a time, and none of the API's
 * limits.
 */
#ifndef POSTERN_ADMIN_H
#define POSTERN_ADMIN_H

#include "conn.h"

enum { ADMIN_CONNECTIONS = 8, ADMIN_DESCRIPTORS = ADMIN_CONNECTIONS + 1 };

struct admin;

/* Watches the listener, which is non-blocking and the admin's from now on. conns says whether the
 * worker goes on; it and what it names stay the caller's. Aborts when out of memory. */
struct admin *admin_new(struct loop *loop, int listener, const struct conns *conns);

/* Another worker has taken over: closes the listener. on_done is called when the last of those who
 * had connected has its answer; nobody may be left (admin_is_busy). NULL is fine. */
void admin_part(struct admin *admin, void (*on_done)(void *context), void *context);

/* Somebody has connected who has no answer yet, which takes some seconds at most. NULL is fine. */
bool admin_is_busy(const struct admin *admin);

/* Closes every connection, before the client of dbd goes. NULL is fine. */
void admin_free(struct admin *admin);

#endif

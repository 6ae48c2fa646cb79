/*
 * One connection: reads requests, answers them in their order, stays open between them, and ends by
 * a timeout, by the client's wish or by the worker's stop.
 */
#ifndef POSTERN_CONN_H
#define POSTERN_CONN_H

#include "conn_state.h"

/* Makes a connection of an accepted socket (conn_new). */
struct conn *conn_open(struct conns *conns, int fd, const struct sockaddr_storage *peer);

/* Reads from a new connection: its first request has often arrived already, which saves a turn of
 * the loop. The connection may be gone afterwards. */
void conn_start(struct conn *c);

/* Answers 503 to a connection that exceeds a limit, and ends it. */
void conn_refuse(struct conn *c);

/* Closes an idle connection, unless a request has arrived of which the loop has not told yet: that
 * is answered first. */
void conn_expire(struct conn *c);

#endif

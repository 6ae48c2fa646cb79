/* The workers' connections of a server: accepting them, their input and output, closing them. What
 * their frames mean is server_frames.h's. */
#ifndef POSTERN_SERVER_CONN_H
#define POSTERN_SERVER_CONN_H

#include "frame.h"
#include "loop.h"

struct conn;
struct server;

/* Accepts workers from now on, on this Unix socket, which stays the caller's; but none if the
 * server only reads. A process of another user is refused. */
void server_conns_init(struct server *server, int listener);

/* A connection that has not said its hello. Owns fd. Never NULL: aborts when out of memory. */
struct conn *server_conn_add(struct server *server, int fd);

/* It gets a turn when this turn of the loop ends. */
void server_conn_touch(struct conn *conn);

/* Sends what waits. LINK_CLOSED: the connection is closed. */
enum link_status server_conn_send(struct conn *conn);

/* Sends what waits, sets what the watch waits for, and lets its stream go on. May close it. */
void server_conn_flush(struct conn *conn);

/* Closes the socket; server_conns_free frees the struct later. Twice is allowed. */
void server_conn_close(struct conn *conn);

/* The same, and logs why. */
void server_conn_refuse(struct conn *conn, const char *why);

/* Frees the closed connections of which the runner has no jobs. */
void server_conns_free(struct server *server);

#endif

/*
 * An HTTP client with at most one pending request, which never blocks for the answer. One process
 * can have many of them, with a server that may end at any moment. Connections are kept alive.
 */
#ifndef POSTERN_CHAOS_ASYNC_CLIENT_H
#define POSTERN_CHAOS_ASYNC_CLIENT_H

#include "buf.h"

struct async_client {
	int fd; /* poll it for POLLIN; -1: not connected */
	bool asking;
	bool last; /* the server closes after this answer */
	struct buf in;
};

struct heard {
	int status;
	struct str body; /* followed by a NUL; borrowed until the next call */
};

/* Initialises a client that is not connected. */
void async_client_init(struct async_client *a);
void async_client_done(struct async_client *a);

/* Connects to 127.0.0.1. Returns false if the connection is refused. */
bool async_client_connect(struct async_client *a, int port);

/* Closes the connection and drops a pending request. */
void async_client_drop(struct async_client *a);

/* Sends a request; body may be NULL. async_client_hear reports a lost connection. */
void async_client_ask(
	struct async_client *a, const char *method, const char *target, const char *body);

enum async_client_status {
	ASYNC_CLIENT_WAITING,  /* the answer is incomplete */
	ASYNC_CLIENT_ANSWERED, /* *heard is set */
	ASYNC_CLIENT_LOST /* the connection has ended, before the answer if a request was pending */
};

/* Reads what has arrived. Fails the test if it is malformed or answers no request. */
enum async_client_status async_client_hear(struct async_client *a, struct heard *heard);

#endif

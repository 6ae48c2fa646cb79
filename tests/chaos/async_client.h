/*
 * A keep-alive connection that has at most one request under way and never blocks for its answer,
 * so that one process can be many clients, of a server that may vanish at any moment.
 */
#ifndef POSTERN_CHAOS_ASKER_H
#define POSTERN_CHAOS_ASKER_H

#include "buf.h"

struct async_client {
	int fd; /* -1: not connected. To be polled for POLLIN */
	bool asking;
	bool last; /* the server has said that it closes */
	struct buf in;
};

struct heard {
	int status;
	struct str body; /* a NUL follows; borrowed, until the next call */
};

/* Not connected. */
void async_client_init(struct async_client *a);
void async_client_done(struct async_client *a);

/* To 127.0.0.1. False: refused. */
bool async_client_connect(struct async_client *a, int port);

/* Closes; whatever is under way is forgotten. */
void async_client_drop(struct async_client *a);

/* Sends a request; body may be NULL. That the connection is gone is heard from async_client_hear.
 */
void async_client_ask(
	struct async_client *a, const char *method, const char *target, const char *body);

enum async_client_status {
	ASKER_WAITING,  /* for more */
	ASKER_ANSWERED, /* *heard is set */
	ASKER_LOST      /* dropped, without a whole answer if there was a request */
};

/* Reads what is there. An answer that is none, or that nobody asked for, fails the test. */
enum async_client_status async_client_hear(struct async_client *a, struct heard *heard);

#endif

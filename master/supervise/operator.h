/*
 * Answers posternctl at the control socket (control.h), in the event loop: slow or silent clients
 * block nothing. Requests about the database are passed on to dbd with their connection, and dbd
 * answers.
 */
#ifndef POSTERN_OPERATOR_H
#define POSTERN_OPERATOR_H

#include "loop.h"

struct supervisor;

enum { OPERATOR_CLIENTS = 8 /* at a time */ };

enum operator_wait {
	OPERATOR_NONE,        /* the entry is free */
	OPERATOR_REQUEST,     /* for its request */
	OPERATOR_RELOAD,      /* for the end of the current reload */
	OPERATOR_NEXT_RELOAD, /* for the end of the reload after the current one */
	OPERATOR_END          /* for the end of the server */
};

/* A connection of posternctl, and what it waits for. */

struct operator_client {
	struct supervisor *supervisor;
	struct watch watch;
	struct timer deadline; /* of the request */
	enum operator_wait wait;
};

struct operator_server {
	struct watch listener; /* fd -1: none */
	uint64_t since;        /* when the server started, in loop_now's time */
	struct operator_client clients[OPERATOR_CLIENTS];
};

/* Starts to listen, if the plan has a control socket. */
void operator_begin(struct supervisor *s);

/* The last process has ended: answers the clients that wait, and closes all connections. */
void operator_end(struct supervisor *s);

#endif

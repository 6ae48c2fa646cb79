/*
 * Who operates the server: answers posternctl at the control socket (control.h) as the loop turns.
 * Nobody who is slow there, or says nothing, holds anything up. What is about the database goes on
 * to dbd, which then answers by itself.
 */
#ifndef POSTERN_OPERATOR_H
#define POSTERN_OPERATOR_H

#include "loop.h"

struct supervisor;

enum { OPERATOR_CLIENTS = 8 /* at a time */ };

enum operator_wait {
	OPERATOR_NONE, /* the place is free */
	OPERATOR_REQUEST,
	OPERATOR_RELOAD,      /* until the reload that is under way is over, or given up */
	OPERATOR_NEXT_RELOAD, /* … the one that follows it */
	OPERATOR_END
};

struct operator_client {
	struct supervisor *supervisor;
	struct watch watch;
	struct timer deadline; /* of the request */
	enum operator_wait wait;
};

struct operator
{
	struct watch listener; /* fd -1: there is none */
	uint64_t since;        /* loop_now's */
	struct operator_client clients[OPERATOR_CLIENTS];
};

/* Begins to listen, if the plan has a socket for that. */
void operator_begin(struct supervisor *s);

/* The last process has gone. Tells whoever waits for that, and closes all connections. */
void operator_end(struct supervisor *s);

#endif

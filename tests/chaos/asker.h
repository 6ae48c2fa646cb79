/*
 * A keep-alive connection that has at most one request under way and never blocks for its answer,
 * so that one process can be many clients, of a server that may vanish at any moment.
 */
#ifndef POSTERN_CHAOS_ASKER_H
#define POSTERN_CHAOS_ASKER_H

#include "buf.h"

struct asker {
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
void asker_init(struct asker *a);
void asker_done(struct asker *a);

/* To 127.0.0.1. False: refused. */
bool asker_connect(struct asker *a, int port);

/* Closes; whatever is under way is forgotten. */
void asker_drop(struct asker *a);

/* Sends a request; body may be NULL. That the connection is gone is heard from asker_hear. */
void asker_ask(struct asker *a, const char *method, const char *target, const char *body);

enum asker_status {
	ASKER_WAITING,  /* for more */
	ASKER_ANSWERED, /* *heard is set */
	ASKER_LOST      /* dropped, without a whole answer if there was a request */
};

/* Reads what is there. An answer that is none, or that nobody asked for, fails the test. */
enum asker_status asker_hear(struct asker *a, struct heard *heard);

#endif

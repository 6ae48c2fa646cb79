/* The states of a server (server.h), and the events that lead from one to the next. */
#ifndef POSTERN_SERVER_STATE_H
#define POSTERN_SERVER_STATE_H

#include <stdbool.h>

enum server_state {
	SERVER_SERVES,
	SERVER_LEAVES, /* was told to stop; serves until the last worker has left */
	SERVER_CLOSES, /* reads nothing more; answers what it has read, then ends */
	SERVER_DRAINS, /* the same, but then says BYE */
	SERVER_PARTED, /* has said BYE; hears only demands of streams, until the last stream ends */
	SERVER_ENDED,  /* has stopped the loop */
	SERVER_STATE__COUNT
};

enum server_event {
	SERVER_STOP,     /* server_stop was called */
	SERVER_DRAIN,    /* server_drain was called */
	SERVER_PATIENCE, /* the time given with either is over */
	SERVER_DONE,     /* what the state waits for has happened, and all replies are sent */
	SERVER_STUCK,    /* workers did not take their replies in time */
	SERVER_EVENT__COUNT
};

/* The state after the event: the same one if the event means nothing in it. */
enum server_state server_state_after(enum server_state state, enum server_event event);

/* What a server does in a state. */
struct server_duties {
	bool accepts; /* connections of workers */
	bool reads;   /* from the sockets of its connections */
	bool answers; /* commands that were read; else only demands */
};

struct server_duties server_state_duties(enum server_state state);

#endif

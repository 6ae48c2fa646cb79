/* What the parts of the server share (server.h): its structs, and no others' business. */
#ifndef POSTERN_SERVER_PRIVATE_H
#define POSTERN_SERVER_PRIVATE_H

#include "acceptor.h"
#include "frame.h"
#include "server.h"
#include "server_state.h"

enum { SERVER_OUT_HIGH = 8 << 20 /* unsent bytes; with more a worker is not read from */ };

enum conn_state {
	CONN_NEW,     /* has not said its hello */
	CONN_OPEN,    /* its frames are carried out as they come */
	CONN_STALLED, /* frames wait in link.in until link.out has drained */
	CONN_CLOSED   /* its socket is closed; freed once the runner has returned its jobs */
};

/* The connection of a worker. It outlives its socket while the runner has jobs of it. */
struct conn {
	struct server *server;
	enum conn_state state;
	struct watch watch;
	uint32_t events; /* that the watch waits for */
	struct link link;
	pid_t pid;             /* of the worker, for the log */
	const struct api *api; /* the worker's declaration, once it has said its hello */
	struct timer hello;
	unsigned jobs;             /* at the runner */
	bool is_touched;           /* it is in server.touched, or in that list of this turn */
	struct conn *next_touched; /* in that list */
	struct conn *next, **link_to;
};

/* Jobs until the runner has given them back. */
struct waiting {
	unsigned jobs;
	size_t bytes;
};

struct server {
	struct loop *loop;
	enum heartbeat_thread thread;
	enum server_state state;
	struct runner *runner;             /* NULL: parted, or only_reads */
	struct engine *reader;             /* NULL: none, or parted */
	bool only_reads;                   /* it is the server of a thread that only reads */
	struct read_threads *read_threads; /* NULL: none */
	struct streams *streams;           /* NULL: none */
	struct acceptor acceptor;
	struct timer patience, flush_timeout;

	struct conn *conns;
	unsigned nconns;
	struct conn *closed; /* not freed yet */

	struct task turn;
	struct conn *touched;      /* connections that need something in this turn */
	struct job_list submitted; /* of this turn */
	bool in_snapshot;          /* of this turn */

	struct waiting writes, reads;
	void (*on_parted)(void *context);
	void *context;
};

#endif

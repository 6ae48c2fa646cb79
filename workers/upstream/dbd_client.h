/*
 * The worker's client of dbd: many commands in flight, replies matched by id, a deadline for each
 * command. A late reply finds no call and is dropped.
 *
 * When dbd is lost, reads are sent again to the next dbd; writes that were sent end as
 * FAULT_UNKNOWN; what was not sent waits, bounded in number and by deadline. When dbd drains (it
 * sends BYE), everything it has not answered is sent to the next dbd, writes too, except for
 * streams that have begun: their connection stays open until the last of them ends. Confirms are
 * asked again like reads.
 *
 * If dbd has threads that only read, the client has a connection to one of them, too, for reads
 * with short replies. When that one ends, its reads are sent on the connection to dbd's main
 * thread, which has all others.
 */
#ifndef POSTERN_DBD_CLIENT_H
#define POSTERN_DBD_CLIENT_H

#include "command.h"
#include "loop.h"

enum {
	DBD_TIMEOUT_MS = 10 * 1000,        /* from the call, or from a demand, to the reply */
	DBD_PATIENCE_MS = 2 * 1000,        /* see dbd_client_set_patience */
	DBD_SERVER_PATIENCE_MS = 8 * 1000, /* the same if dbd is a client of a server */
	DBD_CALLS_MAX = 16 * 1024          /* in flight; further calls end as FAULT_BUSY at once */
};

/* A command in flight. Embedded by the caller. The command, and what its record borrows, must exist
 * until the last frame of the reply or dbd_client_cancel. */
struct dbd_call {
	const struct command *command; /* the client sets id and deadline of what it sends */

	/* Gets each frame of the reply; the last one has MORE_NO. The frame is borrowed until the
	 * callback returns. After a frame with MORE_WAITS the call rests, without a deadline, until
	 * dbd_client_next. Faults may also come from the client itself: BUSY, UNAVAILABLE, UNKNOWN.
	 * Returns false if the frame is no valid reply to the command: the connection is closed. */
	bool (*on_reply)(struct dbd_call *call, struct reply *reply);

	/* dbd was lost after a part of the reply: the command will be sent again, unless the
	 * callback cancels the call, and the reply begins again. */
	void (*on_restart)(struct dbd_call *call);

	/* The generations show every write that was acknowledged before dbd_client_confirm. The
	 * call is not in flight any more. */
	void (*on_confirmed)(struct dbd_call *call);

	/* private */
	struct dbd_call *next, *previous; /* in the order of deadlines, or among those that rest */
	uint64_t id, deadline;            /* id: or the number of the confirm */
	uint32_t slot;                    /* in the client's table; 0: not in flight */
	struct dbd_link *link;            /* on which the command was sent; NULL: not yet */
	bool resting;
	bool confirming; /* waits for a confirm; without a slot and a link */
	bool streaming;  /* dbd waits for demands */
	bool is_long;    /* the thread that reads has said so: the main thread is asked */
};

struct dbd_client;

/* Connects to dbd's abstract socket, and again whenever the connection is lost. Calls on_ready each
 * time that a dbd has greeted. Borrows the socket name. Never NULL: aborts when out of memory. */
struct dbd_client *dbd_client_new(
	struct loop *loop, const char *socket_name, void (*on_ready)(void *context), void *context);

/* Closes the connections and frees the client. No call may be in flight. */
void dbd_client_free(struct dbd_client *client);

/* The number of this worker, which decides which of dbd's threads reads for it. Until it is set,
 * and with 0, that is the main thread. Before the loop runs. */
void dbd_client_set_worker(struct dbd_client *client, uint32_t worker);

/* While a read of a row, or a write, has waited for longer than this, others of its kind end as
 * FAULT_UNAVAILABLE at once. DBD_PATIENCE_MS unless set; in milliseconds, at most DBD_TIMEOUT_MS.
 */
void dbd_client_set_patience(struct dbd_client *client, uint64_t patience);

/* True if a dbd has greeted, and its connection stands. */
bool dbd_client_is_up(const struct dbd_client *client);

/* Sends the command at the end of the loop's turn, or when dbd is there. May call on_reply before
 * it returns, with FAULT_BUSY or FAULT_UNAVAILABLE. */
void dbd_client_call(struct dbd_client *client, struct dbd_call *call);

/* Asks dbd whether the generations are up to date; on_confirmed follows, or on_reply with a fault.
 * One confirm, sent at the end of the loop's turn, serves all that have asked by then; those that
 * ask while it is on its way wait for the next. May call on_reply before it returns, with
 * FAULT_UNAVAILABLE. */
void dbd_client_confirm(struct dbd_client *client, struct dbd_call *call);

/* True if a confirm that was sent in the last `age` milliseconds has been answered; never with 0.
 */
bool dbd_client_was_confirmed(const struct dbd_client *client, uint64_t age);

/* Demands the next frame. Only while the call rests. */
void dbd_client_next(struct dbd_client *client, struct dbd_call *call);

/* Ends the call without a callback, and tells dbd if it is streaming. Does nothing if the call is
 * not in flight. */
void dbd_client_cancel(struct dbd_client *client, struct dbd_call *call);

#endif

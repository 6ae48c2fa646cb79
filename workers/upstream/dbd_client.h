/*
 * The worker's one connection to dbd: many commands in flight, replies matched by id, each command
 * with a deadline. A late reply finds no call and is dropped. When dbd is lost, reads are asked
 * again of the next one, and writes that were under way end as FAULT_UNKNOWN; what was not sent yet
 * waits, bounded by number and by deadline. When dbd makes way, all of that is asked of the next
 * one, except for streams that have begun: their connection stays until the last of them is over,
 * beside the one to the next dbd.
 */
#ifndef POSTERN_DBD_CLIENT_H
#define POSTERN_DBD_CLIENT_H

#include "command.h"
#include "loop.h"

enum {
	DBD_TIMEOUT_MS = 10 * 1000, /* from the call to its reply */
	DBD_PATIENCE_MS = 2 * 1000, /* while one of its kind has waited for longer, a call ends as
				     * FAULT_UNAVAILABLE at once */
	DBD_CALLS_MAX = 16 * 1024   /* at a time; more end as FAULT_BUSY at once */
};

/* One command on its way. Embedded by the caller; the command, and what its record borrows, must
 * stay until the last reply or dbd_client_cancel. */
struct dbd_call {
	const struct command *command; /* its id and deadline are the client's to set */

	/* Each frame of the reply, the last one with MORE_NO; what it holds is borrowed until the
	 * callback returns. After MORE_WAITS the call rests, with no deadline, until
	 * dbd_client_next. A fault may also come from the client itself: BUSY, UNAVAILABLE,
	 * UNKNOWN. False: it is no reply to the command, and who sent it is given up. */
	bool (*on_reply)(struct dbd_call *call, struct reply *reply);

	/* dbd was lost after part of a reply: the command is asked again, from the start, unless it
	 * is cancelled now. */
	void (*on_restart)(struct dbd_call *call);

	/* private */
	struct dbd_call *next, *previous; /* in the order of deadlines, or among those that rest */
	uint64_t id, deadline;
	uint32_t slot;         /* in the client's table; 0: not under way */
	struct dbd_link *link; /* on which dbd was asked; NULL: not yet */
	bool resting;
	bool streaming; /* dbd waits for demands */
};

struct dbd_client;

/* Connects to dbd's abstract socket, now and whenever the connection is lost, and calls on_ready
 * each time that dbd has greeted. Never NULL. */
struct dbd_client *dbd_client_new(
	struct loop *loop, const char *socket_name, void (*on_ready)(void *context), void *context);

/* Only when no call is under way. */
void dbd_client_free(struct dbd_client *client);

/* Sends the command (at the end of the loop's turn) or keeps it until dbd is there. on_reply may be
 * called before this returns: FAULT_BUSY. */
void dbd_client_call(struct dbd_client *client, struct dbd_call *call);

/* Asks for the frame after one with MORE_WAITS; only while the call rests. */
void dbd_client_next(struct dbd_client *client, struct dbd_call *call);

/* Nobody waits for the reply any more; a call that is not under way is fine. */
void dbd_client_cancel(struct dbd_client *client, struct dbd_call *call);

#endif

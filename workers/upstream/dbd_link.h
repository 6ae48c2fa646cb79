/*
 * One connection to dbd, from the greeting to its end: whole frames in, bytes out at the end of the
 * loop's turn. What the frames mean is the client's (dbd_client.h) to know.
 */
#ifndef POSTERN_DBD_LINK_H
#define POSTERN_DBD_LINK_H

#include "frame.h"
#include "loop.h"

enum dbd_link_state {
	DBD_LINK_DOWN,
	DBD_LINK_GREETING, /* dbd has not said hello */
	DBD_LINK_UP,
	DBD_LINK_LEFT /* dbd has said BYE, and only goes on with streams that have begun */
};

struct dbd_link {
	void *owner; /* the caller's */
	struct loop *loop;
	enum dbd_link_state state;
	struct link link; /* link.out takes frames, then dbd_link_send */
	struct watch watch;
	struct task flush;
	bool writable_wanted;
	unsigned calls; /* which dbd was asked on this connection; the client counts */

	/* A frame; the payload is borrowed until the callback returns, or closes the link. */
	void (*on_frame)(struct dbd_link *link, struct str payload);

	/* The connection has failed or ended, and is to be closed. */
	void (*on_lost)(struct dbd_link *link, const char *why);
};

/* A link that is down. */
void dbd_link_init(struct dbd_link *link, void *owner, struct loop *loop,
	void (*on_frame)(struct dbd_link *link, struct str payload),
	void (*on_lost)(struct dbd_link *link, const char *why));

/* Connects to dbd's abstract socket and says hello. The master holds dbd's listener, so this also
 * succeeds while there is no dbd: the greeting is what tells. False, with errno: it is down. */
bool dbd_link_open(struct dbd_link *link, const char *socket_name)
	__attribute__((warn_unused_result));

/* Has dbd greeted? */
bool dbd_link_is_up(const struct dbd_link *link);

/* Sends what was encoded into link.out, when the turn ends. */
void dbd_link_send(struct dbd_link *link);

/* Down again, without its buffers. Also in a callback; a link that is down is fine. */
void dbd_link_close(struct dbd_link *link);

#endif

/*
 * One connection to dbd, from the handshake to its end: it receives whole frames, and sends bytes
 * at the end of the loop's turn. dbd_client.h interprets the frames.
 */
#ifndef POSTERN_DBD_LINK_H
#define POSTERN_DBD_LINK_H

#include "frame.h"
#include "loop.h"

enum dbd_link_state {
	DBD_LINK_DOWN,
	DBD_LINK_GREETING, /* connected; dbd has not sent its hello */
	DBD_LINK_UP,
	DBD_LINK_LEFT /* dbd has sent BYE, and only continues streams that have begun */
};

struct dbd_link {
	void *owner; /* for the callbacks */
	struct loop *loop;
	enum dbd_link_state state; /* the owner sets UP and LEFT */
	struct link link;          /* frames are encoded into link.out, then dbd_link_send */
	struct watch watch;
	struct task flush;
	bool writable_wanted;
	unsigned calls;  /* in flight on this connection; counted by the owner */
	uint32_t worker; /* in its hello: the worker's number if dbd is only to read, else 0 */

	/* Gets each frame. The payload is borrowed until the callback returns or closes the link.
	 */
	void (*on_frame)(struct dbd_link *link, struct str payload);

	/* The connection has ended or failed; the callback must close the link. why is for the log.
	 */
	void (*on_lost)(struct dbd_link *link, const char *why);
};

/* Makes a link that is down. */
void dbd_link_init(struct dbd_link *link, void *owner, struct loop *loop,
	void (*on_frame)(struct dbd_link *link, struct str payload),
	void (*on_lost)(struct dbd_link *link, const char *why));

/* Connects to dbd's abstract socket and sends the hello. This also succeeds while no dbd runs,
 * since the master holds dbd's listener; dbd's hello shows that it runs. Returns false with errno,
 * and the link stays down. */
bool dbd_link_open(struct dbd_link *link, const char *socket_name)
	__attribute__((warn_unused_result));

/* True if dbd has greeted. */
bool dbd_link_is_up(const struct dbd_link *link);

/* Sends what is in link.out at the end of the turn. */
void dbd_link_send(struct dbd_link *link);

/* Closes the connection and frees its buffers. Allowed in a callback. Does nothing if the link is
 * down. */
void dbd_link_close(struct dbd_link *link);

#endif

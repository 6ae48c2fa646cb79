/*
 * Accepts connections from listening sockets, in an event loop, while its owner has room for them.
 * When accept(2) lacks descriptors or memory it pauses, since the listener would wake the loop
 * again and again.
 */
#ifndef POSTERN_ACCEPTOR_H
#define POSTERN_ACCEPTOR_H

#include "bounds.h"
#include "loop.h"

#include <sys/socket.h>

struct acceptor;

/* A listener under watch. Private. */
struct acceptor_listener {
	struct watch watch;
	struct acceptor *acceptor;
};

enum acceptor_state {
	ACCEPTOR_STOPPED,
	ACCEPTOR_ACCEPTING,
	ACCEPTOR_FULL,  /* until acceptor_resume finds room */
	ACCEPTOR_PAUSED /* until the timer fires */
};

/* Embedded by the owner, who sets the first members and zeroes the others. */
struct acceptor {
	struct loop *loop;
	const char *what;  /* is accepted: a noun for the log, e.g. "connections" */
	uint64_t pause_ms; /* after a lack of descriptors or memory */

	/* Other processes accept from the same listeners: a connection wakes one process, which
	 * accepts one connection and then goes to the end of the kernel's queue of processes, so
	 * that each gets its share. Without it, each event accepts all connections that wait. */
	bool exclusive;

	/* Called before each accept. If it returns false, the acceptor stops watching until
	 * acceptor_resume. NULL: there is always room. */
	bool (*has_room)(struct acceptor *acceptor);

	/* Takes over a new connection: a socket that is CLOEXEC and non-blocking. */
	void (*on_accept)(struct acceptor *acceptor, int fd, const struct sockaddr_storage *peer);

	/* private */
	enum acceptor_state state;
	unsigned count;
	struct acceptor_listener listeners[LISTENERS_MAX];
	struct timer pause;
};

/* Adds a listener, which must be non-blocking, to a stopped acceptor. At most LISTENERS_MAX. */
void acceptor_add(struct acceptor *acceptor, int listener);

/* Watches the listeners. Does nothing if the acceptor is not stopped. Aborts if the kernel refuses.
 */
void acceptor_start(struct acceptor *acceptor);

/* Stops watching the listeners, which stay open. */
void acceptor_stop(struct acceptor *acceptor);

/* Watches a full acceptor's listeners again, if has_room returns true now. */
void acceptor_recheck_room(struct acceptor *acceptor);

/* To be called when there may be room again: does acceptor_recheck_room if the acceptor is full. */
static inline void acceptor_resume(struct acceptor *acceptor)
{
	if (acceptor->state == ACCEPTOR_FULL)
		acceptor_recheck_room(acceptor);
}

/* Stops, but accepts what is waiting. With exclusive this happens after the watch has ended, so
 * that no connection is left of which only this process was told. Returns false if connections may
 * be left for lack of room; acceptor_resume then starts the acceptor again. */
bool acceptor_drain(struct acceptor *acceptor);

/* Stops, closes the listeners and forgets them. */
void acceptor_close(struct acceptor *acceptor);

/* True until acceptor_close, if a listener was added. */
static inline bool acceptor_is_open(const struct acceptor *acceptor)
{
	return acceptor->count > 0;
}

#endif

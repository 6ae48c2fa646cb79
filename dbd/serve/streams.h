/*
 * Replies that are too long to be written at once: each has a read-only connection of its own, on
 * which its snapshot stays open, and gives the worker a frame whenever that is demanded. Frames are
 * read by threads of their own (pool.h), one ahead: so a stream takes the memory of two frames,
 * however long it is, and nobody who asks for less waits for it.
 *
 * There are so many connections, opened when they are first needed; what finds none free waits in a
 * line, and then whoever has demanded nothing for the longest time, if that is long, is ended in
 * its favour. One whose worker demands nothing for very long is ended anyway, and one that is old
 * when its snapshot keeps a long log from being emptied.
 */
#ifndef POSTERN_STREAMS_H
#define POSTERN_STREAMS_H

#include "command.h"
#include "loop.h"
#include "store.h"

enum {
	STREAMS_MAX = 64,               /* at a time */
	STREAMS_WAITING_MAX = 256,      /* in the line */
	STREAMS_CACHE_KIB = 128,        /* of each connection */
	STREAMS_LEAST = 128 * 1024,     /* bytes; a shorter reply need not be one */
	STREAMS_UNSENT_MOST = 64 * 1024 /* bytes of out; beyond it a frame waits */
};

struct streams;

/* Milliseconds from a frame to the demand for the next. */
struct streams_patience {
	uint64_t idle;   /* with nobody in the line */
	uint64_t wanted; /* with somebody in it */
};

/* path is the database's, and stays the caller's. on_output is called with the owner of a stream
 * when something has been appended to its out. Never NULL: aborts when out of memory. */
struct streams *streams_new(struct loop *loop, const char *path, struct streams_patience patience,
	void (*on_output)(void *owner));

/* Ends all of them and closes their connections; NULL is fine. */
void streams_free(struct streams *streams);

/* Is the reply likely to be longer than STREAMS_LEAST? As the last one was. */
bool streams_expect(const struct streams *streams, const struct command *command);

/* Begins to answer a LIST or a READ with frames that are appended to out later. Owner and id tell
 * it apart. A fault ends it like any reply. False: too many wait. */
bool streams_begin(struct streams *streams, void *owner, struct buf *out,
	const struct command *command) __attribute__((warn_unused_result));

/* What was in the owner's out has been sent, so that frames can go on. */
void streams_go_on(struct streams *streams, const void *owner);

/* The worker demands something of a stream; if there is none with this id, nothing happens. */
void streams_demand(struct streams *streams, const void *owner, uint64_t id, enum demand demand);

/* Ends those whose snapshots are at least so many milliseconds old. */
void streams_end_older(struct streams *streams, uint64_t age);

/* Those in the line are not answered. */
void streams_drop_waiting(struct streams *streams);

/* Is a frame being read that a worker has demanded? One that is there, and waits for room, goes out
 * when what is before it has been sent. */
bool streams_busy(const struct streams *streams);

/* How many have begun, and somebody wants the rest. */
unsigned streams_running(const struct streams *streams);

/* The owner and its out are going away. */
void streams_drop(struct streams *streams, const void *owner);

#endif

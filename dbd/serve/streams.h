/*
 * Replies that are too long to be written at once. Each stream has a read-only connection of its
 * own, on which its snapshot stays open, and sends a frame each time that the worker demands one.
 * Threads of a pool (pool.h) read the frames, one ahead. So a stream takes the memory of two
 * frames, however long the reply is, and short reads do not wait for it.
 *
 * There are as many connections as the source allows, opened when they are first needed. Further
 * streams queue. While a stream is queued, the running one that has gone without a demand for the
 * longest time is evicted, once that time exceeds `wanted`. Streams without a demand for `idle` are
 * always ended; so are old ones when their snapshots keep a long log from being emptied.
 */
#ifndef POSTERN_STREAMS_H
#define POSTERN_STREAMS_H

#include "command.h"
#include "engine.h"
#include "loop.h"

enum {
	STREAMS_MAX = 64,               /* running, whatever the source allows */
	STREAMS_WAITING_MAX = 256,      /* in the queue */
	STREAMS_LEAST = 128 * 1024,     /* bytes; a shorter reply need not be a stream */
	STREAMS_UNSENT_MOST = 64 * 1024 /* bytes of out; with more a frame waits */
};

struct streams;

/* Milliseconds from a frame to the demand for the next. */
struct streams_patience {
	uint64_t idle;   /* while the queue is empty */
	uint64_t wanted; /* while it is not */
};

/* Where streams get their connections: engines of the use ENGINE_LIST. */
struct streams_source {
	const struct engine_ops *ops;
	const struct database_url *url; /* stays the caller's */
	unsigned most;                  /* connections: 1 to STREAMS_MAX */
};

/* on_output is called with the owner of a stream when something was appended to its out. Never
 * NULL: aborts when out of memory. */
struct streams *streams_new(struct loop *loop, struct streams_source source,
	struct streams_patience patience, void (*on_output)(void *owner));

/* Ends all streams and closes their connections; NULL is fine. */
void streams_free(struct streams *streams);

/* True if the reply is likely to be longer than STREAMS_LEAST, as the last one was. */
bool streams_expect(const struct streams *streams, const struct command *command);

/* Begins to answer a LIST or a READ with frames that are appended to out later. Owner and id
 * identify the stream. A fault ends it like any reply. Returns false if the queue is full. */
bool streams_begin(struct streams *streams, void *owner, struct buf *out,
	const struct command *command) __attribute__((warn_unused_result));

/* The owner's out has been sent: appends frames that waited for room. */
void streams_go_on(struct streams *streams, const void *owner);

/* The worker's demand for a stream; ignored if there is none with this id. */
void streams_demand(struct streams *streams, const void *owner, uint64_t id, enum demand demand);

/* Ends the streams whose snapshots are at least so many milliseconds old. */
void streams_end_older(struct streams *streams, uint64_t age);

/* Ends the streams in the queue without an answer. */
void streams_drop_waiting(struct streams *streams);

/* True while a frame is being read that a worker has demanded. A frame that is ready and waits for
 * room does not count: it goes out when the bytes before it have been sent. */
bool streams_busy(const struct streams *streams);

/* The number of streams that run and that a worker still wants. */
unsigned streams_running(const struct streams *streams);

/* The owner and its out are going away: ends their streams. */
void streams_drop(struct streams *streams, const void *owner);

#endif

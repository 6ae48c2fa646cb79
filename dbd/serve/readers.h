/*
 * Threads that answer reads beside the main one. Each has an event loop, a server (server.h) with
 * the connections of some workers, and a connection to the database, so they share nothing but the
 * database itself. The main thread accepts the connections and hands them over.
 *
 * What they answer is as current as what the main thread answers: the snapshot of a turn begins
 * after its frames were read, and the database shows every commit to snapshots that begin later.
 */
#ifndef POSTERN_READERS_H
#define POSTERN_READERS_H

#include "engine.h"
#include "loop.h"
#include "read_threads.h"

struct readers;

struct readers_plan {
	const struct engine_ops *ops;   /* of engines of the use ENGINE_READER */
	const struct database_url *url; /* stays the caller's */
	unsigned count;                 /* threads, 0 to READERS_MAX */
};

/* Starts the threads; fewer, with a line in the log, if the database or the system refuses some.
 * NULL: there are none. The loop, the main thread's, is borrowed until readers_stop. */
struct readers *readers_start(struct loop *loop, const struct readers_plan *plan);

/* For server_plan. NULL if readers is. */
struct read_threads *readers_threads(struct readers *readers);

/* Lets the threads drain, unless they have, waits for their end, and closes their connections to
 * workers and database. NULL is fine. */
void readers_stop(struct readers *readers);

#endif

/*
 * The workers' connections, on the main thread: frames in, reads answered at once, long ones made
 * streams, writes handed to the writer, replies out.
 *
 * A turn of the loop first drains every socket that is readable, then answers all the reads in it
 * from one snapshot, which is therefore newer than any reply that the client may have seen, hands
 * all the writes over at once, and sends what is ready with one write for each connection.
 */
#ifndef POSTERN_SERVER_H
#define POSTERN_SERVER_H

#include "loop.h"
#include "writer.h"

struct server;

/* What it works with. All of it stays the caller's. */
struct server_plan {
	int listener; /* a Unix socket, on which workers are accepted */
	struct writer *writer;
	struct store *reader; /* NULL: in memory; reads then go to the writer too */
	const char *path;     /* of the database, for long lists */

	/* Of server_drain: neither writer nor reader are used any more, from this very call. */
	void (*on_parted)(void *context);
	void *context;
};

/* Never NULL: aborts when out of memory. */
struct server *server_new(struct loop *loop, const struct server_plan *plan);

/* Stops the loop once the last worker has left: a TERM that reaches a whole process group must not
 * take dbd from under workers that still finish requests. After so many milliseconds of patience it
 * takes what has already been sent, reads no more, and stops once everything is answered, or
 * shortly after the last commit if a worker does not take its replies. */
void server_stop(struct server *server, uint64_t patience);

/* For another dbd to go on, so not for a database in memory, which stays: takes what has already
 * been sent, reads no more, answers it, and says BYE, so that the workers know that whatever is
 * unanswered was not done. Until the next dbd accepts them they wait. From then on it only serves
 * the demands of streams that have begun. The loop is stopped when the last of them has ended, or
 * after so many milliseconds from now. */
void server_drain(struct server *server, uint64_t patience);

/* After the loop has stopped and before the writer is; closes every connection. */
void server_free(struct server *server);

#endif

/*
 * The workers' connections, on the main thread: frames in, reads answered at once, long ones made
 * streams, writes handed to the writer, replies out.
 *
 * A turn of the loop first drains every socket that is readable, then answers all the reads in it
 * from one snapshot, which is therefore newer than any reply that the asker may have seen, hands
 * all the writes over at once, and sends what is ready with one write for each connection.
 */
#ifndef POSTERN_SERVER_H
#define POSTERN_SERVER_H

#include "loop.h"
#include "writer.h"

struct server;

/* Accepts workers on the listening Unix socket. reader and path, for long
 * lists, are NULL for a database in memory: reads then go to the writer too. All of them stay the
 * caller's. Never NULL: aborts when out of memory. */
struct server *server_new(struct loop *loop, int listener, struct writer *writer,
	struct store *reader, const char *path);

/* Stops the loop once the last worker has left: a TERM that reaches a whole process group must not
 * take dbd from under workers that still finish requests. After so many milliseconds of patience it
 * takes what has already been sent, reads no more, and stops once everything is answered, or
 * shortly after the last commit if a worker does not take its replies. */
void server_stop(struct server *server, uint64_t patience);

/* Stops the loop soon, for another dbd to go on: takes what has already been sent, reads no more,
 * answers it, says BYE, so that the workers know that whatever is unanswered was not done, and
 * closes. Until the next dbd accepts them the workers wait. */
void server_make_way(struct server *server);

/* After the loop has stopped and before the writer is; closes every connection. */
void server_free(struct server *server);

#endif

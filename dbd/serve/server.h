/*
 * The workers' connections, in the loop: it reads frames, answers short reads at once or
 * submits them, turns long ones into streams, submits writes, and sends replies.
 *
 * In a turn of the loop it first reads every readable socket. Then it answers all reads of the turn
 * from one snapshot, which is therefore newer than any reply that the client may have seen. It
 * submits all jobs at once, and sends the replies with one write for each connection.
 *
 * Who answers reads is said by the engines that there are:
 *
 *   reader  source.ops
 *   set     set         the reader at once, long ones a stream
 *   NULL    set         the runner (JOB_READ), long ones a stream
 *   NULL    NULL        the runner, as its writes (JOB_WRITE): it has the only connection
 *
 * A server without a runner is that of a thread that only reads (read_threads.h): it accepts no
 * workers but gets their connections, answers reads at once and long ones by FAULT_TOO_LARGE, and
 * closes a connection with any other frame.
 */
#ifndef POSTERN_SERVER_H
#define POSTERN_SERVER_H

#include "heartbeat.h"
#include "loop.h"
#include "read_threads.h"
#include "runner.h"
#include "streams.h"

struct server;

/* What it works with. Everything stays the caller's. */
struct server_plan {
	int listener;          /* a Unix socket, on which workers are accepted */
	struct runner *runner; /* on_finished and context are the server's; NULL: it only reads */
	struct engine *reader;
	struct streams_source source; /* for long lists */
	enum heartbeat_thread thread; /* in which the loop runs; HEARTBEAT_LOOP: the main one */
	struct read_threads *read_threads; /* on_ended and context are the server's; NULL: none */

	/* server_drain: neither runner, reader nor read_threads is used from this call on; the
	 * threads have ended. NULL: nobody needs to know. */
	void (*on_parted)(void *context);
	void *context;
};

/* Never NULL: aborts when out of memory. */
struct server *server_new(struct loop *loop, const struct server_plan *plan);

/* Only a server that only reads: takes over a connection whose hello, of this declaration, has been
 * read, and answers the hello. Owns fd from now on. */
void server_adopt(struct server *server, int fd, const struct api *declared);

/* Stops the loop once the last worker has left: a TERM to a whole process group must not end dbd
 * while workers still finish requests. After `patience` milliseconds it reads what was already sent
 * and no more, and stops once everything is answered, or a short time later if a worker does not
 * take its replies. */
void server_stop(struct server *server, uint64_t patience);

/* Drains, so that another dbd can take over; does nothing without streams, except if it only reads.
 * Reads what was
 * already sent and no more, answers it, and says BYE: the workers then know that whatever is
 * unanswered was not done, and wait until the next dbd accepts them. From then on it serves only
 * the demands of streams that have begun. Stops the loop when the last of these ends, or after
 * `patience` milliseconds. */
void server_drain(struct server *server, uint64_t patience);

/* After the loop has stopped and before the runner is stopped, which must not give jobs back any
 * more; closes every connection. */
void server_free(struct server *server);

#endif

/*
 * Threads that answer reads beside the main one (readers.h), as the server (server.h) sees them: it
 * accepts the workers' connections to them and hands these over.
 */
#ifndef POSTERN_READ_THREADS_H
#define POSTERN_READ_THREADS_H

#include "resource.h"

#include <stdint.h>

/* Used in the thread of the server's loop. */
struct read_threads {
	unsigned count;   /* at least 1 */
	unsigned running; /* of these; 0 some time after `drain` */

	/* Takes over a connection whose hello, of this declaration, has been read; the thread
	 * answers it. worker: the number of the worker, which decides which thread it is. */
	void (*take)(
		struct read_threads *threads, int fd, uint32_t worker, const struct api *declared);

	/* Lets all threads answer what was sent, say BYE, and end. */
	void (*drain)(struct read_threads *threads);

	/* Set by the server; called when none is running any more. */
	void (*on_ended)(void *context);
	void *context;
};

#endif

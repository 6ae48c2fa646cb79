/*
 * The contract between the master and its children: all that a child may assume about what it was
 * given. It holds these descriptors and variables, and the settings (config.h) in its environment.
 */
#ifndef POSTERN_PROCESS_H
#define POSTERN_PROCESS_H

#include "loop.h"

/* Descriptors at fixed numbers. */
enum {
	PROCESS_FD_STATUS =
		3, /* a pipe: one byte says "ready"; its end says that the child is gone */
	PROCESS_FD_PARENT =
		4, /* a pipe that nobody writes to: its end says that the master is gone */
	PROCESS_FD_LISTEN = 5, /* a listening socket: HTTP for a worker, the Unix one for dbd */
	PROCESS_FD__END
};

/* Variables beside the settings. */
#define PROCESS_ENV_NAME "POSTERN_PROCESS" /* "dbd", "worker 1": for the log */
#define PROCESS_ENV_DBD                                                                            \
	"POSTERN_DBD_SOCKET" /* worker: dbd's abstract socket address, without its NUL */

/* How every program of Postern ends (sysexits are not used). */
enum {
	EXIT_CLEAN = 0,
	EXIT_RUNNING = 1, /* fatal while running */
	EXIT_USAGE = 2,   /* usage or configuration */
	EXIT_STARTUP = 3  /* bind, database, a child that never became ready */
};

/* The name from PROCESS_ENV_NAME. If the contract's descriptors are not there, says on stderr that
 * this program is started by postern, and exits with EXIT_USAGE. Sets them CLOEXEC, the listener
 * non-blocking, ignores SIGPIPE, SIGINT and SIGHUP (the master decides), and opens no file. */
const char *process_adopt(void);

/* Calls on_stop once, in the loop, when SIGTERM arrives or the master is gone. */
void process_on_stop(struct loop *loop, void (*on_stop)(void *context), void *context);

/* Tells the master that this child can do its work. */
void process_ready(void);

#endif

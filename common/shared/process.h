/*
 * The contract between the master and its children: all that a child may assume about what it was
 * given. It holds these descriptors and variables, and the settings (config.h) in its environment.
 */
#ifndef POSTERN_PROCESS_H
#define POSTERN_PROCESS_H

#include "bounds.h"
#include "exit_status.h"
#include "loop.h"

/* Descriptors at fixed numbers. */
enum {
	PROCESS_FD_CHANNEL = 3, /* to the master (channel.h), for the words below; its end says that
				 * the other process is gone */
	PROCESS_FD_HEARTBEAT = 4,   /* the child's page (heartbeat.h); closed once it is mapped */
	PROCESS_FD_GENERATIONS = 5, /* the table of counters (generations.h), which dbd writes */
	PROCESS_FD_STATS = 6,       /* the table of stats.h; closed once it is mapped */
	PROCESS_FD_ADMIN = 7,       /* a worker's: the listener of --admin, if there is one */
	PROCESS_FD_LISTEN = 8, /* a listening socket: HTTP for a worker, the Unix one for dbd; if
				* there are more, they follow (process_listeners) */
	PROCESS_FD__END
};

/* What is said on the channel. */
enum process_word {
	PROCESS_READY = 'R',    /* the child's first: it can do its work */
	PROCESS_RETIRING = 'W', /* the child's, later: it would like to be replaced */
	PROCESS_RELEASED = 'G', /* the child's, making way: another may do its work from now on */
	PROCESS_LOG = 'L', /* the master's: the descriptor that comes with it is the new stderr */
	PROCESS_CONTROL = 'C' /* the master's to dbd: that descriptor is a connection of posternctl,
			       * whose request (control.h) has come and is not read yet */
};

/* Variables beside the settings. */
#define PROCESS_ENV_NAME "POSTERN_PROCESS" /* "dbd", "worker 1": for the log */
#define PROCESS_ENV_SLOT "POSTERN_SLOT"    /* the child's, in the table of stats.h */
#define PROCESS_ENV_DBD                                                                            \
	"POSTERN_DBD_SOCKET" /* worker: dbd's abstract socket address, without its NUL */

#define PROCESS_ENV_LISTENERS "POSTERN_LISTENERS" /* how many; not set: one */

/* Beside TERM, which every child knows: finish in such a way that nobody notices, as another
 * process takes over. A worker's idle clients may ask once more; dbd hands its workers on. */
#define PROCESS_DRAIN SIGUSR2

/* The name from PROCESS_ENV_NAME. If the contract's descriptors are not there, says on stderr that
 * this program is started by postern, and exits with EXIT_USAGE. Sets them CLOEXEC, the listeners
 * non-blocking, ignores SIGPIPE and SIGXFSZ (write(2) then says EPIPE and EFBIG) and those signals
 * on which the master decides (INT, HUP, USR1, USR2), maps the heartbeat's page and the table of
 * stats.h, and opens no file.
 */
const char *process_adopt(void);

/* How many listeners there are, from PROCESS_FD_LISTEN on: 1 to LISTENERS_MAX, 0 if the
 * variable is wrong. */
unsigned process_listeners(void);

/* Makes each turn of the loop a beat of HEARTBEAT_LOOP (heartbeat.h), and makes the loop turn often
 * enough for a watchdog of so many seconds even if nothing happens; 0: the watchdog is off. */
void process_keep_beating(struct loop *loop, long watchdog);

/* Calls on_stop once, in the loop, when SIGTERM arrives or the master is gone. */
void process_on_stop(struct loop *loop, void (*on_stop)(void *context), void *context);

/* Calls on_drain, in the loop that process_on_stop was given, when the master sends
 * PROCESS_DRAIN: another process is to do this one's work. on_stop may still follow. */
void process_on_drain(void (*on_drain)(void *context), void *context);

/* Calls on_control, in that loop, with the descriptor of each PROCESS_CONTROL, which is then its
 * own. Who does not call this has them closed. */
void process_on_control(void (*on_control)(void *context, int fd), void *context);

/* Tells the master that this child can do its work. */
void process_ready(void);

/* After process_ready: this process would like to be replaced. It goes on until it is told. */
void process_retire(void);

/* After PROCESS_DRAIN: what only one process may do, this one does no more. It goes on for as
 * long as others need what it has begun. */
void process_released(void);

#endif

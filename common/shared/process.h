/*
 * The contract between the master and its children. A child may rely only on these descriptors and
 * environment variables, and on the settings (config.h) in its environment.
 */
#ifndef POSTERN_PROCESS_H
#define POSTERN_PROCESS_H

#include "bounds.h"
#include "exit_status.h"
#include "loop.h"
#include "shared_api.h"

/* Descriptors at fixed numbers. */
enum {
	PROCESS_FD_CHANNEL = 3,     /* to the master (channel.h), for the words below */
	PROCESS_FD_HEARTBEAT = 4,   /* the child's page (heartbeat.h); process_adopt closes it */
	PROCESS_FD_GENERATIONS = 5, /* the counters (generations.h), which only dbd writes */
	PROCESS_FD_STATS = 6,       /* the table of stats.h; process_adopt closes it */
	PROCESS_FD_API = 7,         /* the declared API (shared_api.h); process_adopt closes it */
	PROCESS_FD_ADMIN = 8,       /* worker: the listener of --admin; optional */
	PROCESS_FD_LISTEN = 9,      /* worker: an HTTP listener; dbd: the Unix listener for workers.
				     * Further listeners follow (process_listeners). */
	PROCESS_FD__END
};

/* The words on the channel. */
enum process_word {
	PROCESS_READY = 'R',    /* child: ready to work; its first word */
	PROCESS_RETIRING = 'W', /* child: asks to be replaced */
	PROCESS_RELEASED = 'G', /* draining dbd: has released the database to its successor;
				 * draining worker: accepts no more connections */
	PROCESS_LOG = 'L',      /* master: the descriptor is the new stderr */
	PROCESS_ENDING = 'E',   /* master to dbd: workers stop; those that have not ended within
				 * timeout_graceful_shutdown are killed */
	PROCESS_CONTROL = 'C'   /* master to dbd: the descriptor is a connection of posternctl, in
				 * which a request (control.h) waits unread */
};

/* Variables other than the settings. */
#define PROCESS_ENV_NAME "POSTERN_PROCESS" /* the name in the log: "dbd", "worker 1" */
#define PROCESS_ENV_SLOT "POSTERN_SLOT"    /* the child's slot in the table of stats.h */
#define PROCESS_ENV_DBD                                                                            \
	"POSTERN_DBD_SOCKET" /* worker: dbd's abstract socket address, without its NUL */

#define PROCESS_ENV_LISTENERS "POSTERN_LISTENERS" /* number of listeners; default: 1 */

/* The argument of dbd for a trial: it finds out whether it could serve the API, while another dbd
 * may serve the database. It opens the database to read, changes nothing, and exits with
 * EXIT_CLEAN; or with EXIT_STARTUP, after it has sent one line without a newline over the channel,
 * and no word. */
#define PROCESS_TRIAL "--trial"

/* The signal to drain: another process takes over, and no request may fail. A worker lets each idle
 * client send one more request; dbd tells its workers to connect to its successor. SIGTERM means to
 * stop. */
#define PROCESS_DRAIN SIGUSR2

/* Takes over what the contract provides, and returns the name from PROCESS_ENV_NAME. Until
 * process_ready, log_die exits with EXIT_STARTUP. Notes the resource limits (rlimits.h). Makes the
 * descriptors CLOEXEC and the listeners non-blocking. Maps the page of heartbeats and the table of
 * stats.h. Reads the declared API, which is the API of this process (resource.h) from then on; if
 * it is broken, one line says so, and the process exits with EXIT_STARTUP. Ignores SIGPIPE and
 * SIGXFSZ (write(2) then fails with EPIPE and EFBIG) and the signals that only the master handles
 * (INT, HUP, USR1, USR2). If anything required is missing, writes to stderr that postern starts
 * this program, and exits with EXIT_USAGE. Opens no file.
 */
const char *process_adopt(void);

/* The number in the name of a worker, from 1; 0: there is none. */
unsigned process_number(const char *name);

/* What process_adopt has read: first the API of this process; for dbd, then the earlier ones that
 * workers may have. */
const struct shared_apis *process_apis(void);

/* The number of listeners, from PROCESS_FD_LISTEN on: 1 to LISTENERS_MAX, or 0 if the variable is
 * invalid. */
unsigned process_listeners(void);

/* Makes each turn of the loop a beat of HEARTBEAT_LOOP (heartbeat.h), and makes an idle loop turn
 * often enough for a watchdog of this many seconds; 0: the watchdog is off. */
void process_start_heartbeat(struct loop *loop, long watchdog);

/* Calls on_stop once, in the loop, when SIGTERM arrives or the master has ended. */
void process_on_stop(struct loop *loop, void (*on_stop)(void *context), void *context);

/* Calls on_drain, in the loop of process_on_stop, when the master sends PROCESS_DRAIN. on_stop may
 * still follow. */
void process_on_drain(void (*on_drain)(void *context), void *context);

/* Calls on_ending, in the loop of process_on_stop, at PROCESS_ENDING. on_stop follows. */
void process_on_ending(void (*on_ending)(void *context), void *context);

/* Calls on_control, in the loop of process_on_stop, with the descriptor of each PROCESS_CONTROL,
 * which on_control must close. Without a handler they are closed. */
void process_on_control(void (*on_control)(void *context, int fd), void *context);

/* Tells the master that this child can do its work. */
void process_ready(void);

/* Asks the master, after process_ready, to replace this process. It works on until PROCESS_DRAIN.
 */
void process_retire(void);

/* Tells the master, after PROCESS_DRAIN, what the successor may rely on. dbd: it has released the
 * database for writing, so another one may start, and ends when the streams that it has begun end.
 * A worker: it accepts no more connections. */
void process_released(void);

#endif

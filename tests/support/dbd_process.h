/*
 * The real postern-dbd, or postern-dbd-postgres by the engine of the tests, started as the master
 * starts it, and clients that connect to it as workers do. Each function fails the test if what it
 * waits for does not happen within some seconds.
 */
#ifndef POSTERN_TEST_DBD_PROCESS_H
#define POSTERN_TEST_DBD_PROCESS_H

#include "codec.h"
#include "frame.h"
#include "generations.h"

#include <sys/types.h>

struct dbd {
	pid_t pid;                 /* 0: not running */
	int listener;              /* stays open over restarts, like the master's */
	char address[32];          /* of the listener */
	int channel;               /* the master's end of the channel (process.h); -1: closed */
	const char *url;           /* database */
	const char *log_path;      /* its stderr is appended to this file */
	long readers;              /* --reader-threads */
	long patience;             /* --timeout-graceful-shutdown in seconds; 0: 1 second */
	const struct api *earlier; /* a declaration that clients may have, too; NULL: none */

	/* Shared memory, which also stays over restarts. */
	int generations[GENERATIONS_END__COUNT];
	int stats;
};

/* Creates the listener and the shared memory. url is borrowed until dbd_done; the log goes to the
 * test's scratch folder. */
void dbd_init(struct dbd *d, const char *url);

/* Kills dbd if it runs, and closes all descriptors. */
void dbd_done(struct dbd *d);

/* Start dbd; wait until it is ready; or both. */
void dbd_launch(struct dbd *d);
void dbd_await_ready(struct dbd *d);
void dbd_start(struct dbd *d);

/* Starts dbd, which must exit without becoming ready. Returns its exit status. */
int dbd_start_in_vain(struct dbd *d);

/* Sends SIGKILL and waits for the end. */
void dbd_kill(struct dbd *d);

/* Sends PROCESS_DRAIN, and waits until dbd has released the database. */
void dbd_drain(struct dbd *d);

/* Waits for the end of dbd, which must exit by itself. Returns its exit status. */
int dbd_wait(struct dbd *d);

/* Sends SIGTERM and waits. Returns the exit status. */
int dbd_stop(struct dbd *d);

/* Closes the channel as a dead master would, and waits. Returns the exit status. */
int dbd_orphan(struct dbd *d);

/* The log so far; valid until the next call. */
const char *dbd_log(const struct dbd *d);

/* Numbers of the line about commits that dbd logs for debugging when it stops. */
struct dbd_counts {
	unsigned long long commands, groups;
};
struct dbd_counts dbd_log_counts(const struct dbd *d);

/* A connection to dbd, as a worker has one. */
struct client {
	struct link link;
	size_t taken;          /* bytes of link.in that the last reply points into */
	const struct api *api; /* its declaration */
	uint32_t readers;      /* threads that only read, as dbd has said */
};

/* Connects, without a handshake. */
void client_connect(struct client *c, const struct dbd *d);

/* Connects and exchanges handshakes, which sets readers; the same with a declaration other than
 * `api`. */
void client_open(struct client *c, const struct dbd *d);
void client_open_as(struct client *c, const struct dbd *d, const struct api *declared);

/* The same, to a thread that only reads: as the worker with this number. */
void client_open_reading(struct client *c, const struct dbd *d, uint32_t worker);
void client_close(struct client *c);

/* Sends all bytes of link.out. */
void client_flush(struct client *c);

/* Appends the command to link.out; a deadline of 0 becomes one far in the future. */
void client_put(struct client *c, const struct command *command);

/* Receive the next frame; it is borrowed until the next call with this client. */
struct str client_take_payload(struct client *c);
struct reply client_take_reply(struct client *c);

/* Sends a demand for the stream that answers the command with this id. */
void client_demand(struct client *c, uint64_t id, enum demand demand);

/* Sends the command and receives the next reply. */
struct reply client_ask(struct client *c, const struct command *command);

/* Waits until dbd has closed the connection; ignores bytes that arrive before. */
void client_must_be_closed(struct client *c);

#endif

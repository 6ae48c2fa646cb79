/*
 * Starts the real postern-dbd as the master does, and connects to it as workers do. Each function
 * fails the test if its event does not occur within some seconds.
 */
#ifndef POSTERN_TEST_DBD_PROCESS_H
#define POSTERN_TEST_DBD_PROCESS_H

#include "codec.h"
#include "frame.h"
#include "generations.h"

#include <sys/types.h>

struct dbd {
	pid_t pid;            /* 0: not running */
	int listener;         /* stays open across restarts, as in the master */
	char address[32];     /* of the listener */
	int channel;          /* the master's end of PROCESS_FD_CHANNEL; -1: closed */
	const char *url;      /* database */
	const char *log_path; /* file to which stderr is appended */
	long patience;        /* --timeout-graceful-shutdown in seconds; 1 unless set */

	/* Of the table of generations, which also stays across restarts. */
	int generations[GENERATIONS_END__COUNT];
	int stats;
};

/* Makes the listener and the table. Borrows url. The log is in the scratch folder of the test. */
void dbd_init(struct dbd *d, const char *url);

/* Kills the process if it runs, and closes all descriptors. */
void dbd_done(struct dbd *d);

/* Start the process, wait until it is ready, or both. */
void dbd_launch(struct dbd *d);
void dbd_await_ready(struct dbd *d);
void dbd_start(struct dbd *d);

/* Starts a process that must exit without becoming ready. Returns its exit status. */
int dbd_start_in_vain(struct dbd *d);

/* Sends SIGKILL and waits for the end. */
void dbd_kill(struct dbd *d);

/* Tells the process to drain, and waits until it has released the database. */
void dbd_drain(struct dbd *d);

/* Waits for the end of a process that is stopping. Returns the exit status. */
int dbd_wait(struct dbd *d);

/* Sends SIGTERM and waits. Returns the exit status. */
int dbd_stop(struct dbd *d);

/* Closes the channel, as the end of the master does, and waits. Returns the exit status. */
int dbd_orphan(struct dbd *d);

/* The log as text; valid until the next call. */
const char *dbd_log(const struct dbd *d);

/* The counts in the debug line about commits that dbd logs when it stops. */
struct dbd_counts {
	unsigned long long commands, groups;
};
struct dbd_counts dbd_log_counts(const struct dbd *d);

/* The connection of one worker. */
struct client {
	struct link link;
	size_t taken; /* bytes of link.in that the last reply borrows */
};

/* Connects without a handshake. */
void client_connect(struct client *c, const struct dbd *d);

/* Connects and exchanges the handshake. */
void client_open(struct client *c, const struct dbd *d);
void client_close(struct client *c);

/* Sends link.out. */
void client_flush(struct client *c);

/* Appends the command to link.out. Without a deadline it gets a distant one. */
void client_put(struct client *c, const struct command *command);

/* Waits for the next frame, which is borrowed until the next call with this client. */
struct str client_take_payload(struct client *c);
struct reply client_take_reply(struct client *c);

/* Sends a demand for the reply of this command at once. */
void client_demand(struct client *c, uint64_t id, enum demand demand);

/* Sends a command and returns its reply. */
struct reply client_ask(struct client *c, const struct command *command);

/* Waits until dbd has closed the connection. Drops the frames before the end. */
void client_must_be_closed(struct client *c);

#endif

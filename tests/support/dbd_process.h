/*
 * The real postern-dbd, started as the master starts it, and workers' ends of connections to it.
 * Everything fails the test that does not happen within some seconds.
 */
#ifndef POSTERN_TEST_DBD_PROCESS_H
#define POSTERN_TEST_DBD_PROCESS_H

#include "codec.h"
#include "frame.h"
#include "generations.h"

#include <sys/types.h>

struct dbd {
	pid_t pid;            /* 0: not running */
	int listener;         /* stays open over restarts, as the master's does */
	char address[32];     /* the listener's */
	int channel;          /* the master's end of the contract's; -1: closed */
	const char *url;      /* database */
	const char *log_path; /* its stderr, appended */
	long patience;        /* seconds: its --timeout-graceful-shutdown; 1 unless set */

	/* Of the table, which stays over restarts, too. */
	int generations[GENERATIONS_END__COUNT];
	int stats;
};

/* Makes the listener and the table. url stays the caller's; the log goes to the test's scratch
 * folder. */
void dbd_init(struct dbd *d, const char *url);

/* Kills it if it runs; closes everything. */
void dbd_done(struct dbd *d);

/* Starts it, and waits until it is ready; or both in one. */
void dbd_launch(struct dbd *d);
void dbd_await_ready(struct dbd *d);
void dbd_start(struct dbd *d);

/* Starts it; it must never become ready. Returns its exit status. */
int dbd_start_in_vain(struct dbd *d);

/* kill -9. */
void dbd_kill(struct dbd *d);

/* Tells it to make way, and waits until it has let go of the database. */
void dbd_drain(struct dbd *d);

/* Waits for its end, which it was asked for. Returns its exit status. */
int dbd_wait(struct dbd *d);

/* SIGTERM; waits. Returns its exit status. */
int dbd_stop(struct dbd *d);

/* Ends the channel as a dead master would; waits. Returns the exit status. */
int dbd_orphan(struct dbd *d);

/* What it has logged; valid until the next call. */
const char *dbd_log(const struct dbd *d);

/* From the line about its commits that it logs, for debugging, when it has stopped. */
struct dbd_counts {
	unsigned long long commands, groups;
};
struct dbd_counts dbd_log_counts(const struct dbd *d);

/* One worker. */
struct client {
	struct link link;
	size_t taken; /* bytes of link.in that the last reply borrows */
};

/* Connects; says nothing. */
void client_connect(struct client *c, const struct dbd *d);

/* Connects, says hello and hears it. */
void client_open(struct client *c, const struct dbd *d);
void client_close(struct client *c);

/* Sends what link.out holds. */
void client_flush(struct client *c);

/* Puts the command into link.out, with a deadline far away unless it has one. */
void client_put(struct client *c, const struct command *command);

/* The next frame; borrowed until the next call with this client. */
struct str client_take_payload(struct client *c);
struct reply client_take_reply(struct client *c);

/* Demands something of the stream that answers this command, at once. */
void client_demand(struct client *c, uint64_t id, enum demand demand);

/* Puts, flushes, takes. */
struct reply client_ask(struct client *c, const struct command *command);

/* Waits until dbd has closed the connection; what comes before is dropped. */
void client_must_be_closed(struct client *c);

#endif

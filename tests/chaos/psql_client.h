/*
 * A psql program with at most one pending statement, which never blocks for the answer: a writer
 * that no server of Postern knows.
 */
#ifndef POSTERN_CHAOS_PSQL_CLIENT_H
#define POSTERN_CHAOS_PSQL_CLIENT_H

#include "buf.h"

#include <stdint.h>
#include <sys/types.h>

struct psql_client {
	pid_t pid;    /* 0: not running */
	int to, from; /* poll `from` for POLLIN; -1: not running */
	bool asking;
	uint64_t opened; /* milliseconds */
	struct buf in;
};

/* Initialises a client that does not run. */
void psql_client_init(struct psql_client *c);

/* Starts the program, which connects meanwhile. Returns false if it was started only just now. */
bool psql_client_open(struct psql_client *c, const char *url);
bool psql_client_is_open(const struct psql_client *c);

/* Ends the program and drops a pending statement. */
void psql_client_close(struct psql_client *c);

/* Sends statements, at most 60 KiB. An error ends the program. */
void psql_client_ask(struct psql_client *c, const char *sql);

enum psql_client_status {
	PSQL_CLIENT_WAITING,
	PSQL_CLIENT_ANSWERED, /* *text has the rows; borrowed until the next call */
	PSQL_CLIENT_LOST      /* the program has ended, before the answer if it was asked */
};

enum psql_client_status psql_client_hear(struct psql_client *c, const char **text);

#endif

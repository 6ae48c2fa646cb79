/* What is done before the first command is served: waiting for the server, and the tables. */
#ifndef POSTERN_PG_START_H
#define POSTERN_PG_START_H

#include "buf.h"
#include "pg_runner.h"

/* Connects, waiting so many milliseconds for a server that is not there yet, with one line in the
 * log; makes what is missing of the tables (pg_schema.h), and finds out what the schema says.
 * False: *error has one line with the remedy. */
bool pg_start(const struct database_url *url, uint64_t patience, struct pg_facts *facts,
	struct buf *error);

/* Finds out whether pg_start would succeed, and changes nothing. */
bool pg_start_check(const struct database_url *url, uint64_t patience, struct buf *error);

#endif

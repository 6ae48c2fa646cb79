/* PostgreSQL as a runner of jobs (runner.h): a lane for reads, one for writes, and a slow one. */
#ifndef POSTERN_PG_RUNNER_H
#define POSTERN_PG_RUNNER_H

#include "changes.h"
#include "database_url.h"
#include "loop.h"
#include "pg_facts.h"
#include "runner.h"

struct pg_runner;

/* Connects by itself. The tables of counters and the URL stay the caller's. Never NULL: aborts when
 * out of memory. */
struct pg_runner *pg_runner_new(struct loop *loop, const struct database_url *url,
	struct generations *table, const struct pg_facts *facts);

/* What submits jobs to it. */
struct runner *pg_runner_seam(struct pg_runner *runner);

/* Nobody waits beyond this time (clock_ms): what is not done shortly before it is given up, and its
 * clients are told. */
void pg_runner_end_by(struct pg_runner *runner, uint64_t time);

/* Closes the connections; jobs that are not finished are freed. NULL is fine. */
void pg_runner_free(struct pg_runner *runner);

/* True if threads may still make connections, in libraries that exit(3) would clean up under them:
 * the process is to end by _exit(2). */
bool pg_runner_has_left_threads(void);

#endif

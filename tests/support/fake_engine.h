/*
 * An engine without a database: a list of rows in memory, a record of the calls, and failures on
 * demand. It shows what group, reading and server ask of an engine, and nothing of SQLite.
 */
#ifndef POSTERN_TEST_FAKE_ENGINE_H
#define POSTERN_TEST_FAKE_ENGINE_H

#include "engine.h"

enum { FAKE_ROWS = 64, FAKE_CALLS = 64 * 1024 };

struct fake_row {
	struct record record; /* its texts stay the test's */
	unsigned unreadable;  /* the first field that cannot be read; nfields: none */
};

/* A failure of one call. */
struct fake_failure {
	const char *call; /* as in calls; NULL: none */
	unsigned after;   /* so many calls of this name that succeed */
	enum fault fault;
	enum transaction transaction; /* that it leaves */
	unsigned changed;             /* rows that it leaves changed */
};

struct fake_engine {
	struct engine engine;  /* first */
	struct engine_ops ops; /* its own: a test may change the properties */
	struct fake_row rows[FAKE_ROWS];
	unsigned nrows;
	struct fake_failure failure;
	enum transaction transaction;
	uint64_t changed;
	unsigned cursors; /* that are open */
	bool in_snapshot;
	char calls[FAKE_CALLS]; /* "ready begin insert commit", without those that only read state
				 */
};

/* With the properties of SQLite: no savepoints, and constraints undo their statement. */
void fake_engine_init(struct fake_engine *fake);

/* Adds a row at the end; it must be added in the order of keys. */
void fake_engine_add(struct fake_engine *fake, const struct record *record, unsigned unreadable);

#endif

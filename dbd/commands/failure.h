/* Why a command was not done, as the FAULT reply tells it. */
#ifndef POSTERN_FAILURE_H
#define POSTERN_FAILURE_H

#include "command.h"
#include "store.h"

struct failure {
	enum fault fault;
	const struct resource *resource; /* whose row, whose fields */
	uint32_t fields;
};

/* Each sets it and returns false, for the caller to return. All but the first log what happened: it
 * is no client's doing. */
bool failure_set(struct failure *failure, enum fault fault, const struct resource *resource,
	uint32_t fields);

/* SQLite said rc to a step of the command. A conflict is not logged. */
bool failure_store(
	struct failure *failure, const struct store *store, const struct command *command, int rc);

/* The same, later: store_error() has gone by now, and said this. */
bool failure_said(struct failure *failure, const struct store *store, const struct command *command,
	int rc, const char *said);

/* The statement went well, but a trigger had it write nothing, or took away what it wrote. Logged
 * once for each resource and action. */
bool failure_ignored(struct failure *failure, const struct command *command);

#endif

/*
 * What each action does to the database: one function per action, generic over resources, and the
 * table that finds it.
 */
#ifndef POSTERN_HANDLERS_H
#define POSTERN_HANDLERS_H

#include "buf.h"
#include "command.h"
#include "store.h"

/* Why a command was not done, as the FAULT reply tells it. */
struct failure {
	enum fault fault;
	const struct resource *resource; /* whose row, whose fields */
	uint32_t fields;
};

/* Does the command, within the transaction that is open, and appends its reply to out. False: it
 * failed; out is as it was, and what has been written must be rolled back. Faults that are no
 * client's doing are logged. */
bool handlers_run(struct store *store, const struct command *command, struct buf *out,
	struct failure *failure) __attribute__((warn_unused_result));

#endif

/*
 * What each action does to the database: one function per action, generic over resources, and the
 * table that finds it.
 */
#ifndef POSTERN_HANDLERS_H
#define POSTERN_HANDLERS_H

#include "buf.h"
#include "failure.h"

/* Does the command, within the transaction that is open, and appends its reply to out. False: it
 * failed; out is as it was, and what has been written must be rolled back. A reply of several
 * frames that is not whole after so many bytes as most fails as FAULT_TOO_LARGE. Faults that are no
 * client's doing are logged. */
bool handlers_run(struct store *store, const struct command *command, size_t most, struct buf *out,
	struct failure *failure) __attribute__((warn_unused_result));

#endif

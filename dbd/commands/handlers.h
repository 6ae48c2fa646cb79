/*
 * What each action does to the database: one function per action, generic over resources and
 * engines, and the table that finds it.
 */
#ifndef POSTERN_HANDLERS_H
#define POSTERN_HANDLERS_H

#include "buf.h"
#include "engine.h"
#include "failure.h"

/* Runs the command within the open transaction and appends its reply to out. False: *failure has
 * the reason, out is unchanged, and what the command has written must be rolled back. A reply of
 * several frames that is not complete after `most` bytes fails as FAULT_TOO_LARGE. */
bool handlers_run(struct engine *engine, const struct command *command, size_t most,
	struct buf *out, struct failure *failure) __attribute__((warn_unused_result));

#endif

/*
 * The trial of a declaration: a dbd that finds out whether it could be served, and ends
 * (PROCESS_TRIAL). A reload waits for it before it changes anything. It is started from plan->next.
 */
#ifndef POSTERN_TRIAL_H
#define POSTERN_TRIAL_H

#include "buf.h"
#include "child.h"
#include "control.h"

struct supervisor;

enum { TRIAL_LINE_MOST = CONTROL_LINE_MAX /* bytes; posternctl shows no more */ };

struct trial {
	struct child *child; /* NULL: there is none */
	size_t len;
	char line[TRIAL_LINE_MOST]; /* what it has said: why the declaration cannot be served */
};

/* Starts the trial in a free child. False: the log says why. */
bool trial_start(struct supervisor *s, struct child *free_child)
	__attribute__((warn_unused_result));

/* Reads what it says. */
void trial_receive(struct supervisor *s);

/* It was reaped, with waitpid's status: there is no trial any more. Returns true if the declaration
 * can be served; else appends why not. */
bool trial_end(struct supervisor *s, int status, struct buf *why);

#endif

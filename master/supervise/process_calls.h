/*
 * The system calls by which the supervisor makes, signals and reaps processes. It calls them
 * through this table, so that tests can supervise processes that do not exist.
 */
#ifndef POSTERN_PROCESS_CALLS_H
#define POSTERN_PROCESS_CALLS_H

#include "fork_exec.h"

struct process_calls {
	/* As fork_exec: returns the pid, or -1 with errno. */
	pid_t (*launch)(const struct fork_exec *how);

	/* As kill(2). */
	int (*kill)(pid_t pid, int signal);

	/* Reaps a child that has ended, if there is one, without waiting. Returns its pid with
	 * waitpid's status, otherwise 0 or -1. */
	pid_t (*reap)(int *status);
};

/* The real ones. */
extern const struct process_calls process_calls;

#endif

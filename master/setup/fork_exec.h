/* fork and exec of a child that gets just what the contract (process.h) promises. */
#ifndef POSTERN_FORK_EXEC_H
#define POSTERN_FORK_EXEC_H

#include "process.h"

#include <sys/types.h>

/* The place of a descriptor of the contract in fds below. */
#define FORK_EXEC_FD(number) ((number)-PROCESS_FD_CHANNEL)

enum { FORK_EXEC_FDS = FORK_EXEC_FD(PROCESS_FD_LISTEN) + LISTENERS_MAX };

struct fork_exec {
	const char *program; /* a path */
	char *const *argv;
	char *const *envp;
	int fds[FORK_EXEC_FDS]; /* by FORK_EXEC_FD; from PROCESS_FD_LISTEN on the listeners; -1:
				 * none. The caller's. */
	unsigned nlisteners;
};

/* Starts the child: default signal dispositions, no signal blocked, descriptors 0 to 2 as here, the
 * contract's, and no other. Returns its pid, or -1 with errno when there is no process. A program
 * that cannot be executed is told on stderr by the child, which exits with EXIT_STARTUP. */
pid_t fork_exec(const struct fork_exec *how);

#endif

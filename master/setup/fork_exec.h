/* fork and exec of a child that gets just what the contract (process.h) promises. */
#ifndef POSTERN_FORK_EXEC_H
#define POSTERN_FORK_EXEC_H

#include "process.h"

#include <sys/types.h>

enum { FORK_EXEC_FDS = PROCESS_FD_LISTEN - PROCESS_FD_CHANNEL + LISTENERS_MAX };

struct fork_exec {
	const char *program; /* a path */
	char *const *argv;
	char *const *envp;
	int fds[FORK_EXEC_FDS]; /* the child's PROCESS_FD_CHANNEL, _HEARTBEAT, _GENERATIONS, _STATS,
			       _ADMIN, and from _LISTEN on its listeners; -1: none; stay the
			       caller's */
	unsigned nlisteners;
};

/* Starts the child: default signal dispositions, no signal blocked, descriptors 0 to 2 as here, the
 * contract's, and no other. Returns its pid, or -1 with errno when there is no process. A program
 * that cannot be executed is told on stderr by the child, which exits with EXIT_STARTUP. */
pid_t fork_exec(const struct fork_exec *spawn);

#endif

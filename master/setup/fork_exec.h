/* fork and exec of a child, which inherits exactly what process.h specifies. */
#ifndef POSTERN_FORK_EXEC_H
#define POSTERN_FORK_EXEC_H

#include "process.h"

#include <sys/types.h>

/* The index in fds below of a descriptor number of process.h. */
#define FORK_EXEC_FD(number) ((number)-PROCESS_FD_CHANNEL)

enum { FORK_EXEC_FDS = FORK_EXEC_FD(PROCESS_FD_LISTEN) + LISTENERS_MAX };

struct fork_exec {
	const char *program; /* a path */
	char *const *argv;
	char *const *envp;
	int fds[FORK_EXEC_FDS]; /* by FORK_EXEC_FD, with the listeners from PROCESS_FD_LISTEN on;
				 * -1: none. The caller closes them. */
	unsigned nlisteners;
};

/* Starts the child with default signal dispositions, no signal blocked, descriptors 0 to 2 of this
 * process and those in fds, and no others. Returns its pid, or -1 with errno if fork fails. If exec
 * fails, the child writes the reason to stderr and exits with EXIT_STARTUP. */
pid_t fork_exec(const struct fork_exec *how);

#endif

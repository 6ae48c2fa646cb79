/*
 * The sandbox of a child, which enters it before it reads from a socket. It gives up privileges
 * that execve(2) could grant (PR_SET_NO_NEW_PRIVS), TCP and all files but those of its role
 * (landlock(7)), and all system calls but those in the tables of its role (seccomp(2), by
 * libseccomp).
 *
 * A call that is not in the tables ends the process by SIGSYS, after one log line with the number
 * of the call (scmp_sys_resolver prints its name). One log line names the restrictions that the
 * kernel or the container refuses; the process goes on without them.
 */
#ifndef POSTERN_SANDBOX_H
#define POSTERN_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SANDBOX_CONDITIONS = 2 };

/* A system call that is allowed under conditions, or fails. Several rows may allow the same call
 * under different conditions. */
struct sandbox_rule {
	const char *call; /* NULL ends the table */
	int error;        /* 0: allowed; else the call fails with this errno, which libc handles */
	struct sandbox_condition {
		unsigned argument;
		uint64_t mask; /* 0: no condition */
		uint64_t value;
	} where[SANDBOX_CONDITIONS]; /* all must hold: (argument & mask) == value */
};

/* The condition on an argument of type int, whose upper 32 bits are undefined. */
#define SANDBOX_INT(argument, value)                                                               \
	{                                                                                          \
		argument, UINT32_MAX, value                                                        \
	}

/* What a role may do, in addition to what every child may. Calls that the architecture lacks are
 * skipped. */
struct sandbox {
	const char *const *calls; /* allowed with any arguments; NULL ends the list */
	const struct sandbox_rule *rules;
	const char *folder; /* regular files in it may be read, written, created and removed; NULL:
			     * none */
	/* Files, and folders with all below them, that may be read; NULL ends the list, or none.
	 * What does not exist now is left out. */
	const char *const *readable;
	/* TCP ports to which the process may connect, ending with 0; NULL: none. */
	const uint16_t *ports;
	bool any_port; /* it may connect to any */
};

/* Confines the calling thread, and the threads that it starts from now on, for good. Descriptors
 * that are open stay usable. */
void sandbox_enter(const struct sandbox *sandbox);

#endif

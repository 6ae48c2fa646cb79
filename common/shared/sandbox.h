/*
 * What a child gives up before it reads from a socket: privileges that execve(2) could give
 * (PR_SET_NO_NEW_PRIVS), files and TCP beyond what its role names (landlock(7)), and all system
 * calls but those of its role's tables (seccomp(2), by libseccomp).
 *
 * A call that is not in the tables ends the process by SIGSYS, with one line that has its number
 * (scmp_sys_resolver tells its name). What a kernel or a container refuses is told in one line, and
 * the process goes on without it.
 */
#ifndef POSTERN_SANDBOX_H
#define POSTERN_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

enum { SANDBOX_CONDITIONS = 2 };

/* A call that is allowed under conditions, or fails. Of several rows with the same name each allows
 * what it says. */
struct sandbox_rule {
	const char *call; /* NULL: the table ends */
	int error;        /* 0: it is allowed; else libc can do without, and it fails with this */
	struct sandbox_condition {
		unsigned argument;
		uint64_t mask; /* 0: no condition */
		uint64_t value;
	} where[SANDBOX_CONDITIONS]; /* only if (argument & mask) == value */
};

/* The whole of an argument that C declares as int: its upper half means nothing. */
#define SANDBOX_INT(argument, value)                                                               \
	{                                                                                          \
		argument, UINT32_MAX, value                                                        \
	}

/* What a role may do beyond what every child needs. Calls that an architecture lacks are passed
 * over. */
struct sandbox {
	const char *const *calls; /* allowed, whatever their arguments; NULL ends it */
	const struct sandbox_rule *rules;
	const char *folder; /* regular files in it may be read, written, made and removed; NULL:
			     * no file can be opened */
};

/* For the calling thread and those that it starts from now on; there is no way back. What is open
 * stays open. */
void sandbox_enter(const struct sandbox *sandbox);

#endif

/*
 * The resource limits of this process (getrlimit(2)), for messages about failed system calls: if an
 * operator has lowered a limit, the message names it.
 */
#ifndef POSTERN_RLIMITS_H
#define POSTERN_RLIMITS_H

/* Reads the limits. Call this when the process starts: the sandbox does not allow getrlimit(2).
 * Before the call no limit is known. */
void rlimits_note(void);

/* The text of strerror(3), followed by the limit that may be the cause, if one is set: "Too many
 * open files (RLIMIT_NOFILE is 8: ulimit -n, LimitNOFILE=)". Valid until the next call in this
 * thread. */
const char *rlimits_strerror(int error);

/* Names the memory limits that are lower than usual, as in "; RLIMIT_DATA is 300000, RLIMIT_STACK
 * is 65536"; "" if there are none. For a process that died without a message, in the loader or by a
 * stack overflow. Valid until the next call in this thread. */
const char *rlimits_of_memory(void);

/* Checks the limits that would make a process fail during its start or crash later. Returns NULL,
 * or a message that names the first limit that is too low. Threads get stacks of RLIMIT_STACK, and
 * SQLite needs more than a few pages. The message is static. */
const char *rlimits_refuse(void);

#endif

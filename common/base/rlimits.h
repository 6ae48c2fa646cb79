/*
 * The limits on resources of this process (getrlimit(2)), as reasons why a system call has failed.
 * An operator who has lowered one is told which it was.
 */
#ifndef POSTERN_RLIMITS_H
#define POSTERN_RLIMITS_H

/* Reads the limits. To be called at the start of a process: its sandbox allows no getrlimit(2).
 * Before that no limit is known. */
void rlimits_note(void);

/* strerror(3)'s text, and the limit that may be the cause if one is set: "Too many open files
 * (RLIMIT_NOFILE is 8: ulimit -n, LimitNOFILE=)". This thread's, until its next call. */
const char *rlimits_strerror(int error);

/* Names the limits of memory that are lower than usual: "; RLIMIT_DATA is 300000, RLIMIT_STACK is
 * 65536". For a process that died without a word, in the loader or of its stack. "" if there are
 * none. This thread's, until its next call. */
const char *rlimits_of_memory(void);

/* NULL, or the text of what is wrong: a limit is so low that a process would fail in the midst of
 * its start, or die later. Threads get stacks of RLIMIT_STACK, and SQLite needs more than a few
 * pages. */
const char *rlimits_refuse(void);

#endif

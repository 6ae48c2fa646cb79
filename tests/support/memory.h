/* The memory of a process, from /proc/PID/status (proc(5)). */
#ifndef POSTERN_TEST_MEMORY_H
#define POSTERN_TEST_MEMORY_H

#include <sys/types.h>

/* The resident memory now, and its peak, in KiB. Fails the test if the process does not exist. */
long memory_now(pid_t pid);
long memory_peak(pid_t pid);

#endif

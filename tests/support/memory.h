/* How much memory a process has, by /proc/PID/status (proc(5)). */
#ifndef POSTERN_TEST_MEMORY_H
#define POSTERN_TEST_MEMORY_H

#include <sys/types.h>

/* In KiB: what it has now, and the most that it has ever had. Fails the test if there is no such
 * process. */
long memory_now(pid_t pid);
long memory_peak(pid_t pid);

#endif

#ifndef POSTERN_THREAD_H
#define POSTERN_THREAD_H

#include <pthread.h>

/* Starts a thread with all signals blocked except those that its own calls and accesses cause:
 * SIGSYS, by which the sandbox reports refused system calls, and SIGBUS, by which the kernel
 * reports that a page of a mapped file cannot be read. The signal mask of the caller is unchanged
 * afterwards. Returns 0 or an errno, as pthread_create(3) does. */
int thread_start(pthread_t *thread, void *(*run)(void *context), void *context);

#endif

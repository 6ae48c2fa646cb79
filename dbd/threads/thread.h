#ifndef POSTERN_THREAD_H
#define POSTERN_THREAD_H

#include <pthread.h>

/* Starts a thread, with all signals blocked but SIGSYS, by which the sandbox tells of what it
 * refuses. Returns 0, or an errno. */
int thread_start(pthread_t *thread, void *(*run)(void *context), void *context);

#endif

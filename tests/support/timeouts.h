/* How long a test waits for what must come, before it fails. */
#ifndef POSTERN_TEST_TIMEOUTS_H
#define POSTERN_TEST_TIMEOUTS_H

#include <stdlib.h>

/* Milliseconds, stretched as Check stretches its own timeouts, for programs that run slowly. */
static inline int patience(int ms)
{
	const char *times = getenv("CK_TIMEOUT_MULTIPLIER");

	return times && atoi(times) > 0 ? ms * atoi(times) : ms;
}

#endif

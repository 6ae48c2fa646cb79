/* Timeouts of tests. */
#ifndef POSTERN_TEST_TIMEOUTS_H
#define POSTERN_TEST_TIMEOUTS_H

#include <stdlib.h>

/* Scales a timeout in milliseconds as Check scales its own (CK_TIMEOUT_MULTIPLIER), for slow
 * builds. */
static inline int patience(int ms)
{
	const char *times = getenv("CK_TIMEOUT_MULTIPLIER");

	return times && atoi(times) > 0 ? ms * atoi(times) : ms;
}

#endif

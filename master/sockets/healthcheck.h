/* --healthcheck: asks a running server for an answer. */
#ifndef POSTERN_HEALTHCHECK_H
#define POSTERN_HEALTHCHECK_H

#include "buf.h"
#include "config.h"

#include <stdbool.h>

enum { HEALTHCHECK_SECONDS = 3 /* time limit */ };

/* From now on the process has HEALTHCHECK_SECONDS; if it is not done by then, it writes that to
 * stderr and exits with EXIT_RUNNING. */
void healthcheck_limit_time(void);

/* Connects to the address of these settings, or to this machine if it is a wildcard, and requests a
 * row by the first READ of the API of this process (resource.h). The row does not exist and is not
 * cached: the answer proves that a worker and dbd serve. An API that reads no rows is asked for a
 * path that does not exist: then the answer proves that a worker serves. Returns false after
 * appending the reason to *error. Ends the limit of time. */
bool healthcheck(const struct settings *settings, struct buf *error)
	__attribute__((warn_unused_result));

#endif

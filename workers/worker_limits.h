/* How many connections and requests a worker takes on, by the settings and by what it has. */
#ifndef POSTERN_WORKER_LIMITS_H
#define POSTERN_WORKER_LIMITS_H

#include "config.h"

/* Raises the limit of open descriptors as far as it may be raised, and returns the number of
 * connections that they allow, or that the settings want if that is less; at least 1. Logs a
 * warning if the settings want more. */
unsigned worker_limits_connections(const struct settings *settings);

/* Returns the number of requests after which the worker retires: limit to 1.1 * limit, so that
 * workers that were started together are not replaced together. 0 for 0. */
long worker_limits_requests(long limit);

#endif

/* --healthcheck: asks a running server for an answer. */
#ifndef POSTERN_HEALTHCHECK_H
#define POSTERN_HEALTHCHECK_H

#include "buf.h"
#include "config.h"

#include <stdbool.h>

enum { HEALTHCHECK_SECONDS = 3 /* time limit */ };

/* Connects to the address of these settings, or to this machine if it is a wildcard, and requests a
 * row that does not exist and is not cached: the answer proves that a worker and dbd serve. Returns
 * false with the reason in *error. If it takes longer than HEALTHCHECK_SECONDS, name resolution
 * included, the process logs that to stderr and exits with EXIT_RUNNING. */
bool healthcheck(const struct settings *settings, struct buf *error)
	__attribute__((warn_unused_result));

#endif

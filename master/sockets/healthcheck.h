/* Asks a running server whether it is well, as --healthcheck does. */
#ifndef POSTERN_HEALTHCHECK_H
#define POSTERN_HEALTHCHECK_H

#include "buf.h"
#include "config.h"

#include <stdbool.h>

enum { HEALTHCHECK_SECONDS = 3 };

/* Connects to where these settings say that a server listens (a wildcard means this machine) and
 * asks for a row that nobody has and no cache keeps: the answer proves that a worker and dbd serve.
 * False: *error says what did not. The process has HEALTHCHECK_SECONDS for all of it, the
 * resolution of names included; it then says so on stderr and ends with EXIT_RUNNING. */
bool healthcheck(const struct settings *settings, struct buf *error)
	__attribute__((warn_unused_result));

#endif

/* Random UUIDs, version 4 (RFC 9562 5.4). */
#ifndef POSTERN_RANDOM_UUID_H
#define POSTERN_RANDOM_UUID_H

#include "arena.h"

/* A new UUID of the kernel's random bytes, as 36 lower-case characters in the arena. Ends the
 * process by log_die if the kernel gives none. */
struct str random_uuid(struct arena *arena);

#endif

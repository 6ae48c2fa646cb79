/* The environment of a child. */
#ifndef POSTERN_ENVIRONMENT_H
#define POSTERN_ENVIRONMENT_H

#include "arena.h"
#include "config.h"

/* Returns the master's environment plus the variables of process.h and one for every setting,
 * without those that a service manager sets for the master alone. dbd_socket is NULL for dbd.
 * Others than dbd get no secret of the database: DATABASE_URL without it, and no variables of
 * libpq. The array is NULL-terminated and in the arena; inherited entries are borrowed from
 * environ. */
char **environment_of_child(struct arena *arena, const struct settings *settings, const char *name,
	unsigned slot, const char *dbd_socket, unsigned listeners);

#endif

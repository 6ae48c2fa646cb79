/* The environment of a child. */
#ifndef POSTERN_ENVIRONMENT_H
#define POSTERN_ENVIRONMENT_H

#include "arena.h"
#include "config.h"

/* The master's environment, with the contract's variables (process.h) and every setting in it;
 * dbd_socket may be NULL. What a service manager says to the master is left out. NULL-terminated,
 * in the arena; the rest borrows from environ. */
char **environment_of_child(struct arena *arena, const struct settings *settings, const char *name,
	unsigned slot, const char *dbd_socket, unsigned listeners);

#endif

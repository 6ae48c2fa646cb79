/* posternctl migrate. */
#ifndef POSTERN_MIGRATE_COMMAND_H
#define POSTERN_MIGRATE_COMMAND_H

#include <stdbool.h>

struct migrate_command {
	const char *socket;
	bool socket_is_named; /* not only the default */
	const char *api;      /* "": the built-in declaration */
	const char *database; /* a path or a URL; NULL: that of the server, or else the default */
	bool applies;
};

/* Prints the plan as SQL and, if the command applies it, what was done. A server that has the
 * database open does the work; without one postern-dbd does, which then replaces this process.
 * Returns the exit status: EXIT_USAGE if the declaration or the database's URL is invalid,
 * EXIT_RUNNING if something failed or the plan is not whole. */
int migrate_command_run(const struct migrate_command *command);

#endif

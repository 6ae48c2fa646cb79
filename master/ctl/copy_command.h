/* posternctl copy: moves a database between SQLite and PostgreSQL. */
#ifndef POSTERN_COPY_COMMAND_H
#define POSTERN_COPY_COMMAND_H

/* Databases are paths, or URLs as of DATABASE_URL. */
struct copy_command {
	const char *from, *to;
	const char *api; /* "": the built-in declaration */
};

/* Starts dbd's program of each of the two engines, with a pipe between them. Returns the exit
 * status: EXIT_USAGE if an argument or the declaration is invalid; EXIT_RUNNING if nothing was
 * copied, and stderr says why. */
int copy_command_run(const struct copy_command *command);

#endif

/* posternctl import. */
#ifndef POSTERN_IMPORT_COMMAND_H
#define POSTERN_IMPORT_COMMAND_H

struct import_command {
	const char *document; /* a path, or "-" for stdin */
	const char *database; /* a path or a URL; NULL: none */
	const char *output;   /* a path; NULL: stdout */
};

/* Writes the declaration of an application that its OpenAPI document and its database describe.
 * What should be checked, what is left out and the number of operations are on stderr. Returns the
 * exit status: EXIT_INCOMPLETE if operations are left out. */
int import_command_run(const struct import_command *command);

#endif

/* posternctl compare. */
#ifndef POSTERN_COMPARE_COMMAND_H
#define POSTERN_COMPARE_COMMAND_H

#include "compare.h"

/* Compares two servers of the API that a file declares; "": the built-in one. Prints the
 * differences. Returns the exit status: EXIT_USAGE if the declaration or a URL is invalid,
 * EXIT_RUNNING if there are differences or a server did not answer. */
int compare_command_run(const char *file, const struct compare_options *options);

#endif

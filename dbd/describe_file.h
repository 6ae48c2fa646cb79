/* postern-dbd --describe, which posternctl starts to import an application with its database. */
#ifndef POSTERN_DESCRIBE_FILE_H
#define POSTERN_DESCRIBE_FILE_H

#include <stdbool.h>

/* True if these are the arguments for it: --describe FILE. */
bool describe_file_is_meant(int argc, char *const *argv);

/* Writes the tables of the file to stdout (describe.h), in the sandbox of dbd. Returns the exit
 * status; for EXIT_RUNNING one line on stderr says why. */
int describe_file(char *const *argv);

#endif

/* postern-dbd --migrate, which posternctl starts to migrate a database that no server has open. */
#ifndef POSTERN_MIGRATE_FILE_H
#define POSTERN_MIGRATE_FILE_H

#include <stdbool.h>

/* True if these are the arguments for it: --migrate plan|apply FILE. */
bool migrate_file_is_meant(int argc, char *const *argv);

/* Plans, or plans and migrates, with the declaration of PROCESS_FD_API (shared_api.h). The plan is
 * written to stdout, with remarks as SQL comments. Returns the exit status; for EXIT_RUNNING one
 * line on stderr says why. No sandbox is entered: root may do it for another user, whose files only
 * its capabilities open. */
int migrate_file(char *const *argv);

#endif

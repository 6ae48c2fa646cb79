/* postern-dbd --copy-out and --copy-in, which posternctl starts with a pipe between them. */
#ifndef POSTERN_TRANSFER_MAIN_H
#define POSTERN_TRANSFER_MAIN_H

#include "transfer.h"

/* True if these are the arguments for it: one of the two, and for SQLite the path of the file. */
bool transfer_is_meant(int argc, char *const *argv);

/* Copies the database of the path, or of the variable DATABASE_URL, to stdout, or stdin to it, with
 * the declaration of PROCESS_FD_API (shared_api.h). The target says on stdout what was copied.
 * Returns the exit status; for EXIT_RUNNING one line on stderr says why, except where the other end
 * has gone, which then has said it. No sandbox is entered: see migrate_file.h. */
int transfer_main(char *const *argv, const struct transfer_ops *ops);

#endif

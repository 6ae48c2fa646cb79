/* Whether a file can be a database of ours, said so that people know what to do about it. */
#ifndef POSTERN_PATH_CHECK_H
#define POSTERN_PATH_CHECK_H

#include "buf.h"

/* A regular file that may be read and written, or none yet, in a folder in which files may be made
 * (SQLite keeps its log beside the file). False: *error has got a clause with the remedy. */
bool path_check(const char *path, struct buf *error) __attribute__((warn_unused_result));

#endif

/* Checks whether a file can be used as the database; if not, says why and what to do about it. */
#ifndef POSTERN_PATH_CHECK_H
#define POSTERN_PATH_CHECK_H

#include "buf.h"

/* True if path is a regular file that this process may read and write, or absent, and its folder
 * allows to create files (SQLite creates its log beside the database). False: a clause with reason
 * and remedy was appended to *error. Permissions are checked for the effective user (faccessat(2),
 * AT_EACCESS). */
bool path_check(const char *path, struct buf *error) __attribute__((warn_unused_result));

#endif

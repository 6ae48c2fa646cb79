/* Has postern-dbd read the tables of a database: posternctl itself does not link SQLite. */
#ifndef POSTERN_IMPORT_DESCRIBE_H
#define POSTERN_IMPORT_DESCRIBE_H

#include "buf.h"

enum { IMPORT_DESCRIPTION_MOST = 16 * 1024 * 1024 }; /* bytes */

/* Appends what postern-dbd --describe prints about the file. Returns false if it fails: the reason
 * is on stderr then, from dbd, or in *error. */
bool import_describe(const char *path, struct buf *out, struct buf *error)
	__attribute__((warn_unused_result));

#endif

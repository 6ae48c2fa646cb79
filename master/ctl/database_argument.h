/* A SQLite database that an argument of posternctl names. */
#ifndef POSTERN_DATABASE_ARGUMENT_H
#define POSTERN_DATABASE_ARGUMENT_H

#include "database_url.h"

/* Reads a path, or a URL as of DATABASE_URL. On error, as for a database of PostgreSQL, returns
 * false and appends why to error, which names the database without a password. */
bool database_argument_read(const char *text, struct database_url *database, struct buf *error)
	__attribute__((warn_unused_result));

#endif

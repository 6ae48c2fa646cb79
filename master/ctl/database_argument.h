/* A database that an argument of posternctl names. */
#ifndef POSTERN_DATABASE_ARGUMENT_H
#define POSTERN_DATABASE_ARGUMENT_H

#include "database_url.h"

/* Reads a path, or a URL as of DATABASE_URL. On error returns false and appends why to error, which
 * names the database without a password. */
bool database_argument_read_any(const char *text, struct database_url *database, struct buf *error)
	__attribute__((warn_unused_result));

/* The same for a command that is for SQLite only: a database of PostgreSQL is an error. */
bool database_argument_read(const char *text, struct database_url *database, struct buf *error)
	__attribute__((warn_unused_result));

#endif

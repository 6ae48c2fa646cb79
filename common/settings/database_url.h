/*
 * DATABASE_URL in the form that SQLAlchemy reads: sqlite:////absolute/path,
 * sqlite:///relative/path, sqlite:// or sqlite:///:memory: for a database in memory. As there, a
 * path is taken as it stands: nothing in it is percent-decoded.
 */
#ifndef POSTERN_DATABASE_URL_H
#define POSTERN_DATABASE_URL_H

#include "buf.h"

#include <stdbool.h>

enum { DATABASE_PATH_SIZE = 4096 };

struct database_url {
	bool memory;                   /* then path is empty */
	char path[DATABASE_PATH_SIZE]; /* relative to the working folder unless it begins with / */
};

/* False: *error has got a clause that says why, and what would be right; it shows no password.
 * sqlite+pysqlite and sqlite+aiosqlite mean sqlite. Options behind "?" that only steer Python's
 * driver (check_same_thread and the like) are accepted and mean nothing here; any other is refused
 * by name. */
bool database_url_parse(const char *url, struct database_url *parsed, struct buf *error)
	__attribute__((warn_unused_result));

/* Appends the URL with credentials and options masked, for people to read. */
void database_url_redact(const char *url, struct buf *out);

/* The URL where none is given: /data/app.db if /data is a folder that may be written, else app.db
 * in the working folder. Static. */
const char *database_url_default(void);

#endif

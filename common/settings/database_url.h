/*
 * DATABASE_URL in SQLAlchemy's form: sqlite:////absolute/path, sqlite:///relative/path, and
 * sqlite:// or sqlite:///:memory: for a database in memory. As in SQLAlchemy, the path is not
 * percent-decoded.
 */
#ifndef POSTERN_DATABASE_URL_H
#define POSTERN_DATABASE_URL_H

#include "buf.h"

#include <stdbool.h>

enum { DATABASE_PATH_SIZE = 4096 };

struct database_url {
	bool memory;                   /* a database in memory; path is empty */
	char path[DATABASE_PATH_SIZE]; /* relative to the working directory unless it begins with /
					*/
};

/* Parses a URL. On error returns false and appends a clause to error, which says what is wrong and
 * what is valid, and does not show a password. sqlite+pysqlite and sqlite+aiosqlite mean sqlite.
 * Options after "?" that only concern Python's driver, such as check_same_thread, are ignored; any
 * other option is an error that names it. */
bool database_url_parse(const char *url, struct database_url *parsed, struct buf *error)
	__attribute__((warn_unused_result));

/* Appends the URL for messages, with credentials and options replaced by "***". */
void database_url_redact(const char *url, struct buf *out);

/* The default URL: /data/app.db if /data is a writable directory, else app.db in the working
 * directory. Static. */
const char *database_url_default(void);

#endif

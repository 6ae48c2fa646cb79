/*
 * DATABASE_URL in SQLAlchemy's form: sqlite:////absolute/path, sqlite:///relative/path, and
 * sqlite:// or sqlite:///:memory: for a database in memory. As in SQLAlchemy, the path is not
 * percent-decoded. postgresql:// and postgres:// name a database of a PostgreSQL server:
 * postgres_url.h.
 */
#ifndef POSTERN_DATABASE_URL_H
#define POSTERN_DATABASE_URL_H

#include "buf.h"

#include <stdbool.h>

enum { DATABASE_PATH_SIZE = 4096, DATABASE_PARAMETERS_SIZE = 4096 };

enum database_engine { DATABASE_SQLITE, DATABASE_POSTGRES, DATABASE_ENGINES };

struct database_url {
	enum database_engine engine;
	bool memory;                   /* SQLite in memory; path is empty */
	char path[DATABASE_PATH_SIZE]; /* SQLite's file, relative to the working directory unless it
					  begins with /; "" with PostgreSQL */
	/* PostgreSQL: what the URL gives, decoded, each a keyword of libpq and its value with a NUL
	 * after each; an empty keyword ends the list. Secret. */
	char parameters[DATABASE_PARAMETERS_SIZE];
};

/* Parses a URL. On error returns false and appends a clause to error, which says what is wrong and
 * what is valid, and does not show a password. sqlite+pysqlite and sqlite+aiosqlite mean sqlite.
 * Options after "?" that only concern Python's driver, such as check_same_thread, are ignored; any
 * other option that the engine does not have is an error that names it. */
bool database_url_parse(const char *url, struct database_url *parsed, struct buf *error)
	__attribute__((warn_unused_result));

/* Appends the database for the log and the status, without a password: the path, "in memory", or
 * for example postgresql://app@db1:5432/app. */
void database_url_describe(const struct database_url *url, struct buf *out);

/* Appends the URL for messages, with credentials and options replaced by "***". */
void database_url_redact(const char *url, struct buf *out);

/* The URL for a process that does not open the database: of PostgreSQL only the scheme, without its
 * secrets. url has been parsed; the result is url or static. */
const char *database_url_public(const char *url);

/* The default URL: /data/app.db if /data is a writable directory, else app.db in the working
 * directory. Static. */
const char *database_url_default(void);

#endif

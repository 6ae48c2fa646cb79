/*
 * The URL of a PostgreSQL database by the rules of SQLAlchemy 2.0 (make_url and its dialects for
 * psycopg2, psycopg, asyncpg, psycopg2cffi and pg8000, which all mean the same here):
 *
 *	postgresql://user:password@host:port/database?option=value&...
 *
 * User, password and options are percent-decoded, host and database are not. Several hosts are
 * ?host=h1:p1&host=h2:p2 or ?host=h1,h2&port=p1,p2, and a folder of Unix sockets is
 * ?host=/run/postgresql. Options are connection parameters of libpq (postgres_option.h), which also
 * reads its environment variables, password and service files for what the URL does not give. They
 * replace what stands before "?"; empty ones count as not given. postgres:// means postgresql://.
 */
#ifndef POSTERN_POSTGRES_URL_H
#define POSTERN_POSTGRES_URL_H

#include "database_url.h"

/* More than the keywords and values of any URL, with their NULLs. */
enum { POSTGRES_PARAMETERS_MAX = 64 };

/* True for postgresql and postgres, alone or with "+" and one of SQLAlchemy's drivers. */
bool postgres_url_has_scheme(struct str scheme);

/* Parses what follows "://" into parsed, which is zeroed but for the engine. On error returns false
 * and appends a clause to error, without a secret. */
bool postgres_url_parse(const char *rest, struct database_url *parsed, struct buf *error)
	__attribute__((warn_unused_result));

/* The value that the URL gives to a keyword of libpq; NULL if none. Borrowed from url. */
const char *postgres_url_value(const struct database_url *url, const char *keyword);

/* The same, else the value of libpq's variable for it, such as PGPORT for port. name is one of
 * postgres_options. */
const char *postgres_url_given(const struct database_url *url, const char *name);

/* The hosts to connect to, separated by commas, as far as the URL and PGHOST name them, else "".
 * Borrowed from url or the environment. */
const char *postgres_url_hosts(const struct database_url *url);

/* Fills two arrays for PQconnectdbParams (with expand_dbname 0), each ending with NULL, and returns
 * the number of keywords. room is that of each array, at least POSTGRES_PARAMETERS_MAX. Texts are
 * borrowed from url or static. The client's encoding is always UTF-8. What neither the URL nor a
 * PG* variable gives gets Postern's value (postgres_option.c; with several hosts also
 * target_session_attrs=read-write), but if a service file is named, only the name of the
 * application and no Kerberos. */
unsigned postgres_url_parameters(
	const struct database_url *url, const char *keywords[], const char *values[], size_t room);

/* Appends the URL for the log, with no option other than the folder of a Unix socket, and no
 * password. */
void postgres_url_describe(const struct database_url *url, struct buf *out);

#endif

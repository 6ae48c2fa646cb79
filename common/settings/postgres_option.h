/*
 * The options of a PostgreSQL URL: the connection parameters of libpq 15 (PostgreSQL 15
 * Documentation, 34.1.2), and those of Python's drivers that do not concern the connection.
 */
#ifndef POSTERN_POSTGRES_OPTION_H
#define POSTERN_POSTGRES_OPTION_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>

/* Those that the URL has other places for come first; the others in any order. */
enum {
	POSTGRES_HOST,
	POSTGRES_PORT,
	POSTGRES_USER,
	POSTGRES_PASSWORD,
	POSTGRES_DBNAME,
	POSTGRES_OPTIONS = 42
};

struct postgres_option {
	const char *name;
	const char *keyword;  /* libpq's, if it has another; NULL: the same */
	const char *variable; /* the environment variable that libpq reads; NULL: none */
	const char *fallback; /* used unless the URL or the variable gives one, or a service file is
				 used */
	bool beside_service;  /* the fallback is used even if a service file is */
	const char *const *words; /* the valid values, ending with NULL; NULL: any text */
	bool number;              /* a decimal number, which may have a minus sign */
	bool ignored;
};

extern const struct postgres_option postgres_options[POSTGRES_OPTIONS];

/* Returns NULL if there is none. */
const struct postgres_option *postgres_option_find(struct str name);

/* Returns false and appends a clause to error, which says what is valid, if libpq would refuse the
 * value. */
bool postgres_option_check(const struct postgres_option *option, const char *value,
	struct buf *error) __attribute__((warn_unused_result));

#endif

/*
 * Names of tables, columns and indexes as SQLAlchemy 2.0 writes them (sql/compiler.py,
 * IdentifierPreparer).
 */
#ifndef POSTERN_SQL_NAMES_H
#define POSTERN_SQL_NAMES_H

#include "buf.h"

/* The words that a dialect of SQL quotes, in lower case and alphabetical order. */
struct sql_words {
	const char *const *list;
	size_t count;
};

/* Appends the name. It is quoted if it is one of these words, has a capital letter, or begins with
 * a digit. The name must not contain quotes, as no declared one does. */
void sql_put_name(struct buf *out, const char *name, const struct sql_words *reserved);

#endif

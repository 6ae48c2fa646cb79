/*
 * The statements of the declared resources. Each is generated when it is first needed, and then
 * kept for all connections, which prepare it under its name. The name is a digest of the text:
 * behind a pooler, what one connection has prepared serves another one, also of another dbd.
 * Thread-safe.
 */
#ifndef POSTERN_PG_STATEMENTS_H
#define POSTERN_PG_STATEMENTS_H

#include "pg_sql.h"

enum {
	PG_STATEMENTS_MAX = 16 * 1024, /* that are kept */
	PG_NAME_SIZE = 24,
	PG_SHARED_MOST = 4096 /* rows of a statement that answers several reads */
};

struct pg_statement {
	unsigned number; /* below PG_STATEMENTS_MAX */
	char name[PG_NAME_SIZE];
	const char *text;
	bool once; /* not kept: not prepared either */
};

/* What a statement is generated from, and found by. */
enum pg_family {
	PG_FAMILY_TEXT,        /* a literal, which `text` is */
	PG_FAMILY_PURPOSE,     /* number: enum pg_purpose */
	PG_FAMILY_UPDATE,      /* number: the columns as bits */
	PG_FAMILY_CHILDREN,    /* number: the field; at most PG_SHARED_MOST rows */
	PG_FAMILY_FIELD,       /* number: the field */
	PG_FAMILY_REFERRING,   /* number: the field */
	PG_FAMILY_SET_NULL,    /* number: the field; others: the columns as bits */
	PG_FAMILY_LINKS,       /* number: enum pg_links; resource: the association table */
	PG_FAMILY_LINKED,      /* number: the end; table: the association table; as many */
	PG_FAMILY_DELETE_BELOW /* table: the ancestor */
};

struct pg_key {
	enum pg_family family;
	const struct resource *resource, *table;
	uint64_t number, others;
	const char *text;
};

/* The statement, which is valid until the process ends. If PG_STATEMENTS_MAX are kept already, it
 * is a new one in *spare, with a text in the buffer. */
const struct pg_statement *pg_statement(
	const struct pg_key *key, struct pg_statement *spare, struct buf *text);

#endif

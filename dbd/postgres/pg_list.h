/*
 * The connection of one long list, used by a thread of the pool, which waits for it. It is made
 * when the first list begins, and kept for the next ones.
 */
#ifndef POSTERN_PG_LIST_H
#define POSTERN_PG_LIST_H

#include "engine.h"
#include "pg_statements.h"

#include <libpq-fe.h>

struct pg_list;

/* Has no connection yet. The URL stays the caller's. Aborts when out of memory. */
struct pg_list *pg_list_new(const struct database_url *url);
void pg_list_free(struct pg_list *list);

/* Connects if there is no connection, or it was lost, and waits for a server until this time
 * (clock_ms). False: there is none, and one line says so. */
bool pg_list_connect(struct pg_list *list, uint64_t until);

void pg_list_disconnect(struct pg_list *list);

/* Runs a statement, or without parameters several. NULL: the connection is lost. The result, of the
 * last one, is the caller's. */
PGresult *pg_list_ask(struct pg_list *list, const struct pg_statement *statement,
	const char *const *values, unsigned nvalues);

/* No list of this process waits for the server beyond this time (clock_ms). Thread-safe. */
void pg_list_end_by(uint64_t time);

/* Ends the transaction without waiting for that. Does nothing without one. */
void pg_list_end(struct pg_list *list);

#endif

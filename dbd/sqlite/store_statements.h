/*
 * The statements of a connection, each prepared when it is first used. Functions that return int
 * return SQLite's extended result codes.
 *
 * Statements are reset when they are returned. The caller resets them after use: until then a
 * SELECT holds its snapshot. They stay the store's. NULL: it cannot be prepared, as memory is
 * missing, or as a trigger calls a function that this SQLite does not have; store_error has the
 * reason, and bind.h accepts NULL.
 */
#ifndef POSTERN_STORE_STATEMENTS_H
#define POSTERN_STORE_STATEMENTS_H

#include "sql.h"
#include "store.h"

#include <sqlite3.h>

/* Makes the tables of statements, for the resources of the API. */
void store_init_statements(struct store *store);

/* Prepares what no resource has: the steps of transactions. */
int store_prepare(struct store *store) __attribute__((warn_unused_result));

void store_finalize(struct store *store);

/* The statement of a resource for a purpose that applies to it. */
sqlite3_stmt *store_statement(
	struct store *store, const struct resource *r, enum sql_purpose purpose);

/* Prepares another statement for a query: one for each cursor that is open at once. */
sqlite3_stmt *store_statement_rows(struct store *store, const struct query *query);

/* The statement that changes these input fields, at least one. A single field has a statement of
 * its own, so that no index of another field is written; otherwise all input fields are written. */
sqlite3_stmt *store_statement_update(
	struct store *store, const struct resource *r, uint64_t fields);

/* The statement of sql_keys_below, for an r that is below the ancestor. */
sqlite3_stmt *store_statement_keys_below(
	struct store *store, const struct resource *r, const struct resource *ancestor);

/* The statement of sql_delete_below, for an r that is below the ancestor. */
sqlite3_stmt *store_statement_below(
	struct store *store, const struct resource *r, const struct resource *ancestor);

/* The statement of sql_referring, for a field that is a parent or a reference. */
sqlite3_stmt *store_statement_referring(
	struct store *store, const struct resource *r, unsigned field);

/* The statement of sql_field. */
sqlite3_stmt *store_statement_field(struct store *store, const struct resource *r, unsigned field);

/* The statement of sql_set_null, for such a field. */
sqlite3_stmt *store_statement_set_null(
	struct store *store, const struct resource *r, unsigned field);

/* The statement of sql_filtered. A connection keeps the STORE_FILTERED_MOST that were used last: it
 * is valid until as many others were asked for. */
sqlite3_stmt *store_statement_filtered(
	struct store *store, const struct resource *r, const struct sql_filtered *filtered);

/* Steps a statement that returns no rows to its end and resets it. */
int store_execute(sqlite3_stmt *statement) __attribute__((warn_unused_result));

#endif

#include "store_links.h"

#include "bind.h"
#include "store_changes.h"
#include "store_failure.h"
#include "store_state.h"
#include "store_statements.h"

/* A link whose key is none, such as a NULL of another program, leads nowhere. */
enum fault store_find_linked(struct engine *engine, const struct resource *table, enum link_end end,
	struct key key, engine_found *found, void *context)
{
	struct store *store = store_of(engine);
	const bool owners = end == LINK_OWNER;
	sqlite3_stmt *statement =
		store_statement_links(store, table, owners ? SQL_LINKED_OWNERS : SQL_LINKED_ROWS);
	int rc = bind_key(statement, &table->fields[owners ? LINK_TO : LINK_OWNER], key);
	bool goes_on = true;

	while (rc == SQLITE_OK && goes_on && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
		struct key linked;
		rc = SQLITE_OK;
		if (bind_read_key(statement, 0, &table->fields[end], &linked))
			goes_on = found(context, linked, key_none());
	}
	enum fault fault =
		rc == SQLITE_OK || rc == SQLITE_DONE ? FAULT_NONE : store_fault(store, rc);
	sqlite3_reset(statement);
	return fault;
}

/* Runs a statement whose parameters are bound, unless binding failed with rc. */
static enum fault write_links(struct store *store, const struct resource *table,
	sqlite3_stmt *statement, int rc, bool *ret_done)
{
	struct store_written written = { 0 };

	if (rc == SQLITE_OK)
		rc = store_write_links(store, table, statement, &written);
	*ret_done = written.rows > 0 || written.more;
	return rc == SQLITE_OK ? FAULT_NONE : store_fault(store, rc);
}

static int bind_ends(
	sqlite3_stmt *statement, const struct resource *table, const struct key ends[LINK_ENDS])
{
	char texts[LINK_ENDS][UUID_LENGTH];
	struct record record = { .resource = table };

	for (unsigned i = 0; i < LINK_ENDS; i++)
		record_set(&record, i, key_value(&table->fields[i], ends[i], texts[i]));
	return bind_record(statement, &record);
}

static enum fault write_link(struct engine *engine, const struct resource *table,
	enum sql_links purpose, const struct key ends[LINK_ENDS], bool *ret_done)
{
	struct store *store = store_of(engine);
	sqlite3_stmt *statement = store_statement_links(store, table, purpose);

	return write_links(store, table, statement, bind_ends(statement, table, ends), ret_done);
}

enum fault store_link(
	struct engine *engine, const struct resource *table, const struct key ends[LINK_ENDS])
{
	bool done;

	return write_link(engine, table, SQL_LINK, ends, &done);
}

enum fault store_unlink(struct engine *engine, const struct resource *table,
	const struct key ends[LINK_ENDS], bool *ret_done)
{
	return write_link(engine, table, SQL_UNLINK, ends, ret_done);
}

enum fault store_unlink_all(
	struct engine *engine, const struct resource *table, enum link_end end, struct key key)
{
	struct store *store = store_of(engine);
	sqlite3_stmt *statement = store_statement_links(
		store, table, end == LINK_OWNER ? SQL_UNLINK_OWNER : SQL_UNLINK_ROW);
	int rc = bind_key(statement, &table->fields[end], key);
	bool done;

	return write_links(store, table, statement, rc, &done);
}

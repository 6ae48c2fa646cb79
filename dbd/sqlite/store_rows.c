#include "store_rows.h"

#include "bind.h"
#include "store_failure.h"
#include "store_state.h"
#include "store_statements.h"

static const enum sql_purpose purposes[] = {
	[QUERY_ALL] = SQL_LIST,
	[QUERY_AFTER] = SQL_PAGE,
	[QUERY_ROW] = SQL_READ,
	[QUERY_CHILDREN] = SQL_CHILDREN,
};

enum fault store_open_rows(struct engine *engine, const struct query *query, struct cursor *cursor)
{
	struct store *store = store_of(engine);
	sqlite3_stmt *statement = store_statement(store, query->resource, purposes[query->kind]);
	int rc = query->kind == QUERY_ALL ? SQLITE_OK : bind_key(statement, query->key);

	*cursor =
		(struct cursor){ .engine = engine, .resource = query->resource, .rows = statement };
	return rc == SQLITE_OK ? FAULT_NONE : store_fault(store, rc);
}

enum fault store_next_row(struct cursor *cursor, struct record *row)
{
	int rc = sqlite3_step(cursor->rows);

	cursor->there = rc == SQLITE_ROW;
	if (!cursor->there)
		return rc == SQLITE_DONE ? FAULT_NONE : store_fault(store_of(cursor->engine), rc);
	cursor->field = bind_read_row(cursor->rows, cursor->resource, row);
	if (cursor->field < cursor->resource->nfields && bind_lacked_memory(cursor->rows))
		return store_fault(store_of(cursor->engine), SQLITE_NOMEM);
	return FAULT_NONE;
}

void store_close_rows(struct cursor *cursor)
{
	sqlite3_reset(cursor->rows);
}

enum fault store_count_rows(struct engine *engine, const struct resource *r, int64_t *ret_count)
{
	struct store *store = store_of(engine);
	sqlite3_stmt *statement = store_statement(store, r, SQL_COUNT);
	int rc = sqlite3_step(statement);
	enum fault fault = rc == SQLITE_ROW ? FAULT_NONE : store_fault(store, rc);

	if (fault == FAULT_NONE)
		*ret_count = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return fault;
}

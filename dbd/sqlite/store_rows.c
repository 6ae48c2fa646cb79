#include "store_rows.h"

#include "bind.h"
#include "store_failure.h"
#include "store_state.h"
#include "store_statements.h"

static const enum sql_purpose purposes[] = {
	[QUERY_ALL] = SQL_LIST,
	[QUERY_SLICE] = SQL_SLICE,
	[QUERY_AFTER] = SQL_PAGE,
	[QUERY_ROW] = SQL_READ,
	[QUERY_CHILDREN] = SQL_CHILDREN,
};

/* As many are made as queries are open at once. */
static struct store_rows *take_rows(struct store *store, sqlite3_stmt *statement)
{
	struct store_rows *rows = store->free_rows;

	if (rows)
		store->free_rows = rows->next;
	else
		rows = arena_calloc(&store->arena, 1, sizeof(*rows));
	rows->statement = statement;
	return rows;
}

static int bind_slice(sqlite3_stmt *statement, const struct query *query)
{
	int rc = sqlite3_bind_int64(statement, 1, query->after);

	return rc == SQLITE_OK ? sqlite3_bind_int64(statement, 2, query->limit) : rc;
}

/* Filters. */

static sqlite3_stmt *filtered_statement(struct store *store, const struct query *query, bool counts)
{
	return store_statement_filtered(store, query->resource,
		&(struct sql_filtered){
			.filters = query->filters ? query->filters->present : 0,
			.below = query->below,
			.counts = counts,
		});
}

/* The field with the parent's key. */
static const struct field *parent_of(const struct query *query)
{
	return &query->resource->fields[query->resource->parent_field];
}

static int bind_filtered(sqlite3_stmt *statement, const struct query *query)
{
	int rc = statement ? SQLITE_OK : SQLITE_ERROR;

	if (rc == SQLITE_OK && query->below)
		rc = bind_key(statement, parent_of(query), query->key);
	if (rc == SQLITE_OK && query->filters)
		rc = bind_filters(statement, SQL_FILTERED_VALUES, query->filters);
	return rc;
}

static int bind_filtered_slice(sqlite3_stmt *statement, const struct query *query)
{
	int rc = bind_filtered(statement, query);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(statement, SQL_FILTERED_AFTER, query->after);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(statement, SQL_FILTERED_LIMIT, query->limit);
	return rc;
}

/* Queries. */

static inline sqlite3_stmt *statement_of(struct store *store, const struct query *query)
{
	return query->kind == QUERY_FILTERED
		       ? filtered_statement(store, query, false)
		       : store_statement(store, query->resource, purposes[query->kind]);
}

static inline int bind_query(sqlite3_stmt *statement, const struct query *query)
{
	if (!statement)
		return SQLITE_ERROR;
	switch (query->kind) {
	case QUERY_ALL:
		return SQLITE_OK;
	case QUERY_SLICE:
		return bind_slice(statement, query);
	case QUERY_AFTER:
		return sqlite3_bind_int64(statement, 1, query->after);
	case QUERY_FILTERED:
		return bind_filtered_slice(statement, query);
	case QUERY_CHILDREN:
		return bind_key(statement, parent_of(query), query->key);
	default:
		return bind_key(statement, &query->resource->fields[RESOURCE_KEY], query->key);
	}
}

enum fault store_open_rows(struct engine *engine, const struct query *query, struct cursor *cursor)
{
	struct store *store = store_of(engine);
	sqlite3_stmt *statement = statement_of(store, query);
	int rc = bind_query(statement, query);

	cursor->engine = engine;
	cursor->resource = query->resource;
	cursor->rows = take_rows(store, statement);
	cursor->there = false;
	cursor->field = 0;
	return rc == SQLITE_OK ? FAULT_NONE : store_fault(store, rc);
}

enum fault store_next_row(struct cursor *cursor, struct record *row)
{
	struct store_rows *rows = cursor->rows;
	int rc = sqlite3_step(rows->statement);

	cursor->there = rc == SQLITE_ROW;
	if (!cursor->there)
		return rc == SQLITE_DONE ? FAULT_NONE : store_fault(store_of(cursor->engine), rc);
	if (rows->converted.blocks)
		arena_reset(&rows->converted);
	cursor->field = bind_read_row(rows->statement, cursor->resource, &rows->converted, row);
	if (cursor->field < cursor->resource->nfields && bind_lacked_memory(rows->statement))
		return store_fault(store_of(cursor->engine), SQLITE_NOMEM);
	return FAULT_NONE;
}

void store_close_rows(struct cursor *cursor)
{
	struct store_rows *rows = cursor->rows;
	struct store *store = store_of(cursor->engine);

	rows->next = store->free_rows;
	store->free_rows = rows;
	sqlite3_reset(rows->statement);
}

enum fault store_count_rows(struct engine *engine, const struct query *query, int64_t *ret_count)
{
	struct store *store = store_of(engine);
	bool filtered = query->kind == QUERY_FILTERED;
	sqlite3_stmt *statement = filtered ? filtered_statement(store, query, true)
					   : store_statement(store, query->resource, SQL_COUNT);
	int rc = filtered ? bind_filtered(statement, query) : SQLITE_OK;

	if (rc == SQLITE_OK)
		rc = statement ? sqlite3_step(statement) : SQLITE_ERROR;
	enum fault fault = rc == SQLITE_ROW ? FAULT_NONE : store_fault(store, rc);
	if (fault == FAULT_NONE)
		*ret_count = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return fault;
}

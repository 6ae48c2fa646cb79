#include "store_rows.h"

#include "bind.h"
#include "store_failure.h"
#include "store_mapping.h"
#include "store_state.h"
#include "store_statements.h"

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

/* Statements. */

/* The list of the statements for queries like this that wait. */
static struct store_rows **home_of(struct store *store, const struct query *query)
{
	struct resource_statements *of = &store->statements[resource_index(query->resource)];

	if (query->kind == QUERY_FILTERED)
		return &store->filtered_rows;
	if (query->kind == QUERY_LINKED)
		return &store->statements[resource_index(query->table)].linked[query->end];
	return query->kind == QUERY_CHILDREN ? &of->children[query->field] : &of->rows[query->kind];
}

/* NULL: the statement cannot be prepared. Not inlined, as as many are made as queries are open at
 * once. */
__attribute__((noinline)) static struct store_rows *make_rows(
	struct store *store, const struct query *query, struct store_rows **home)
{
	const bool filtered = query->kind == QUERY_FILTERED;
	sqlite3_stmt *statement = filtered ? NULL : store_statement_rows(store, query);

	if (!statement && !filtered)
		return NULL;
	struct store_rows *rows = arena_calloc(&store->arena, 1, sizeof(*rows));
	rows->statement = statement;
	rows->home = home;
	rows->older = store->rows;
	store->rows = rows;
	return rows;
}

static struct store_rows *take_rows(struct store *store, const struct query *query)
{
	struct store_rows **home = home_of(store, query), *rows = *home;

	if (rows)
		*home = rows->next;
	else
		rows = make_rows(store, query, home);
	if (query->kind == QUERY_FILTERED)
		rows->statement = filtered_statement(store, query, false);
	return rows;
}

static int bind_slice(sqlite3_stmt *statement, const struct query *query)
{
	int rc = sqlite3_bind_int64(statement, 1, query->after);

	return rc == SQLITE_OK ? sqlite3_bind_int64(statement, 2, query->limit) : rc;
}

/* Queries. */

static const struct field *other_end_of(const struct query *query)
{
	return &query->table->fields[query->end == LINK_TO ? LINK_OWNER : LINK_TO];
}

static inline int bind_query(sqlite3_stmt *statement, const struct query *query)
{
	switch (query->kind) {
	case QUERY_ALL:
		return SQLITE_OK;
	case QUERY_SLICE:
		return bind_slice(statement, query);
	case QUERY_AFTER:
		return sqlite3_bind_int64(statement, 1, query->after);
	case QUERY_FILTERED:
		return bind_filtered_slice(statement, query);
	case QUERY_LINKED:
		return bind_key(statement, other_end_of(query), query->key);
	case QUERY_CHILDREN:
		return bind_key(statement, &query->resource->fields[query->field], query->key);
	default:
		return bind_key(statement, &query->resource->fields[RESOURCE_KEY], query->key);
	}
}

enum fault store_open_rows(struct engine *engine, const struct query *query, struct cursor *cursor)
{
	struct store *store = store_of(engine);
	struct store_rows *rows = take_rows(store, query);

	cursor->engine = engine;
	cursor->resource = query->resource;
	cursor->rows = rows;
	cursor->there = false;
	cursor->field = 0;
	if (rows)
		rows->faults = file_map_faults();
	int rc = rows ? bind_query(rows->statement, query) : SQLITE_ERROR;
	return rc == SQLITE_OK ? FAULT_NONE : store_fault(store, rc);
}

enum fault store_next_row(struct cursor *cursor, struct record *row)
{
	struct store_rows *rows = cursor->rows;
	struct store *store = store_of(cursor->engine);
	int rc = store_mapping_judge(store, rows->faults, sqlite3_step(rows->statement));

	cursor->there = rc == SQLITE_ROW;
	if (!cursor->there)
		return rc == SQLITE_DONE ? FAULT_NONE : store_fault(store, rc);
	if (rows->converted.blocks)
		arena_reset(&rows->converted);
	cursor->field = bind_read_row(rows->statement, cursor->resource, &rows->converted, row);
	if (cursor->field < resource_columns(cursor->resource) &&
		bind_lacked_memory(rows->statement))
		return store_fault(store, SQLITE_NOMEM);
	return FAULT_NONE;
}

void store_close_rows(struct cursor *cursor)
{
	struct store_rows *rows = cursor->rows;

	rows->next = *rows->home;
	*rows->home = rows;
	sqlite3_reset(rows->statement);
}

enum fault store_count_rows(struct engine *engine, const struct query *query, int64_t *ret_count)
{
	struct store *store = store_of(engine);
	bool filtered = query->kind == QUERY_FILTERED;
	sqlite3_stmt *statement = filtered ? filtered_statement(store, query, true)
					   : store_statement(store, query->resource, SQL_COUNT);
	unsigned faults = file_map_faults();
	int rc = filtered ? bind_filtered(statement, query) : SQLITE_OK;

	if (rc == SQLITE_OK)
		rc = statement ? sqlite3_step(statement) : SQLITE_ERROR;
	rc = store_mapping_judge(store, faults, rc);
	enum fault fault = rc == SQLITE_ROW ? FAULT_NONE : store_fault(store, rc);
	if (fault == FAULT_NONE)
		*ret_count = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return fault;
}

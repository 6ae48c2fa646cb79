#include "store_statements.h"

#include "bind.h"
#include "buf.h"
#include "store_state.h"

enum { SQL_LIMIT = 64 * 1024 };

static void remember(struct store *store, sqlite3_stmt *statement)
{
	struct prepared *prepared = arena_alloc(&store->arena, sizeof(*prepared));

	*prepared = (struct prepared){ statement, store->prepared };
	store->prepared = prepared;
}

static int compile(struct store *store, struct buf *sql, sqlite3_stmt **statement)
{
	struct str text = buf_view(sql);
	int rc = sql->failed ? SQLITE_NOMEM
			     : sqlite3_prepare_v3(store->db, text.ptr, (int)text.len,
				       SQLITE_PREPARE_PERSISTENT, statement, NULL);

	buf_reset(sql, SQL_LIMIT);
	return rc;
}

static int prepare(struct store *store, struct buf *sql, sqlite3_stmt **statement)
{
	int rc = compile(store, sql, statement);

	if (rc == SQLITE_OK)
		remember(store, *statement);
	return rc;
}

static int prepare_steps(struct store *store, struct buf *sql)
{
	static const char *const texts[] = {
		[ENGINE_BEGIN_READ] = "BEGIN",
		[ENGINE_BEGIN_WRITE] = "BEGIN IMMEDIATE",
		[ENGINE_SAVEPOINT] = "SAVEPOINT command",
		[ENGINE_RELEASE] = "RELEASE command",
		[ENGINE_ROLLBACK_TO] = "ROLLBACK TO command",
		[ENGINE_COMMIT] = "COMMIT",
		[ENGINE_ROLLBACK] = "ROLLBACK",
	};
	_Static_assert(NITEMS(texts) == ENGINE_STEP__COUNT, "a step has no statement");
	int rc = SQLITE_OK;

	for (int i = 0; i < ENGINE_STEP__COUNT && rc == SQLITE_OK; i++) {
		buf_str(sql, str_from(texts[i]));
		rc = prepare(store, sql, &store->steps[i]);
	}
	return rc;
}

static unsigned generations(const struct resource *r, const struct resource *ancestor)
{
	unsigned count = 1;

	while ((r = r->parent) != ancestor)
		count++;
	return count;
}

static unsigned depth(const struct resource *r)
{
	unsigned count = 0;

	for (; r->parent; r = r->parent)
		count++;
	return count;
}

void store_init_statements(struct store *store)
{
	store->statements =
		arena_calloc(&store->arena, api_count_tables(api), sizeof(*store->statements));
	for (unsigned i = 0; i < api->nresources; i++) {
		const struct resource *r = api->resources[i];
		struct resource_statements *of = &store->statements[resource_index(r)];
		of->convertible = bind_convertible(r);
		of->children = arena_calloc(&store->arena, r->nfields, sizeof(struct store_rows *));
		of->referring = arena_calloc(&store->arena, r->nfields, sizeof(sqlite3_stmt *));
		of->fields = arena_calloc(&store->arena, r->nfields, sizeof(sqlite3_stmt *));
		of->set_null = arena_calloc(&store->arena, r->nfields, sizeof(sqlite3_stmt *));
		of->updates = arena_calloc(&store->arena, r->nfields, sizeof(sqlite3_stmt *));
		of->keys_below = arena_calloc(&store->arena, depth(r), sizeof(sqlite3_stmt *));
		of->below = arena_calloc(&store->arena, depth(r), sizeof(sqlite3_stmt *));
	}
}

int store_prepare(struct store *store)
{
	struct buf sql;

	buf_init(&sql, SQL_LIMIT);
	int rc = prepare_steps(store, &sql);
	buf_str(&sql, STR("PRAGMA data_version"));
	if (rc == SQLITE_OK)
		rc = prepare(store, &sql, &store->version);
	buf_done(&sql);
	return rc;
}

void store_finalize(struct store *store)
{
	for (const struct prepared *p = store->prepared; p; p = p->next)
		sqlite3_finalize(p->statement);
	store->prepared = NULL;
	for (unsigned i = 0; i < STORE_FILTERED_MOST; i++)
		sqlite3_finalize(store->filtered[i].statement);
	memset(store->filtered, 0, sizeof(store->filtered));
}

/* What a statement is for. */
struct wanted {
	void (*put)(struct buf *sql, const struct wanted *w);
	const struct resource *resource;
	enum sql_purpose purpose;
	unsigned field;
	const struct resource *ancestor;
	const struct resource *table; /* an association table */
	enum link_end end;
	enum sql_links links;
};

static void put_purpose(struct buf *sql, const struct wanted *w)
{
	sql_statement(sql, w->resource, w->purpose);
}

static void put_children(struct buf *sql, const struct wanted *w)
{
	sql_children(sql, w->resource, w->field);
}

static void put_field(struct buf *sql, const struct wanted *w)
{
	sql_field(sql, w->resource, w->field);
}

static void put_update(struct buf *sql, const struct wanted *w)
{
	sql_update_one(sql, w->resource, w->field);
}

static void put_referring(struct buf *sql, const struct wanted *w)
{
	sql_referring(sql, w->resource, w->field);
}

static void put_set_null(struct buf *sql, const struct wanted *w)
{
	sql_set_null(sql, w->resource, w->field);
}

static void put_links(struct buf *sql, const struct wanted *w)
{
	sql_links(sql, w->table, w->links);
}

static void put_linked(struct buf *sql, const struct wanted *w)
{
	sql_linked(sql, w->resource, w->table, w->end);
}

static void put_keys_below(struct buf *sql, const struct wanted *w)
{
	sql_keys_below(sql, w->resource, w->ancestor);
}

static void put_below(struct buf *sql, const struct wanted *w)
{
	sql_delete_below(sql, w->resource, w->ancestor);
}

/* A statement that cannot be prepared is tried again with each use: the reason may have gone. Not
 * inlined, since it runs once for each statement. */
__attribute__((noinline)) static sqlite3_stmt *prepare_first(
	struct store *store, sqlite3_stmt **place, const struct wanted *w)
{
	struct buf sql;

	buf_init(&sql, SQL_LIMIT);
	w->put(&sql, w);
	if (prepare(store, &sql, place) != SQLITE_OK)
		*place = NULL;
	buf_done(&sql);
	return *place;
}

sqlite3_stmt *store_statement(
	struct store *store, const struct resource *r, enum sql_purpose purpose)
{
	sqlite3_stmt **place = &store->statements[resource_index(r)].purposes[purpose];

	return *place ? *place
		      : prepare_first(store, place,
				&(struct wanted){
					.put = put_purpose, .resource = r, .purpose = purpose });
}

sqlite3_stmt *store_statement_rows(struct store *store, const struct query *query)
{
	static const enum sql_purpose purposes[] = {
		[QUERY_ALL] = SQL_LIST,
		[QUERY_SLICE] = SQL_SLICE,
		[QUERY_AFTER] = SQL_PAGE,
		[QUERY_ROW] = SQL_READ,
	};
	struct wanted wanted = {
		.put = put_purpose,
		.resource = query->resource,
		.field = query->field,
		.table = query->table,
		.end = query->end,
	};
	sqlite3_stmt *statement;

	if (query->kind == QUERY_CHILDREN)
		wanted.put = put_children;
	else if (query->kind == QUERY_LINKED)
		wanted.put = put_linked;
	else
		wanted.purpose = purposes[query->kind];
	return prepare_first(store, &statement, &wanted);
}

sqlite3_stmt *store_statement_update(struct store *store, const struct resource *r, uint64_t fields)
{
	bool one = (fields & (fields - 1)) == 0;

	if (!one)
		return store_statement(store, r, SQL_UPDATE);
	unsigned field = (unsigned)__builtin_ctzll(fields);
	sqlite3_stmt **place = &store->statements[resource_index(r)].updates[field];
	return *place ? *place
		      : prepare_first(store, place,
				&(struct wanted){
					.put = put_update, .resource = r, .field = field });
}

sqlite3_stmt *store_statement_below(
	struct store *store, const struct resource *r, const struct resource *ancestor)
{
	sqlite3_stmt **place =
		&store->statements[resource_index(r)].below[generations(r, ancestor) - 1];

	return *place ? *place
		      : prepare_first(store, place,
				&(struct wanted){
					.put = put_below, .resource = r, .ancestor = ancestor });
}

sqlite3_stmt *store_statement_keys_below(
	struct store *store, const struct resource *r, const struct resource *ancestor)
{
	sqlite3_stmt **place =
		&store->statements[resource_index(r)].keys_below[generations(r, ancestor) - 1];

	return *place ? *place
		      : prepare_first(store, place,
				&(struct wanted){ .put = put_keys_below,
					.resource = r,
					.ancestor = ancestor });
}

sqlite3_stmt *store_statement_referring(
	struct store *store, const struct resource *r, unsigned field)
{
	sqlite3_stmt **place = &store->statements[resource_index(r)].referring[field];

	return *place ? *place
		      : prepare_first(store, place,
				&(struct wanted){
					.put = put_referring, .resource = r, .field = field });
}

sqlite3_stmt *store_statement_field(struct store *store, const struct resource *r, unsigned field)
{
	sqlite3_stmt **place = &store->statements[resource_index(r)].fields[field];

	return *place ? *place
		      : prepare_first(store, place,
				&(struct wanted){
					.put = put_field, .resource = r, .field = field });
}

sqlite3_stmt *store_statement_set_null(
	struct store *store, const struct resource *r, unsigned field)
{
	sqlite3_stmt **place = &store->statements[resource_index(r)].set_null[field];

	return *place ? *place
		      : prepare_first(store, place,
				&(struct wanted){
					.put = put_set_null, .resource = r, .field = field });
}

sqlite3_stmt *store_statement_links(
	struct store *store, const struct resource *table, enum sql_links purpose)
{
	sqlite3_stmt **place = &store->statements[resource_index(table)].links[purpose];

	return *place ? *place
		      : prepare_first(store, place,
				&(struct wanted){
					.put = put_links, .table = table, .links = purpose });
}

static bool is_of(const struct filtered_statement *s, const struct resource *r,
	const struct sql_filtered *filtered)
{
	return s->statement && s->resource == r && s->filtered.filters == filtered->filters &&
	       s->filtered.below == filtered->below && s->filtered.counts == filtered->counts;
}

/* Replaces a statement by another. Not inlined, since it runs once for each. */
__attribute__((noinline)) static void prepare_filtered(struct store *store,
	struct filtered_statement *s, const struct resource *r, const struct sql_filtered *filtered)
{
	struct buf sql;

	sqlite3_finalize(s->statement);
	*s = (struct filtered_statement){ .resource = r, .filtered = *filtered };
	buf_init(&sql, SQL_LIMIT);
	sql_filtered(&sql, r, filtered);
	if (compile(store, &sql, &s->statement) != SQLITE_OK)
		s->statement = NULL;
	buf_done(&sql);
}

sqlite3_stmt *store_statement_filtered(
	struct store *store, const struct resource *r, const struct sql_filtered *filtered)
{
	struct filtered_statement *oldest = store->filtered, *end = oldest + STORE_FILTERED_MOST,
				  *s = oldest;

	for (; s < end && !is_of(s, r, filtered); s++)
		if (s->used < oldest->used)
			oldest = s;
	if (s == end)
		prepare_filtered(store, s = oldest, r, filtered);
	s->used = ++store->filtered_uses;
	return s->statement;
}

int store_execute(sqlite3_stmt *statement)
{
	int rc = sqlite3_step(statement);

	sqlite3_reset(statement);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

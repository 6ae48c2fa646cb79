#include "pg_rows.h"

#include "log.h"
#include "pg_batch.h"
#include "pg_table_locks.h"
#include "pg_value.h"
#include "reading.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	FETCH_FIRST = 100,       /* rows */
	FETCH_BYTES = 64 * 1024, /* of the next rows, as the last ones were long */
	FETCH_MOST = 1000,       /* rows */
	TEXT_LIMIT = 1024 * 1024,
	FETCH_SIZE = 64,
	PARAMETERS_ROOM = 3 + PARAMETERS_MAX
};

/* Rows of one query: those of a statement of their own, or some of one that several reads share, or
 * those of a cursor in the database, which are fetched piece by piece. */
struct pg_rows {
	struct pg_shared *shared; /* NULL: not shared */
	struct key key;           /* of shared rows */
	struct query query;       /* to begin again with a cursor */
	PGresult *result;         /* rows of its own */
	unsigned cursor;          /* its number; 0: none */
	int next, end;            /* rows of the result, or places of the shared ones */
	int column;               /* of the first field */
	bool begun;
	struct arena converted; /* values of the last row */
};

static enum fault fault_of(const struct pg_session *s)
{
	return s->fault;
}

/* Statements with parameters. */

struct parameters {
	const char *values[PARAMETERS_ROOM];
	unsigned count;
};

static void add(struct parameters *p, const char *value)
{
	p->values[p->count++] = value;
}

static void add_integer(struct parameters *p, struct arena *arena, int64_t value)
{
	add(p, arena_printf(arena, "%lld", (long long)value).ptr);
}

static const char *array_of(struct arena *arena, const struct field *f, struct key key)
{
	struct buf array;

	buf_init(&array, TEXT_LIMIT);
	pg_key_array_add(&array, f, key);
	pg_key_array_end(&array);
	const char *text = arena_copy(arena, buf_view(&array)).ptr;
	buf_done(&array);
	return text;
}

static const struct field *key_field(const struct query *query)
{
	switch (query->kind) {
	case QUERY_CHILDREN:
		return &query->resource->fields[query->field];
	case QUERY_LINKED:
		return &query->table->fields[query->end == LINK_TO ? LINK_OWNER : LINK_TO];
	default:
		return &query->resource->fields[RESOURCE_KEY];
	}
}

static void add_filters(struct parameters *p, struct arena *arena, const struct query *query)
{
	const struct record *filters = query->filters;

	for (uint64_t left = filters ? filters->present : 0; left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctzll(left);
		const struct parameter *parameter = &query->resource->list->parameters[i];
		const struct value *value = &filters->values[i];
		bool fits =
			value->kind != VALUE_REFUSED && pg_value_compares(&parameter->field, value);
		add(p, fits ? pg_value_text(arena, &parameter->field, value) : NULL);
	}
}

/* The text of a query whose rows are in an order of their own, and its parameters. */
static void write_query(
	const struct query *query, struct buf *text, struct parameters *p, struct arena *arena)
{
	const struct resource *r = query->resource;

	switch (query->kind) {
	case QUERY_ALL:
		pg_sql_statement(text, r, PG_LIST);
		break;
	case QUERY_SLICE:
		pg_sql_statement(text, r, PG_SLICE);
		add_integer(p, arena, query->after);
		add_integer(p, arena, query->limit);
		break;
	case QUERY_AFTER:
		pg_sql_statement(text, r, PG_PAGE);
		add_integer(p, arena, query->after);
		break;
	case QUERY_FILTERED:
		pg_sql_filtered(text, r,
			&(struct pg_filtered){
				.filters = query->filters ? query->filters->present : 0,
				.below = query->below,
			});
		if (query->below)
			add(p, pg_key_text(arena, &r->fields[r->parent_field], query->key));
		add_integer(p, arena, query->after);
		add_integer(p, arena, query->limit);
		add_filters(p, arena, query);
		break;
	case QUERY_CHILDREN:
		pg_sql_children(text, r, query->field);
		add(p, array_of(arena, key_field(query), query->key));
		break;
	case QUERY_LINKED:
		pg_sql_linked(text, r, query->table, query->end);
		add(p, array_of(arena, key_field(query), query->key));
		break;
	case QUERY_ROW:
		pg_sql_statement(text, r, PG_READ);
		add(p, array_of(arena, key_field(query), query->key));
		break;
	}
}

/* Cursors in the database. */

static const PGresult *fetch(struct pg_session *s, struct pg_rows *rows, unsigned count)
{
	char text[FETCH_SIZE];

	snprintf(text, sizeof(text), "FETCH FORWARD %u FROM postern%u", count, rows->cursor);
	return pg_ask_text(s, text, NULL, 0);
}

static void take_rows(struct pg_session *s, struct pg_rows *rows)
{
	PQclear(rows->result);
	rows->result = pg_take_result(s);
	rows->next = 0;
	rows->end = PQntuples(rows->result);
}

/* Sessions share a transaction, in which each name is given once; lists run in other threads. */
static atomic_uint cursors;

static bool declare(struct pg_session *s, struct pg_rows *rows)
{
	struct parameters p = { .count = 0 };

	arena_reset(&s->arena);
	buf_reset(&s->text, TEXT_LIMIT);
	rows->cursor = atomic_fetch_add(&cursors, 1) + 1;
	buf_printf(&s->text, "DECLARE postern%u NO SCROLL CURSOR FOR ", rows->cursor);
	write_query(&rows->query, &s->text, &p, &s->arena);
	buf_char(&s->text, '\0');
	pg_say(s, buf_view(&s->text).ptr, p.values, p.count);
	if (!fetch(s, rows, FETCH_FIRST))
		return false;
	take_rows(s, rows);
	return true;
}

/* As many rows as fill the next frames, judged by the last ones. */
static unsigned next_count(const struct pg_rows *rows)
{
	size_t bytes = PQresultMemorySize(rows->result);
	size_t each = bytes / (size_t)(rows->end > 0 ? rows->end : 1) + 1;
	size_t count = (size_t)FETCH_BYTES * 4 / each;

	return count < 1 ? 1 : count > FETCH_MOST ? FETCH_MOST : (unsigned)count;
}

static bool fetch_more(struct pg_session *s, struct pg_rows *rows)
{
	if (rows->end == 0)
		return true;
	if (!fetch(s, rows, next_count(rows)))
		return false;
	take_rows(s, rows);
	return true;
}

/* Shared rows. */

static struct pg_key shared_statement(const struct query *query)
{
	struct pg_key which = { .resource = query->resource };

	switch (query->kind) {
	case QUERY_CHILDREN:
		which.family = PG_FAMILY_CHILDREN;
		which.number = query->field;
		break;
	case QUERY_LINKED:
		which.family = PG_FAMILY_LINKED;
		which.number = query->end;
		which.table = query->table;
		break;
	default:
		which.family = PG_FAMILY_PURPOSE;
		which.number = PG_READ;
	}
	return which;
}

static int key_column(const struct query *query)
{
	return query->kind == QUERY_CHILDREN ? (int)query->field : 0;
}

static bool is_by_key(const struct query *query)
{
	return query->kind == QUERY_ROW || query->kind == QUERY_CHILDREN ||
	       query->kind == QUERY_LINKED;
}

/* Rows of a shared statement that was cut are read again, by a cursor. */
static bool begin_shared(struct pg_session *s, struct pg_rows *rows)
{
	if (!pg_batch_wait(rows->shared, s))
		return false;
	if (pg_batch_find(rows->shared, rows->key, &rows->next, &rows->end))
		return true;
	pg_batch_leave(rows->shared);
	rows->shared = NULL;
	return declare(s, rows);
}

/* Rows that a write looks at, in its own transaction. */

/* A write locks its row, and if it must see what the row shows, all of that, so that no other
 * transaction changes it meanwhile. */
static bool is_locked(const struct pg_session *s, const struct query *query)
{
	const struct command *command = s->engine.command;

	return s->locks_all || (command && query->kind == QUERY_ROW &&
				       query->resource->number == command->resource->number &&
				       key_equal(query->key, command->key));
}

/* The links of linked rows are locked before these are read. */
static bool lock_links(struct pg_session *s, const struct query *query)
{
	struct parameters p = { .count = 0 };
	struct buf text;

	buf_init(&text, TEXT_LIMIT);
	pg_sql_lock_links(&text, query->table, query->end);
	buf_char(&text, '\0');
	add(&p, array_of(&s->arena, key_field(query), query->key));
	bool fine = pg_ask_text(s, buf_view(&text).ptr, p.values, p.count) != NULL;
	buf_done(&text);
	return fine;
}

/* Children, or linked rows. */
static bool ask_below(struct pg_session *s, const struct query *query)
{
	struct parameters p = { .count = 0 };
	struct buf text;

	if (s->locks_all && query->kind == QUERY_LINKED && !lock_links(s, query))
		return false;
	buf_init(&text, TEXT_LIMIT);
	write_query(query, &text, &p, &s->arena);
	if (s->locks_all)
		buf_str(&text,
			query->kind == QUERY_LINKED ? STR(" FOR UPDATE OF t") : STR(" FOR UPDATE"));
	buf_char(&text, '\0');
	bool fine = pg_ask_text(s, buf_view(&text).ptr, p.values, p.count) != NULL;
	buf_done(&text);
	return fine;
}

static bool begin_own(struct pg_session *s, struct pg_rows *rows)
{
	const struct query *query = &rows->query;
	struct parameters p = { .count = 0 };

	arena_reset(&s->arena);
	if (query->kind == QUERY_ROW) {
		const bool locked = is_locked(s, query);
		const struct pg_key which = {
			.family = PG_FAMILY_PURPOSE,
			.resource = query->resource,
			.number = s->locks_all ? PG_LOCK_ALL
				  : locked     ? PG_LOCK
					       : PG_READ,
		};
		add(&p, (locked ? pg_key_text : array_of)(&s->arena, key_field(query), query->key));
		if (!pg_ask(s, &which, p.values, p.count))
			return false;
	} else if (!ask_below(s, query)) {
		return false;
	}
	take_rows(s, rows);
	return true;
}

static bool begin(struct pg_session *s, struct pg_rows *rows)
{
	rows->begun = true;
	if (rows->shared)
		return begin_shared(s, rows);
	if (!s->batch && !s->list && is_by_key(&rows->query))
		return begin_own(s, rows);
	return declare(s, rows);
}

/* The operations. */

static bool is_command_row(const struct pg_session *s, const struct query *query)
{
	const struct command *command = s->engine.command;

	return s->batch && command && command->action == ACTION_READ && query->kind == QUERY_ROW &&
	       key_equal(query->key, command->key) &&
	       query->resource->number == command->resource->number;
}

static struct pg_shared *join_now(struct pg_session *s, const struct query *query)
{
	const struct pg_key which = shared_statement(query);

	return pg_batch_join(s->batch, &which, key_field(query), key_column(query), query->key);
}

/* The rows that a READ shows below its row are asked for with the row, as its key is known. Returns
 * how many queries. */
static unsigned look_ahead(const struct pg_session *s, struct query queries[PG_AHEAD_MOST])
{
	const struct command *command = s->engine.command;
	const struct schema *shown = command_shown(command);
	unsigned count = 0;

	for (unsigned i = 0; shown && i < shown->nmembers && count < PG_AHEAD_MOST; i++)
		count += reading_query_below(
			&shown->members[i], command->resource, command->key, &queries[count]);
	return count;
}

static bool may_read(struct pg_session *s, const struct query *query)
{
	return pg_may_read(s, query->resource) &&
	       (query->kind != QUERY_LINKED || pg_may_read(s, query->table));
}

/* What was asked for ahead is taken once: the reference becomes that of the rows. */
static struct pg_shared *join(struct pg_session *s, const struct query *query)
{
	const struct pg_key which = shared_statement(query);
	const struct command *command = s->engine.command;

	for (unsigned i = 0; i < s->nahead && key_equal(query->key, command->key); i++) {
		struct pg_shared *shared = s->ahead[i];
		if (!pg_batch_is(shared, &which))
			continue;
		s->ahead[i] = s->ahead[--s->nahead];
		return shared;
	}
	return join_now(s, query);
}

void pg_rows_end(struct pg_session *s)
{
	while (s->nahead > 0)
		pg_batch_leave(s->ahead[--s->nahead]);
}

enum fault pg_open_rows(struct engine *engine, const struct query *query, struct cursor *cursor)
{
	struct pg_session *s = pg_session_of(engine);
	struct query ahead[PG_AHEAD_MOST];
	unsigned nahead = is_command_row(s, query) ? look_ahead(s, ahead) : 0;

	for (unsigned i = 0; i < nahead; i++)
		if (!may_read(s, &ahead[i]))
			return fault_of(s);
	if (!may_read(s, query))
		return fault_of(s);
	struct pg_rows *rows = calloc(1, sizeof(*rows));
	if (!rows)
		log_die("out of memory for rows");
	rows->query = *query;
	rows->key = query->key;
	rows->column = query->kind == QUERY_LINKED;
	if (s->batch && is_by_key(query))
		rows->shared = join(s, query);
	for (unsigned i = 0; i < nahead && s->nahead < PG_AHEAD_MOST; i++)
		s->ahead[s->nahead++] = join_now(s, &ahead[i]);
	*cursor = (struct cursor){ .engine = engine, .resource = query->resource, .rows = rows };
	return FAULT_NONE;
}

static bool read_ahead(struct pg_session *s, struct pg_rows *rows)
{
	if (!rows->begun && !begin(s, rows))
		return false;
	return rows->next < rows->end || rows->cursor == 0 || fetch_more(s, rows);
}

/* The first field that cannot be read; the number of columns: none. */
static unsigned read_row(struct pg_rows *rows, const PGresult *result, int place,
	const struct resource *r, struct record *row)
{
	const unsigned columns = resource_columns(r);

	arena_reset(&rows->converted);
	row->resource = r;
	row->present = record_all(r);
	for (unsigned i = 0; i < columns; i++)
		if (!pg_value_read(&rows->converted, &r->fields[i],
			    pg_cell(result, place, rows->column + (int)i), &row->values[i]))
			return i;
	return columns;
}

enum fault pg_next_row(struct cursor *cursor, struct record *row)
{
	struct pg_session *s = pg_session_of(cursor->engine);
	struct pg_rows *rows = cursor->rows;

	cursor->there = false;
	if (!read_ahead(s, rows))
		return fault_of(s);
	cursor->there = rows->next < rows->end;
	if (!cursor->there)
		return FAULT_NONE;
	const PGresult *result = rows->shared ? rows->shared->result : rows->result;
	int place = rows->shared ? rows->shared->places[rows->next].row : rows->next;
	rows->next++;
	cursor->field = read_row(rows, result, place, cursor->resource, row);
	return FAULT_NONE;
}

void pg_close_rows(struct cursor *cursor)
{
	struct pg_rows *rows = cursor->rows;

	if (rows->shared)
		pg_batch_leave(rows->shared);
	PQclear(rows->result);
	arena_done(&rows->converted);
	free(rows);
}

static bool read_count(const PGresult *result, int64_t *count)
{
	if (PQntuples(result) != 1)
		return false;
	*count = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
	return true;
}

enum fault pg_count_rows(struct engine *engine, const struct query *query, int64_t *ret_count)
{
	struct pg_session *s = pg_session_of(engine);
	const struct resource *r = query->resource;
	struct parameters p = { .count = 0 };
	const PGresult *result;

	if (!pg_may_read(s, r))
		return fault_of(s);
	if (query->kind == QUERY_FILTERED) {
		arena_reset(&s->arena);
		buf_reset(&s->text, TEXT_LIMIT);
		pg_sql_filtered(&s->text, r,
			&(struct pg_filtered){
				.filters = query->filters ? query->filters->present : 0,
				.below = query->below,
				.counts = true,
			});
		buf_char(&s->text, '\0');
		if (query->below)
			add(&p, pg_key_text(&s->arena, &r->fields[r->parent_field], query->key));
		add_filters(&p, &s->arena, query);
		result = pg_ask_text(s, buf_view(&s->text).ptr, p.values, p.count);
	} else {
		const struct pg_key which = {
			.family = PG_FAMILY_PURPOSE, .resource = r, .number = PG_COUNT
		};
		result = pg_ask(s, &which, NULL, 0);
	}
	if (!result)
		return fault_of(s);
	return read_count(result, ret_count) ? FAULT_NONE : FAULT_INTERNAL;
}

/* Look-ups of keys. */

/* The parent's key, in the second column of a row; none without a parent. */
static struct key parent_in(const PGresult *result, int row, const struct resource *r)
{
	struct key parent = key_none();

	if (r->parent)
		pg_key_read(&r->fields[r->parent_field], pg_cell(result, row, 1), &parent);
	return parent;
}

static enum fault find_shared(
	struct pg_session *s, const struct resource *r, struct key key, struct key *ret_parent)
{
	const struct pg_key which = {
		.family = PG_FAMILY_PURPOSE, .resource = r, .number = PG_EXISTS
	};
	struct pg_shared *shared =
		pg_batch_join(s->batch, &which, &r->fields[RESOURCE_KEY], 0, key);
	int first = 0, end = 0;
	enum fault fault = FAULT_NONE;

	if (!pg_batch_wait(shared, s))
		fault = fault_of(s);
	else
		pg_batch_find(shared, key, &first, &end);
	if (first < end)
		*ret_parent = parent_in(shared->result, shared->places[first].row, r);
	else if (fault == FAULT_NONE)
		fault = FAULT_NOT_FOUND;
	pg_batch_leave(shared);
	return fault;
}

/* A deletion locks its row against those that begin to refer to it. Any other look-up of a write is
 * for a row that is to be referred to. */
static enum pg_purpose lock_of(const struct pg_session *s, const struct resource *r, struct key key)
{
	const struct command *command = s->engine.command;
	bool deletes = command && command->action == ACTION_DELETE &&
		       r->number == command->resource->number && key_equal(key, command->key);

	return deletes ? PG_RELEASE : PG_REQUIRE;
}

enum fault pg_find_parent(
	struct engine *engine, const struct resource *r, struct key key, struct key *ret_parent)
{
	struct pg_session *s = pg_session_of(engine);

	if (!pg_may_read(s, r))
		return fault_of(s);
	if (s->batch)
		return find_shared(s, r, key, ret_parent);
	arena_reset(&s->arena);
	const struct pg_key which = {
		.family = PG_FAMILY_PURPOSE,
		.resource = r,
		.number = s->list ? PG_EXISTS : lock_of(s, r, key),
	};
	const struct field *f = &r->fields[RESOURCE_KEY];
	const char *value = s->list ? array_of(&s->arena, f, key) : pg_key_text(&s->arena, f, key);
	const PGresult *result = pg_ask(s, &which, &value, 1);
	if (!result)
		return fault_of(s);
	if (PQntuples(result) == 0)
		return FAULT_NOT_FOUND;
	*ret_parent = parent_in(result, 0, r);
	return FAULT_NONE;
}

enum fault pg_find_referred(struct engine *engine, const struct resource *r, struct key key,
	unsigned field, struct key *ret_key, bool *ret_there)
{
	struct pg_session *s = pg_session_of(engine);
	const struct pg_key which = { .family = PG_FAMILY_FIELD, .resource = r, .number = field };

	arena_reset(&s->arena);
	const char *value = pg_key_text(&s->arena, &r->fields[RESOURCE_KEY], key);
	const PGresult *result = pg_ask(s, &which, &value, 1);
	if (!result)
		return fault_of(s);
	*ret_there = PQntuples(result) > 0 && !PQgetisnull(result, 0, 0) &&
		     pg_key_read(&r->fields[field], pg_cell(result, 0, 0), ret_key);
	return FAULT_NONE;
}

#include "pg_writes.h"

#include "pg_inserts.h"
#include "pg_rows.h"
#include "pg_session.h"
#include "pg_value.h"

#include <stdlib.h>

/* Parameters: a key, and the values of a record. */
struct parameters {
	const char *values[1 + RESOURCE_MAX_FIELDS];
	unsigned count;
};

static void add_key(
	struct pg_session *s, struct parameters *p, const struct field *f, struct key key)
{
	p->values[p->count++] = pg_key_text(&s->arena, f, key);
}

/* In declared order; what the record does not have is null. */
static void add_fields(
	struct pg_session *s, struct parameters *p, const struct record *record, uint64_t fields)
{
	for (; fields; fields &= fields - 1) {
		unsigned i = (unsigned)__builtin_ctzll(fields);
		p->values[p->count++] =
			record_has(record, i)
				? pg_value_text(&s->arena, &record->resource->fields[i],
					  &record->values[i])
				: NULL;
	}
}

static struct parameters begin_parameters(struct pg_session *s)
{
	arena_reset(&s->arena);
	return (struct parameters){ .count = 0 };
}

/* What triggers have written is not counted. */
static void note_changes(struct pg_session *s, uint64_t rows)
{
	s->changed += rows + s->others_write;
	if (s->others_write && s->engine.changes)
		changes_note_all(s->engine.changes);
}

/* A statement has written. NULL: the session has failed. */
static const PGresult *write_rows(
	struct pg_session *s, const struct pg_key *which, const struct parameters *p)
{
	const PGresult *result = pg_ask(s, which, p->values, p->count);

	if (!result)
		return NULL;
	/* A link has no RETURNING. */
	note_changes(s, strtoull(PQcmdTuples(s->result), NULL, 10));
	return result;
}

/* The rows of r whose keys are in the first column. */
static void note_rows(struct pg_session *s, const struct resource *r, const PGresult *result)
{
	struct key key;

	if (!s->engine.changes)
		return;
	for (int row = 0; row < PQntuples(result); row++)
		if (pg_key_read(&r->fields[RESOURCE_KEY], pg_cell(result, row, 0), &key))
			changes_note_row(s->engine.changes, r, key);
}

static void note_row(struct pg_session *s, const struct resource *r, struct key key)
{
	if (s->engine.changes)
		changes_note_row(s->engine.changes, r, key);
}

/* Why nothing was written. */

/* NOT_FOUND, with the field, unless the row to which it refers is there, if it refers to one. */
static enum fault require_referred(
	struct engine *engine, const struct record *record, unsigned field, uint64_t *missing)
{
	const struct resource *to = record->resource->fields[field].to;
	const struct value *v = &record->values[field];
	struct key above;

	if (!to || v->kind == VALUE_NULL)
		return FAULT_NONE;
	*missing = UINT64_C(1) << field;
	return pg_find_parent(engine, to, key_of_value(v), &above);
}

/* The same for all of these fields: the parent first, then the others in declared order. */
static enum fault require_all(
	struct engine *engine, const struct record *record, uint64_t fields, uint64_t *missing)
{
	const struct resource *r = record->resource;
	unsigned parent = r->parent_field;
	enum fault fault = FAULT_NONE;

	if (parent < r->nfields && fields >> parent & 1)
		fault = require_referred(engine, record, parent, missing);
	for (unsigned i = 0; i < resource_columns(r) && fault == FAULT_NONE; i++)
		if (i != parent && fields >> i & 1)
			fault = require_referred(engine, record, i, missing);
	return fault;
}

/* The unique values that other rows have, as bits. */
static void read_taken(const PGresult *result, const struct resource *r, uint64_t *taken)
{
	uint64_t unique = resource_fields_with(r, FIELD_UNIQUE);

	*taken = 0;
	for (int column = 0; unique; unique &= unique - 1, column++)
		for (int row = 0; row < PQntuples(result); row++) {
			struct str is = pg_cell(result, row, column);
			if (is.len == 1 && is.ptr[0] == 't')
				*taken |= unique & -unique;
		}
}

enum fault pg_require_free(struct engine *engine, const struct record *record, uint64_t *ret_taken)
{
	struct pg_session *s = pg_session_of(engine);
	const struct resource *r = record->resource;
	struct parameters p = begin_parameters(s);
	const struct pg_key which = {
		.family = PG_FAMILY_PURPOSE, .resource = r, .number = PG_TAKEN
	};

	*ret_taken = 0;
	if (!pg_sql_applies(r, PG_TAKEN))
		return FAULT_NONE;
	add_fields(s, &p, record, UINT64_C(1) << RESOURCE_KEY);
	add_fields(s, &p, record, resource_fields_with(r, FIELD_UNIQUE));
	const PGresult *result = pg_ask(s, &which, p.values, p.count);
	if (!result)
		return s->fault;
	read_taken(result, r, ret_taken);
	return PQntuples(result) > 0 ? FAULT_CONFLICT : FAULT_NONE;
}

/* An insert or update has written nothing. If there is no reason any more, the row that was in the
 * way has gone, or a rule of the schema has refused: which value was taken is unknown. */
static enum fault explain(
	struct engine *engine, const struct record *record, uint64_t fields, uint64_t *ret_fields)
{
	enum fault fault = require_all(engine, record, fields, ret_fields);

	if (fault == FAULT_NONE)
		fault = pg_require_free(engine, record, ret_fields);
	return fault;
}

/* The operations. */

static uint64_t inserted_fields(const struct resource *r)
{
	uint64_t counted = resource_has_uuids(r) ? 0 : UINT64_C(1) << RESOURCE_KEY;

	return record_all(r) & ~counted;
}

/* Both return false if the session has failed. */

static bool insert_alone(struct pg_session *s, const struct parameters *p, struct pg_new_row *row)
{
	const struct resource *r = row->record->resource;
	const struct pg_key which = {
		.family = PG_FAMILY_PURPOSE, .resource = r, .number = PG_INSERT
	};
	const PGresult *result = write_rows(s, &which, p);

	row->is_inserted = result && PQntuples(result) > 0 &&
			   pg_key_read(&r->fields[RESOURCE_KEY], pg_cell(result, 0, 0), &row->key);
	return result != NULL;
}

static bool insert_with_others(struct pg_session *s, struct pg_new_row *row)
{
	if (!pg_inserts_add(s->inserts, s, row))
		return false;
	note_changes(s, row->is_inserted);
	return true;
}

enum fault pg_insert(struct engine *engine, const struct record *record, struct written *ret)
{
	struct pg_session *s = pg_session_of(engine);
	const struct resource *r = record->resource;
	struct parameters p = begin_parameters(s);

	ret->fields = 0;
	add_fields(s, &p, record, inserted_fields(r));
	struct pg_new_row row = { .record = record, .values = p.values, .nvalues = p.count };
	/* What triggers do may depend on the statement. */
	bool with_others = s->inserts && !s->others_write;
	if (with_others ? !insert_with_others(s, &row) : !insert_alone(s, &p, &row))
		return s->fault;
	if (!row.is_inserted) {
		enum fault fault = explain(engine, record, record->present, &ret->fields);
		return fault == FAULT_NONE ? FAULT_CONFLICT : fault;
	}
	ret->key = row.key;
	note_row(s, r, ret->key);
	ret->reread = s->others_write || !pg_value_keeps(record, record->present, s->is_utc);
	return FAULT_NONE;
}

enum fault pg_update(
	struct engine *engine, const struct record *row, uint64_t fields, struct written *ret)
{
	struct pg_session *s = pg_session_of(engine);
	const struct resource *r = row->resource;
	struct parameters p = begin_parameters(s);
	const struct pg_key which = { .family = PG_FAMILY_UPDATE, .resource = r, .number = fields };
	struct key key = key_of_value(&row->values[RESOURCE_KEY]);

	ret->fields = 0;
	add_key(s, &p, &r->fields[RESOURCE_KEY], key);
	add_fields(s, &p, row, fields);
	const PGresult *result = write_rows(s, &which, &p);
	if (!result)
		return s->fault;
	if (PQntuples(result) == 0) {
		enum fault fault = explain(engine, row, fields, &ret->fields);
		return fault == FAULT_NONE ? engine_ignored(engine) : fault;
	}
	note_row(s, r, key);
	ret->reread = s->others_write || !pg_value_keeps(row, fields, s->is_utc);
	return FAULT_NONE;
}

/* Rows whose keys are in the first column, and the keys of their parents in the second if they have
 * parents. */
static enum fault report(struct pg_session *s, const struct field *f, const struct field *parent_f,
	engine_found *found, void *context)
{
	PGresult *result = pg_take_result(s);
	struct key key, parent;
	bool goes_on = true;

	for (int row = 0; goes_on && row < PQntuples(result); row++) {
		parent = key_none();
		if (parent_f)
			pg_key_read(parent_f, pg_cell(result, row, 1), &parent);
		if (pg_key_read(f, pg_cell(result, row, 0), &key))
			goes_on = found(context, key, parent);
	}
	PQclear(result);
	return FAULT_NONE;
}

enum fault pg_referring(struct engine *engine, const struct resource *r, unsigned field,
	struct key key, engine_found *found, void *context)
{
	struct pg_session *s = pg_session_of(engine);
	struct parameters p = begin_parameters(s);
	const struct pg_key which = {
		.family = PG_FAMILY_REFERRING, .resource = r, .number = field
	};

	add_key(s, &p, &r->fields[field], key);
	if (!pg_ask(s, &which, p.values, p.count))
		return s->fault;
	return report(s, &r->fields[RESOURCE_KEY], r->parent ? &r->fields[r->parent_field] : NULL,
		found, context);
}

enum fault pg_set_null(struct engine *engine, const struct resource *r, unsigned field,
	struct key key, const struct record *others)
{
	struct pg_session *s = pg_session_of(engine);
	struct parameters p = begin_parameters(s);
	const struct pg_key which = {
		.family = PG_FAMILY_SET_NULL,
		.resource = r,
		.number = field,
		.others = others->present,
	};

	add_key(s, &p, &r->fields[field], key);
	add_fields(s, &p, others, others->present);
	const PGresult *result = write_rows(s, &which, &p);
	if (!result)
		return s->fault;
	note_rows(s, r, result);
	return FAULT_NONE;
}

static bool is_below(const struct resource *r, const struct resource *ancestor)
{
	const struct resource *above = r->parent;

	while (above && above != ancestor)
		above = above->parent;
	return above != NULL;
}

static enum fault remove_rows(struct pg_session *s, const struct resource *r,
	const struct resource *ancestor, struct key key)
{
	struct parameters p = begin_parameters(s);
	const struct pg_key which = {
		.family = PG_FAMILY_DELETE_BELOW, .resource = r, .table = ancestor
	};

	add_key(s, &p, &ancestor->fields[RESOURCE_KEY], key);
	const PGresult *result = write_rows(s, &which, &p);
	if (!result)
		return s->fault;
	note_rows(s, r, result);
	return FAULT_NONE;
}

/* Children follow their parents in api->resources, so backwards is deepest first. */
enum fault pg_remove_below(struct engine *engine, const struct resource *r, struct key key)
{
	enum fault fault = FAULT_NONE;

	for (unsigned i = api->nresources; i-- > 0 && fault == FAULT_NONE;)
		if (is_below(api->resources[i], r))
			fault = remove_rows(pg_session_of(engine), api->resources[i], r, key);
	return fault;
}

enum fault pg_remove(
	struct engine *engine, const struct resource *r, struct key key, bool *ret_done)
{
	struct pg_session *s = pg_session_of(engine);
	struct parameters p = begin_parameters(s);
	const struct pg_key which = {
		.family = PG_FAMILY_PURPOSE, .resource = r, .number = PG_DELETE
	};

	add_key(s, &p, &r->fields[RESOURCE_KEY], key);
	const PGresult *result = write_rows(s, &which, &p);
	if (!result)
		return s->fault;
	note_row(s, r, key);
	/* A trigger may write something instead, as one does that only marks rows. */
	*ret_done = PQntuples(result) > 0 || s->others_write;
	return FAULT_NONE;
}

/* The tables of rows, each once, in the order of their first rows. */
static unsigned list_tables(
	const struct engine_row *rows, size_t count, const struct resource **tables)
{
	unsigned n = 0;

	for (size_t i = 0; i < count; i++) {
		unsigned t = 0;
		while (t < n && tables[t] != rows[i].resource)
			t++;
		if (t == n)
			tables[n++] = rows[i].resource;
	}
	return n;
}

/* The keys of those of the rows that are in this table. */
static const char *keys_in(struct pg_session *s, const struct resource *table,
	const struct engine_row *rows, size_t count)
{
	struct buf array;

	buf_init(&array, SIZE_MAX);
	for (size_t i = 0; i < count; i++)
		if (rows[i].resource == table)
			pg_key_array_add(&array, &table->fields[RESOURCE_KEY], rows[i].key);
	pg_key_array_end(&array);
	const char *text = arena_copy(&s->arena, buf_view(&array)).ptr;
	buf_done(&array);
	return text;
}

static const PGresult *ask_to_remove(
	struct pg_session *s, const struct engine_row *rows, size_t count)
{
	arena_reset(&s->arena);
	const struct resource **tables = arena_alloc(&s->arena, api->nresources * sizeof(void *));
	const char **values = arena_alloc(&s->arena, (api->nresources + 1) * sizeof(*values));
	unsigned n = list_tables(rows, count, tables);
	struct buf text;

	for (unsigned i = 0; i < n; i++)
		values[i] = keys_in(s, tables[i], rows, count);
	values[n] = pg_key_text(&s->arena, &tables[0]->fields[RESOURCE_KEY], rows[0].key);
	buf_init(&text, SIZE_MAX);
	pg_sql_delete_rows(&text, tables, n);
	buf_char(&text, '\0');
	const PGresult *result = pg_ask_text(s, buf_view(&text).ptr, values, n + 1);
	buf_done(&text);
	return result;
}

enum fault pg_remove_rows(
	struct engine *engine, const struct engine_row *rows, size_t count, bool *ret_done)
{
	struct pg_session *s = pg_session_of(engine);
	const PGresult *result = ask_to_remove(s, rows, count);

	if (!result)
		return s->fault;
	note_changes(s, count);
	for (size_t i = 0; i < count; i++)
		note_row(s, rows[i].resource, rows[i].key);
	*ret_done = PQntuples(result) > 0 || s->others_write;
	return FAULT_NONE;
}

/* Links. */

static struct pg_key links_statement(const struct resource *table, enum pg_links purpose)
{
	return (struct pg_key){ .family = PG_FAMILY_LINKS, .resource = table, .number = purpose };
}

static void note_links(struct pg_session *s, const struct resource *table)
{
	for (unsigned end = 0; end < LINK_ENDS && s->engine.changes; end++)
		changes_note_lists(s->engine.changes, table->fields[end].to);
}

enum fault pg_find_linked(struct engine *engine, const struct resource *table, enum link_end end,
	struct key key, engine_found *found, void *context)
{
	struct pg_session *s = pg_session_of(engine);
	struct parameters p = begin_parameters(s);
	const bool owners = end == LINK_OWNER;
	const struct pg_key which =
		links_statement(table, owners ? PG_LINKED_OWNERS : PG_LINKED_ROWS);

	add_key(s, &p, &table->fields[owners ? LINK_TO : LINK_OWNER], key);
	if (!pg_ask(s, &which, p.values, p.count))
		return s->fault;
	return report(s, &table->fields[end], NULL, found, context);
}

static enum fault write_link(struct engine *engine, const struct resource *table,
	enum pg_links purpose, const struct key ends[LINK_ENDS], bool *ret_done)
{
	struct pg_session *s = pg_session_of(engine);
	struct parameters p = begin_parameters(s);
	const struct pg_key which = links_statement(table, purpose);

	for (unsigned end = 0; end < LINK_ENDS; end++)
		add_key(s, &p, &table->fields[end], ends[end]);
	const PGresult *result = write_rows(s, &which, &p);
	if (!result)
		return s->fault;
	note_links(s, table);
	*ret_done = PQntuples(result) > 0;
	return FAULT_NONE;
}

enum fault pg_link(
	struct engine *engine, const struct resource *table, const struct key ends[LINK_ENDS])
{
	bool done;

	return write_link(engine, table, PG_LINK, ends, &done);
}

enum fault pg_unlink(struct engine *engine, const struct resource *table,
	const struct key ends[LINK_ENDS], bool *ret_done)
{
	return write_link(engine, table, PG_UNLINK, ends, ret_done);
}

enum fault pg_unlink_all(
	struct engine *engine, const struct resource *table, enum link_end end, struct key key)
{
	struct pg_session *s = pg_session_of(engine);
	struct parameters p = begin_parameters(s);
	const struct pg_key which =
		links_statement(table, end == LINK_OWNER ? PG_UNLINK_OWNER : PG_UNLINK_ROW);

	add_key(s, &p, &table->fields[end], key);
	const PGresult *result = write_rows(s, &which, &p);
	if (!result)
		return s->fault;
	if (PQntuples(result) > 0)
		note_links(s, table);
	return FAULT_NONE;
}

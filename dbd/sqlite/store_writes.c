#include "store_writes.h"

#include "bind.h"
#include "buf.h"
#include "store_changes.h"
#include "store_failure.h"
#include "store_mapping.h"
#include "store_state.h"
#include "store_statements.h"
#include "store_transaction.h"

#include <stdio.h>

enum { REASON_SIZE = 512 };

/* See engine.h. */
enum fault store_find_parent(
	struct engine *engine, const struct resource *r, struct key key, struct key *ret_parent)
{
	struct store *store = store_of(engine);
	sqlite3_stmt *statement = store_statement(store, r, SQL_EXISTS);
	unsigned faults = file_map_faults();
	int rc = bind_key(statement, &r->fields[RESOURCE_KEY], key);

	*ret_parent = key_none();
	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW && r->parent)
		bind_read_key(statement, 0, &r->fields[r->parent_field], ret_parent);
	sqlite3_reset(statement);
	rc = store_mapping_judge(store, faults, rc);
	if (rc == SQLITE_DONE)
		return FAULT_NOT_FOUND;
	return rc == SQLITE_ROW ? FAULT_NONE : store_fault(store, rc);
}

enum fault store_find_referred(struct engine *engine, const struct resource *r, struct key key,
	unsigned field, struct key *ret_key, bool *ret_there)
{
	struct store *store = store_of(engine);
	sqlite3_stmt *statement = store_statement_field(store, r, field);
	int rc = bind_key(statement, &r->fields[RESOURCE_KEY], key);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	*ret_there = rc == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL &&
		     bind_read_key(statement, 0, &r->fields[field], ret_key);
	sqlite3_reset(statement);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? FAULT_NONE : store_fault(store, rc);
}

/* NOT_FOUND, with the field, unless the row to which it refers is there, if it refers to one. */
static enum fault require_referred(
	struct store *store, const struct record *record, unsigned field, uint64_t *missing)
{
	const struct resource *to = record->resource->fields[field].to;
	const struct value *v = &record->values[field];
	struct key above;

	if (!to || v->kind == VALUE_NULL)
		return FAULT_NONE;
	*missing = UINT64_C(1) << field;
	return store_find_parent(&store->engine, to, key_of_value(v), &above);
}

/* The same for all of these fields: the parent first, then the others in declared order. */
static enum fault require_all(
	struct store *store, const struct record *record, uint64_t fields, uint64_t *missing)
{
	const struct resource *r = record->resource;
	unsigned parent = r->parent_field;
	enum fault fault = FAULT_NONE;

	if (parent < r->nfields && fields >> parent & 1)
		fault = require_referred(store, record, parent, missing);
	for (unsigned i = 0; i < resource_columns(r) && fault == FAULT_NONE; i++)
		if (i != parent && fields >> i & 1)
			fault = require_referred(store, record, i, missing);
	return fault;
}

/* True if the record refers to a row that SQL_INSERT does not look for, as the column may be NULL.
 */
static bool has_unchecked(const struct record *record)
{
	for (unsigned i = 0; i < resource_columns(record->resource); i++) {
		const struct field *f = &record->resource->fields[i];
		if (f->to && f->flags & FIELD_NULLABLE && record->values[i].kind != VALUE_NULL)
			return true;
	}
	return false;
}

/* The unique fields whose values the row of SQL_TAKEN has. */
static uint64_t taken_by(sqlite3_stmt *statement, const struct resource *r)
{
	uint64_t taken = 0;
	int column = 0;

	for (uint64_t left = resource_fields_with(r, FIELD_UNIQUE); left; left &= left - 1)
		if (sqlite3_column_int(statement, column++))
			taken |= left & -left;
	return taken;
}

enum fault store_require_free(
	struct engine *engine, const struct record *record, uint64_t *ret_taken)
{
	struct store *store = store_of(engine);

	*ret_taken = 0;
	if (!sql_applies(record->resource, SQL_TAKEN))
		return FAULT_NONE;
	sqlite3_stmt *statement = store_statement(store, record->resource, SQL_TAKEN);
	/* The database counts the keys of new rows, unless they are UUIDs. */
	sqlite3_clear_bindings(statement);
	int rc = bind_record(statement, record);
	while (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
		*ret_taken |= taken_by(statement, record->resource);
		rc = SQLITE_OK;
	}
	sqlite3_reset(statement);
	if (rc != SQLITE_DONE)
		return store_fault(store, rc);
	return *ret_taken ? FAULT_CONFLICT : FAULT_NONE;
}

/* A write is a conflict. SQLite names one of the constraints that failed, and an index may be over
 * other columns than one field: so the fields are looked up, if it matters which they are. */
static enum fault conflict(struct store *store, const struct record *record, uint64_t *ret_taken)
{
	*ret_taken = 0;
	if (!store_in_transaction(store) || !resource_conflicts_by_field(record->resource))
		return FAULT_CONFLICT;
	enum fault fault = store_require_free(&store->engine, record, ret_taken);
	return fault == FAULT_NONE ? FAULT_CONFLICT : fault;
}

/* A statement succeeded and wrote nothing. */
static enum fault fault_of_ignored(struct store *store, const struct resource *r)
{
	return store_settles_conflicts(store, r) ? FAULT_CONFLICT : engine_ignored(&store->engine);
}

/* True if rows of r that change are to be noted here, as the update hook reports no UUIDs. */
static bool notes_keys(const struct store *store, const struct resource *r)
{
	return store->engine.changes && resource_has_uuids(r);
}

/* Returns SQLite's code. */
static int write_record(struct store *store, sqlite3_stmt *statement, const struct record *record,
	struct store_written *written)
{
	int rc = bind_record(statement, record);

	if (notes_keys(store, record->resource))
		changes_note(store->engine.changes, record->resource,
			key_of_value(&record->values[RESOURCE_KEY]));
	return rc == SQLITE_OK ? store_write(store, record->resource, statement, written) : rc;
}

/* A write has failed with rc, or with SQLITE_OK has written nothing. */
static enum fault fault_of_write(struct store *store, const struct record *record, int rc,
	const char *reason, uint64_t *fields)
{
	enum fault fault = rc == SQLITE_OK ? fault_of_ignored(store, record->resource)
					   : store_fault_with(store, rc, reason);

	return fault == FAULT_CONFLICT ? conflict(store, record, fields) : fault;
}

/* An insert has failed with rc, or with SQLITE_OK has written nothing. Needed only then: SQL_INSERT
 * refuses a row without its parent or with a reference to nothing before any other constraint, but
 * SQLite does not report which constraint it was. */
static enum fault fault_of_insert(
	struct store *store, const struct record *record, int rc, uint64_t *fields)
{
	const char *reason = store_error(store);
	char copy[REASON_SIZE];
	bool refused = rc == SQLITE_OK || (rc & 0xff) == SQLITE_CONSTRAINT;

	if (refused && store_in_transaction(store)) {
		/* The look-up for other rows replaces SQLite's message. */
		snprintf(copy, sizeof(copy), "%s", reason);
		reason = copy;
		enum fault fault = require_all(store, record, record->present, fields);
		if (fault != FAULT_NONE)
			return fault;
	}
	return fault_of_write(store, record, rc, reason, fields);
}

/* True if these fields read back as they are in the record. */
static bool keeps(const struct store *store, const struct record *record, uint64_t fields)
{
	uint64_t doubtful = store->statements[resource_index(record->resource)].convertible;

	return (fields & doubtful) == 0 || bind_keeps(record, fields & doubtful);
}

enum fault store_insert(struct engine *engine, const struct record *record, struct written *ret)
{
	struct store *store = store_of(engine);
	bool settles = store_settles_conflicts(store, record->resource);
	struct store_written written;
	enum fault fault = FAULT_NONE;

	if (settles || has_unchecked(record))
		fault = require_all(store, record, record->present, &ret->fields);
	if (fault == FAULT_NONE && settles)
		fault = store_require_free(&store->engine, record, &ret->fields);
	if (fault != FAULT_NONE)
		return fault;
	int rc = write_record(
		store, store_statement(store, record->resource, SQL_INSERT), record, &written);
	if (rc != SQLITE_OK || written.rows == 0)
		return fault_of_insert(store, record, rc, &ret->fields);
	ret->key = key_int(sqlite3_last_insert_rowid(store->db));
	ret->reread = written.more || !keeps(store, record, record->present);
	return FAULT_NONE;
}

enum fault store_update(
	struct engine *engine, const struct record *row, uint64_t fields, struct written *ret)
{
	struct store *store = store_of(engine);
	struct store_written written;
	enum fault fault = require_all(store, row, fields, &ret->fields);

	if (fault == FAULT_NONE && store_settles_conflicts(store, row->resource))
		fault = store_require_free(&store->engine, row, &ret->fields);
	if (fault != FAULT_NONE)
		return fault;
	int rc = write_record(
		store, store_statement_update(store, row->resource, fields), row, &written);
	if (rc != SQLITE_OK || written.rows == 0)
		return fault_of_write(store, row, rc, store_error(store), &ret->fields);
	ret->reread = written.more || !keeps(store, row, fields);
	return FAULT_NONE;
}

/* The rows of a statement that takes one key and gives keys. */
struct search {
	const struct resource *resource; /* of the rows */
	const struct field *field;       /* of the key that it takes */
	engine_found *found;
	void *context;
	bool has_parents; /* the second column */
	bool unreadable;  /* set if a row's key was none */
};

/* False: no further rows are wanted. A row without a key is passed over. */
static bool report_row(struct search *s, sqlite3_stmt *statement)
{
	const struct resource *r = s->resource;
	struct key key, parent = key_none();

	if (s->has_parents && r->parent)
		bind_read_key(statement, 1, &r->fields[r->parent_field], &parent);
	if (bind_read_key(statement, 0, &r->fields[RESOURCE_KEY], &key))
		return s->found(s->context, key, parent);
	s->unreadable = true;
	return true;
}

static enum fault search(
	struct store *store, sqlite3_stmt *statement, struct search *s, struct key key)
{
	int rc = bind_key(statement, s->field, key);
	bool goes_on = true;

	while (rc == SQLITE_OK && goes_on) {
		rc = sqlite3_step(statement);
		if (rc == SQLITE_ROW) {
			goes_on = report_row(s, statement);
			rc = SQLITE_OK;
		}
	}
	enum fault fault =
		rc == SQLITE_OK || rc == SQLITE_DONE ? FAULT_NONE : store_fault(store, rc);
	sqlite3_reset(statement);
	return fault;
}

enum fault store_referring(struct engine *engine, const struct resource *r, unsigned field,
	struct key key, engine_found *found, void *context)
{
	struct store *store = store_of(engine);
	struct search s = {
		.resource = r,
		.field = &r->fields[field],
		.found = found,
		.context = context,
		.has_parents = true,
	};
	enum fault fault = search(store, store_statement_referring(store, r, field), &s, key);

	if (fault != FAULT_NONE || !s.unreadable)
		return fault;
	engine_log_failure(engine, FAULT_STORAGE, "the key of a row that refers is no UUID");
	return FAULT_STORAGE;
}

/* Rows that are about to change. */

struct noting {
	struct changes *changes;
	const struct resource *resource;
};

static bool note_found(void *context, struct key key, struct key parent)
{
	const struct noting *n = context;

	(void)parent;
	changes_note(n->changes, n->resource, key);
	return true;
}

/* Notes the rows of r that the statement finds. Those without a key are in no answer. */
static enum fault note_rows(struct store *store, const struct resource *r, sqlite3_stmt *statement,
	const struct field *field, struct key key)
{
	struct noting noting = { store->engine.changes, r };
	struct search s = {
		.resource = r, .field = field, .found = note_found, .context = &noting
	};

	return search(store, statement, &s, key);
}

/* Runs a statement that takes the key of this field and deletes or changes rows of r. */
static enum fault write_with(struct store *store, const struct resource *r, sqlite3_stmt *statement,
	const struct field *field, struct key key, struct store_written *written)
{
	int rc = bind_key(statement, field, key);

	if (rc == SQLITE_OK)
		rc = store_write(store, r, statement, written);
	return rc == SQLITE_OK ? FAULT_NONE : store_fault(store, rc);
}

enum fault store_set_null(struct engine *engine, const struct resource *r, unsigned field,
	struct key key, const struct record *others)
{
	struct store *store = store_of(engine);
	sqlite3_stmt *statement = store_statement_set_null(store, r, field);
	const struct field *f = &r->fields[field];
	struct store_written written;
	enum fault fault = FAULT_NONE;

	if (notes_keys(store, r))
		fault = note_rows(store, r, store_statement_referring(store, r, field), f, key);
	if (fault != FAULT_NONE)
		return fault;
	int rc = bind_record(statement, others);
	return rc == SQLITE_OK ? write_with(store, r, statement, f, key, &written)
			       : store_fault(store, rc);
}

/* Deletes the rows of r below a row of `ancestor`. */
static enum fault remove_rows(struct store *store, const struct resource *r,
	const struct resource *ancestor, struct key key)
{
	const struct field *f = &ancestor->fields[RESOURCE_KEY];
	struct store_written written;
	enum fault fault = FAULT_NONE;

	if (notes_keys(store, r))
		fault = note_rows(store, r, store_statement_keys_below(store, r, ancestor), f, key);
	if (fault != FAULT_NONE)
		return fault;
	return write_with(store, r, store_statement_below(store, r, ancestor), f, key, &written);
}

/* Children follow their parents in api->resources, so backwards is deepest first. */
enum fault store_remove_below(struct engine *engine, const struct resource *r, struct key key)
{
	enum fault fault = FAULT_NONE;

	for (unsigned i = api->nresources; i-- > 0 && fault == FAULT_NONE;)
		if (sql_is_below(api->resources[i], r))
			fault = remove_rows(store_of(engine), api->resources[i], r, key);
	return fault;
}

enum fault store_remove(
	struct engine *engine, const struct resource *r, struct key key, bool *ret_done)
{
	struct store *store = store_of(engine);
	struct store_written written = { 0 };

	if (notes_keys(store, r))
		changes_note(store->engine.changes, r, key);
	enum fault fault = write_with(store, r, store_statement(store, r, SQL_DELETE),
		&r->fields[RESOURCE_KEY], key, &written);

	/* A trigger may write something instead, as one does that only marks rows: that counts as
	 * done, as it does for the reference. */
	*ret_done = written.rows > 0 || written.more;
	return fault;
}

#include "pg_inserts.h"

#include "log.h"
#include "pg_job.h"
#include "pg_value.h"
#include "pg_value_array.h"

#include <stdlib.h>

enum { BYTES_MOST = 1024 * 1024, ARRAYS_LIMIT = 64 * 1024 * 1024 };

/* A statement. */
struct pg_insert {
	struct pg_insert *next;
	struct pg_request request;
	struct pg_inserts *inserts;
	const struct resource *resource;
	struct pg_new_row *first, **end; /* on the stacks of their fibers */
	unsigned count;
	size_t bytes; /* of the values */
};

/* Adding. */

static size_t count_bytes(const struct pg_new_row *row)
{
	size_t bytes = 0;

	for (unsigned i = 0; i < row->nvalues; i++)
		bytes += row->values[i] ? strlen(row->values[i]) : 0;
	return bytes;
}

static bool has_room(const struct pg_insert *insert, const struct resource *r, size_t bytes)
{
	return insert->resource == r && pg_sql_applies(r, PG_INSERT_SEVERAL) &&
	       insert->bytes + bytes <= BYTES_MOST;
}

static struct pg_insert *make(struct pg_inserts *inserts, const struct resource *r)
{
	struct pg_insert *insert = calloc(1, sizeof(*insert));

	if (!insert)
		log_die("out of memory for rows");
	insert->inserts = inserts;
	insert->resource = r;
	insert->end = &insert->first;
	return insert;
}

/* The statement that takes the row. */
static struct pg_insert *find(struct pg_inserts *inserts, const struct resource *r, size_t bytes)
{
	struct pg_insert **place = &inserts->unsent;

	while (*place && !has_room(*place, r, bytes))
		place = &(*place)->next;
	if (!*place)
		*place = make(inserts, r);
	return *place;
}

bool pg_inserts_add(struct pg_inserts *inserts, struct pg_session *s, struct pg_new_row *row)
{
	size_t bytes = count_bytes(row);
	struct pg_insert *insert = find(inserts, row->record->resource, bytes);

	row->session = s;
	row->is_inserted = false;
	row->next = NULL;
	*insert->end = row;
	insert->end = &row->next;
	insert->count++;
	insert->bytes += bytes;
	pg_wait(s);
	return !s->failed;
}

/* Results. */

static bool is_told(const struct resource *r, unsigned field)
{
	return r->fields[field].to || (field == RESOURCE_KEY && resource_has_uuids(r));
}

static struct key key_at(const struct pg_new_row *row, unsigned field)
{
	const struct value *v = &row->record->values[field];

	return record_has(row->record, field) && v->kind != VALUE_NULL ? key_of_value(v)
								       : key_none();
}

/* True if the row of the result has the keys of this one, those that are known before. */
static bool is_row(const PGresult *result, int n, const struct pg_new_row *row)
{
	const struct resource *r = row->record->resource;
	int column = 0;

	for (unsigned i = 0; i < resource_columns(r); i++) {
		struct key is;
		if (i != RESOURCE_KEY && !r->fields[i].to)
			continue;
		bool fine = pg_key_read(&r->fields[i], pg_cell(result, n, column++), &is);
		if (!fine || (is_told(r, i) && !key_equal(is, key_at(row, i))))
			return false;
	}
	return true;
}

static bool refer_alike(const struct pg_new_row *a, const struct pg_new_row *b)
{
	const struct resource *r = a->record->resource;

	for (unsigned i = 0; i < resource_columns(r); i++)
		if (r->fields[i].to && !key_equal(key_at(a, i), key_at(b, i)))
			return false;
	return true;
}

/* Whether a row is inserted depends only on those to which it refers. If of two that refer alike
 * only one was, something else was the reason, and it is not known which one is there. */
static bool is_certain(const struct pg_insert *insert)
{
	for (const struct pg_new_row *a = insert->first; a; a = a->next)
		for (const struct pg_new_row *b = insert->first; b && !a->is_inserted; b = b->next)
			if (b->is_inserted && refer_alike(a, b))
				return false;
	return true;
}

/* Assigns the rows of the result, which are in the order of the statement's. False: the result is
 * not one of these rows. */
static bool match(const struct pg_insert *insert, const PGresult *result)
{
	const struct field *key = &insert->resource->fields[RESOURCE_KEY];
	int n = 0;

	for (struct pg_new_row *row = insert->first; row && n < PQntuples(result);
		row = row->next) {
		if (insert->count > 1 && !is_row(result, n, row))
			continue;
		row->is_inserted = pg_key_read(key, pg_cell(result, n++, 0), &row->key);
	}
	return n == PQntuples(result) && is_certain(insert);
}

/* Ends the waiting of all rows. With a failure their sessions fail by it; `shared`: as something
 * that others have caused. */
static void wake(struct pg_insert *insert, bool failed, bool shared, const PGresult *failure)
{
	for (struct pg_new_row *row = insert->first, *next; row; row = next) {
		next = row->next;
		if (failed && shared)
			pg_fail_with_others(row->session);
		else if (failed)
			pg_fail(row->session, failure);
		pg_wake(row->session);
	}
}

/* Nothing is known of which row is to blame, unless there is only one, or the reason is not in
 * them. */
static void fail(struct pg_insert *insert, const PGresult *result)
{
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	enum pg_remedy remedy = result ? pg_meaning_of(state).remedy : PG_REMEDY_RECONNECT;
	bool is_skipped = result && PQresultStatus(result) == PGRES_PIPELINE_ABORTED;
	bool shared = insert->count > 1 && !is_skipped && remedy != PG_REMEDY_RECONNECT;

	if (shared) {
		insert->inserts->failed = true;
		insert->inserts->remedy = remedy;
	}
	wake(insert, true, shared, result);
}

static void fail_uncertain(struct pg_insert *insert)
{
	insert->inserts->failed = true;
	insert->inserts->remedy = PG_REMEDY_NONE;
	wake(insert, true, true, NULL);
}

static void on_result(struct pg_request *request, PGresult *result)
{
	struct pg_insert *insert = CONTAINER_OF(request, struct pg_insert, request);

	if (!result || PQresultStatus(result) != PGRES_TUPLES_OK)
		fail(insert, result);
	else if (match(insert, result))
		wake(insert, false, false, NULL);
	else
		fail_uncertain(insert);
	PQclear(result);
	free(insert);
}

/* Sending. */

static void send_one(struct pg_insert *insert)
{
	const struct pg_key which = {
		.family = PG_FAMILY_PURPOSE, .resource = insert->resource, .number = PG_INSERT
	};
	const struct pg_new_row *row = insert->first;
	struct pg_statement spare;
	struct buf text;

	buf_init(&text, PG_TEXT_MOST);
	pg_link_send(insert->inserts->link, pg_statement(&which, &spare, &text), row->values,
		row->nvalues, &insert->request);
	buf_done(&text);
}

/* The values of one column. */
static void put_column(struct buf *array, const struct pg_insert *insert, unsigned column)
{
	size_t begin = buf_len(array);

	for (const struct pg_new_row *row = insert->first; row; row = row->next)
		pg_array_add(array, begin, row->values[column]);
	pg_array_end(array, begin);
}

static void send_several(struct pg_insert *insert)
{
	const struct pg_key which = { .family = PG_FAMILY_PURPOSE,
		.resource = insert->resource,
		.number = PG_INSERT_SEVERAL };
	const char *values[RESOURCE_MAX_FIELDS];
	size_t begins[RESOURCE_MAX_FIELDS];
	unsigned columns = insert->first->nvalues;
	struct pg_statement spare;
	struct buf arrays, text;

	buf_init(&arrays, ARRAYS_LIMIT);
	buf_init(&text, PG_TEXT_MOST);
	for (unsigned i = 0; i < columns; i++) {
		begins[i] = buf_len(&arrays);
		put_column(&arrays, insert, i);
	}
	if (arrays.failed)
		log_die("out of memory for rows");
	for (unsigned i = 0; i < columns; i++)
		values[i] = buf_view(&arrays).ptr + begins[i];
	pg_link_send(insert->inserts->link, pg_statement(&which, &spare, &text), values, columns,
		&insert->request);
	buf_done(&arrays);
	buf_done(&text);
}

void pg_inserts_send(struct pg_inserts *inserts)
{
	struct pg_insert *unsent = inserts->unsent;

	inserts->unsent = NULL;
	for (struct pg_insert *insert = unsent, *next; insert; insert = next) {
		next = insert->next;
		insert->request.on_result = on_result;
		if (insert->count == 1)
			send_one(insert);
		else
			send_several(insert);
	}
}

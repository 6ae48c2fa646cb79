#include "pg_batch.h"

#include "log.h"
#include "pg_value.h"

#include <stdlib.h>

enum { ROOM_FIRST = 16, ARRAY_LIMIT = 1024 * 1024 };

static bool is_alike(const struct pg_key *a, const struct pg_key *b)
{
	return a->family == b->family && a->resource == b->resource && a->number == b->number &&
	       a->table == b->table;
}

bool pg_batch_is(const struct pg_shared *shared, const struct pg_key *which)
{
	return is_alike(&shared->which, which);
}

/* Room for one more element. */
static void *grow(void *list, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return list;
	*room = *room > 0 ? 2 * *room : ROOM_FIRST;
	list = realloc(list, *room * size);
	if (!list)
		log_die("out of memory for reads");
	return list;
}

static struct pg_shared *make(struct pg_batch *batch, const struct pg_key *which,
	const struct field *key_field, int column)
{
	struct pg_shared *shared = calloc(1, sizeof(*shared));

	if (!shared)
		log_die("out of memory for reads");
	shared->which = *which;
	shared->key = key_field;
	shared->column = column;
	shared->batch = batch;
	shared->references = 1; /* the batch's, then the request's */
	return shared;
}

struct pg_shared *pg_batch_join(struct pg_batch *batch, const struct pg_key *which,
	const struct field *key_field, int column, struct key key)
{
	struct pg_shared **place = &batch->unsent;

	while (*place && !is_alike(&(*place)->which, which))
		place = &(*place)->next;
	if (!*place)
		*place = make(batch, which, key_field, column);
	struct pg_shared *shared = *place;
	shared->wanted = grow(
		shared->wanted, shared->nwanted, &shared->wanted_room, sizeof(*shared->wanted));
	shared->wanted[shared->nwanted++] = key;
	shared->references++;
	return shared;
}

void pg_batch_leave(struct pg_shared *shared)
{
	if (--shared->references > 0)
		return;
	PQclear(shared->result);
	PQclear(shared->failure);
	free(shared->places);
	free(shared->wanted);
	free(shared->waiting);
	free(shared);
}

/* Of a read that was skipped, as another one had failed: if that is of the same session, it is the
 * reason. */
static const struct pg_shared *cause_of(const struct pg_shared *shared, const struct pg_session *s)
{
	const struct pg_shared *cause = shared;

	for (unsigned i = 0; i < s->nahead; i++)
		if (PQresultStatus(cause->failure) == PGRES_PIPELINE_ABORTED &&
			s->ahead[i]->failure)
			cause = s->ahead[i];
	return cause;
}

static void fail(const struct pg_shared *shared, struct pg_session *s)
{
	const struct pg_shared *cause = cause_of(shared, s);

	s->table = cause->which.table ? cause->which.table : cause->which.resource;
	pg_fail(s, cause->failure);
}

bool pg_batch_wait(struct pg_shared *shared, struct pg_session *s)
{
	if (!shared->is_done) {
		shared->waiting = grow(
			shared->waiting, shared->nwaiting, &shared->waiting_room, sizeof(void *));
		shared->waiting[shared->nwaiting++] = s;
		pg_wait(s);
	}
	if (!shared->result)
		fail(shared, s);
	return !s->failed;
}

static int compare_keys(struct key a, struct key b)
{
	if (a.high != b.high)
		return a.high > b.high ? 1 : -1;
	return (a.low > b.low) - (a.low < b.low);
}

static int compare_places(const void *a, const void *b)
{
	const struct pg_place *one = a, *other = b;
	int order = compare_keys(one->key, other->key);

	return order != 0 ? order : (one->row > other->row) - (one->row < other->row);
}

/* A row without a key, which the database cannot have sent for one, is passed over. */
static void index_rows(struct pg_shared *shared)
{
	int rows = PQntuples(shared->result);

	shared->places = malloc(((size_t)rows + 1) * sizeof(*shared->places));
	if (!shared->places)
		log_die("out of memory for %d rows", rows);
	for (int row = 0; row < rows; row++) {
		struct pg_place *place = &shared->places[shared->nplaces];
		place->row = row;
		if (pg_key_read(
			    shared->key, pg_cell(shared->result, row, shared->column), &place->key))
			shared->nplaces++;
	}
	shared->is_cut = rows >= PG_SHARED_MOST && shared->which.family != PG_FAMILY_PURPOSE;
	qsort(shared->places, (size_t)shared->nplaces, sizeof(*shared->places), compare_places);
}

/* The first place whose key is not less than this one. */
static int lower_bound(const struct pg_shared *shared, struct key key)
{
	int low = 0, high = shared->nplaces;

	while (low < high) {
		int middle = low + (high - low) / 2;
		if (compare_keys(shared->places[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The database has cut the rows in its own order, so every key that it has not finished is suspect:
 * that of the last row, and those without a row. */
bool pg_batch_find(const struct pg_shared *shared, struct key key, int *ret_first, int *ret_end)
{
	int first = lower_bound(shared, key), end = first;
	struct key last;

	while (end < shared->nplaces && compare_keys(shared->places[end].key, key) == 0)
		end++;
	*ret_first = first;
	*ret_end = end;
	if (!shared->is_cut)
		return true;
	return end > first &&
	       pg_key_read(shared->key,
		       pg_cell(shared->result, PQntuples(shared->result) - 1, shared->column),
		       &last) &&
	       !key_equal(last, key);
}

static void on_result(struct pg_request *request, PGresult *result)
{
	struct pg_shared *shared = CONTAINER_OF(request, struct pg_shared, request);

	shared->is_done = true;
	if (result && PQresultStatus(result) == PGRES_TUPLES_OK) {
		shared->result = result;
		index_rows(shared);
	} else {
		shared->failure = result;
	}
	for (size_t i = 0; i < shared->nwaiting; i++)
		pg_wake(shared->waiting[i]);
	pg_batch_leave(shared);
}

static int compare_wanted(const void *a, const void *b)
{
	return compare_keys(*(const struct key *)a, *(const struct key *)b);
}

static void put_array(const struct pg_shared *shared, struct buf *array)
{
	qsort(shared->wanted, shared->nwanted, sizeof(*shared->wanted), compare_wanted);
	for (size_t i = 0; i < shared->nwanted; i++)
		if (i == 0 || !key_equal(shared->wanted[i - 1], shared->wanted[i]))
			pg_key_array_add(array, shared->key, shared->wanted[i]);
	pg_key_array_end(array);
	if (array->failed)
		log_die("out of memory for keys");
}

static void send_shared(struct pg_batch *batch, struct pg_shared *shared)
{
	struct buf array, text;
	struct pg_statement spare;

	buf_init(&array, ARRAY_LIMIT);
	buf_init(&text, ARRAY_LIMIT);
	put_array(shared, &array);
	const char *value = buf_view(&array).ptr;
	shared->batch = NULL;
	shared->request.on_result = on_result;
	pg_link_send(batch->link, pg_statement(&shared->which, &spare, &text), &value, 1,
		&shared->request);
	buf_done(&array);
	buf_done(&text);
}

void pg_batch_send(struct pg_batch *batch)
{
	struct pg_shared *shared = batch->unsent;

	batch->unsent = NULL;
	for (struct pg_shared *next; shared; shared = next) {
		next = shared->next;
		send_shared(batch, shared);
	}
}

#include "fake_engine.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static struct fake_engine *fake_of(struct engine *engine)
{
	return (struct fake_engine *)engine;
}

static void note_call(struct fake_engine *fake, const char *call)
{
	size_t n = strlen(fake->calls);

	ck_assert_uint_lt(n + strlen(call) + 2, sizeof(fake->calls));
	snprintf(fake->calls + n, sizeof(fake->calls) - n, "%s%s", n > 0 ? " " : "", call);
}

/* Notes the call, and returns its fault. */
static enum fault called(struct fake_engine *fake, const char *call)
{
	struct fake_failure *failure = &fake->failure;

	note_call(fake, call);
	if (!failure->call || strcmp(failure->call, call) != 0 || failure->after-- > 0)
		return FAULT_NONE;
	failure->call = NULL;
	fake->transaction = failure->transaction;
	fake->changed += failure->changed;
	return failure->fault;
}

static enum fault step(struct engine *engine, enum engine_step step)
{
	static const struct {
		const char *call;
		enum transaction after;
	} steps[] = {
		[ENGINE_BEGIN_READ] = { "begin-read", TRANSACTION_OPEN },
		[ENGINE_BEGIN_WRITE] = { "begin", TRANSACTION_OPEN },
		[ENGINE_SAVEPOINT] = { "savepoint", TRANSACTION_OPEN },
		[ENGINE_RELEASE] = { "release", TRANSACTION_OPEN },
		[ENGINE_ROLLBACK_TO] = { "rollback-to", TRANSACTION_OPEN },
		[ENGINE_COMMIT] = { "commit", TRANSACTION_NONE },
		[ENGINE_ROLLBACK] = { "rollback", TRANSACTION_NONE },
	};
	struct fake_engine *fake = fake_of(engine);
	enum fault fault = called(fake, steps[step].call);

	if (fault == FAULT_NONE)
		fake->transaction = steps[step].after;
	fake->in_snapshot |= step == ENGINE_BEGIN_READ;
	return fault;
}

static void end_read(struct engine *engine)
{
	fake_of(engine)->in_snapshot = false;
}

/* Rows. */

static bool matches(const struct fake_row *row, const struct query *query)
{
	const struct resource *r = row->record.resource;
	int64_t key = row->record.values[RESOURCE_KEY].integer;

	if (r != query->resource)
		return false;
	switch (query->kind) {
	case QUERY_AFTER:
		return key > query->after;
	case QUERY_ROW:
		return key == key_integer(query->key);
	case QUERY_CHILDREN:
		return row->record.values[query->field].kind == VALUE_INT &&
		       row->record.values[query->field].integer == key_integer(query->key);
	default:
		return true;
	}
}

/* A row that matches is one of those that a slice leaves out at the beginning. */
static bool is_skipped(struct query *query)
{
	return query->kind == QUERY_SLICE && query->after-- > 0;
}

/* A slice has room for one more row. */
static bool has_room(struct query *query)
{
	return query->kind != QUERY_SLICE || query->limit-- > 0;
}

/* The open cursors; next: the row to look at. NULL: free. */
static struct open_query {
	struct query query;
	struct fake_row *next;
} open_queries[RESOURCE_MAX_DEPTH];

static enum fault open_rows(struct engine *engine, const struct query *query, struct cursor *cursor)
{
	struct fake_engine *fake = fake_of(engine);
	struct open_query *open = open_queries;

	while (open->next)
		open++;
	ck_assert(open < open_queries + NITEMS(open_queries));
	*open = (struct open_query){ *query, fake->rows };
	*cursor = (struct cursor){ .engine = engine, .resource = query->resource, .rows = open };
	fake->cursors++;
	return called(fake, "open");
}

static enum fault next(struct cursor *cursor, struct record *record)
{
	struct fake_engine *fake = fake_of(cursor->engine);
	struct open_query *open = cursor->rows;
	struct fake_row *row = open->next, *end = fake->rows + fake->nrows;
	enum fault fault = called(fake, "next");

	if (fault != FAULT_NONE)
		return fault;
	while (row < end && (!matches(row, &open->query) || is_skipped(&open->query)))
		row++;
	cursor->there = row < end && has_room(&open->query);
	if (!cursor->there)
		return FAULT_NONE;
	*record = row->record;
	cursor->field = row->unreadable;
	open->next = row + 1;
	return FAULT_NONE;
}

static void close_rows(struct cursor *cursor)
{
	struct open_query *open = cursor->rows;

	open->next = NULL;
	fake_of(cursor->engine)->cursors--;
}

static enum fault count(struct engine *engine, const struct query *query, int64_t *ret_count)
{
	struct fake_engine *fake = fake_of(engine);
	enum fault fault = called(fake, "count");

	*ret_count = 0;
	for (unsigned i = 0; i < fake->nrows; i++)
		*ret_count += fake->rows[i].record.resource == query->resource;
	return fault;
}

/* The writer's. */

static enum fault ready(struct engine *engine)
{
	return called(fake_of(engine), "ready");
}

static enum transaction transaction(struct engine *engine)
{
	return fake_of(engine)->transaction;
}

static uint64_t changed_rows(struct engine *engine)
{
	return fake_of(engine)->changed;
}

static enum fault insert(struct engine *engine, const struct record *record, struct written *ret)
{
	struct fake_engine *fake = fake_of(engine);
	enum fault fault = called(fake, "insert");

	(void)record;
	if (fault == FAULT_NONE)
		*ret = (struct written){ .key = key_int((int64_t)++fake->changed) };
	return fault;
}

static enum fault update(
	struct engine *engine, const struct record *row, uint64_t fields, struct written *ret)
{
	(void)row;
	(void)fields;
	*ret = (struct written){ .reread = false };
	return called(fake_of(engine), "update");
}

static enum fault require_free(
	struct engine *engine, const struct record *record, uint64_t *ret_taken)
{
	(void)record;
	*ret_taken = 0;
	return called(fake_of(engine), "require-free");
}

static enum fault find_parent(
	struct engine *engine, const struct resource *r, struct key key, struct key *ret_parent)
{
	(void)r;
	(void)key;
	*ret_parent = key_none();
	return called(fake_of(engine), "find-parent");
}

static enum fault find_referred(struct engine *engine, const struct resource *r, struct key key,
	unsigned field, struct key *ret_key, bool *ret_there)
{
	struct fake_engine *fake = fake_of(engine);

	*ret_there = false;
	for (unsigned i = 0; i < fake->nrows; i++) {
		const struct record *row = &fake->rows[i].record;
		if (row->resource != r || !key_equal(key_of_value(&row->values[0]), key))
			continue;
		*ret_there = row->values[field].kind != VALUE_NULL;
		*ret_key = key_of_value(&row->values[field]);
	}
	return called(fake, "find-referred");
}

static enum fault referring(struct engine *engine, const struct resource *r, unsigned field,
	struct key key, engine_found *found, void *context)
{
	struct fake_engine *fake = fake_of(engine);
	bool goes_on = true;

	for (unsigned i = 0; i < fake->nrows && goes_on; i++) {
		const struct record *row = &fake->rows[i].record;
		if (row->resource == r && key_equal(key_of_value(&row->values[field]), key))
			goes_on = found(context, key_of_value(&row->values[0]), key_none());
	}
	return called(fake, "referring");
}

static enum fault set_null(struct engine *engine, const struct resource *r, unsigned field,
	struct key key, const struct record *others)
{
	(void)r;
	(void)field;
	(void)key;
	(void)others;
	return called(fake_of(engine), "set-null");
}

static enum fault remove_below(struct engine *engine, const struct resource *r, struct key key)
{
	(void)r;
	(void)key;
	return called(fake_of(engine), "remove-below");
}

static enum fault remove_row(
	struct engine *engine, const struct resource *r, struct key key, bool *ret_done)
{
	(void)r;
	(void)key;
	*ret_done = true;
	return called(fake_of(engine), "remove");
}

static void failed(struct engine *engine)
{
	struct fake_engine *fake = fake_of(engine);

	note_call(fake, "failed");
	fake->transaction = TRANSACTION_NONE;
}

static enum fault detect_foreign_commits(struct engine *engine)
{
	return called(fake_of(engine), "detect");
}

static bool tend(struct engine *engine)
{
	(void)engine;
	return true;
}

static void rest(struct engine *engine)
{
	(void)engine;
}

void fake_engine_init(struct fake_engine *fake)
{
	*fake = (struct fake_engine){
		.engine.ops = &fake->ops,
		.transaction = TRANSACTION_NONE,
		.ops = {
			.undoes = {
				[FAULT_NOT_FOUND] = true,
				[FAULT_CONFLICT] = true,
				[FAULT_REFUSED] = true,
				[FAULT_CHANGED] = true,
			},
			.step = step,
			.end_read = end_read,
			.open_rows = open_rows,
			.next = next,
			.close_rows = close_rows,
			.count = count,
			.ready = ready,
			.transaction = transaction,
			.changed_rows = changed_rows,
			.insert = insert,
			.update = update,
			.require_free = require_free,
			.find_parent = find_parent,
			.find_referred = find_referred,
			.referring = referring,
			.set_null = set_null,
			.remove_below = remove_below,
			.remove = remove_row,
			.failed = failed,
			.detect_foreign_commits = detect_foreign_commits,
			.tend = tend,
			.rest = rest,
		},
	};
}

void fake_engine_add(struct fake_engine *fake, const struct record *record, unsigned unreadable)
{
	ck_assert_uint_lt(fake->nrows, FAKE_ROWS);
	fake->rows[fake->nrows++] = (struct fake_row){ *record, unreadable };
}

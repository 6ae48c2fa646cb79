#include "transfer_in.h"

#include "transfer_order.h"
#include "transfer_progress.h"
#include "transfer_rows.h"
#include "transfer_stream.h"

#include <inttypes.h>

struct copy {
	struct transfer_end *target;
	struct transfer_reader reader;
	struct arena arena;
	unsigned order[TRANSFER_TABLES_MAX];
	struct copied {
		uint64_t count, digest;
	} copied[TRANSFER_TABLES_MAX]; /* by the number of the table: what the source has sent */
	struct buf *error;
};

static bool fail(struct copy *c, const struct record *row, unsigned column, const char *why)
{
	transfer_name(c->error, row, column);
	buf_str(c->error, str_from(why));
	return false;
}

/* The stream is not as it must be. */
static bool refuse(struct copy *c)
{
	if (!c->reader.was_cut)
		buf_str(c->error, STR("what the other database has sent cannot be understood"));
	return false;
}

/* Rows. */

/* NULL, or why the column cannot have the value. */
static const char *judge(struct copy *c, const struct field *f, const struct value *v)
{
	if (v->kind == VALUE_NULL)
		return f->flags & FIELD_NULLABLE ? NULL : "it is null";
	const char *why = transfer_fault(f, v);
	return why ? why : c->target->ops->misfit(&c->arena, f, v);
}

static bool take_row(struct copy *c, const struct record *row)
{
	if (c->arena.blocks)
		arena_reset(&c->arena);
	for (unsigned i = 0; i < resource_columns(row->resource); i++) {
		const char *why = judge(c, &row->resource->fields[i], &row->values[i]);
		if (why)
			return fail(c, row, i, why);
	}
	return c->target->ops->put_row(c->target, row);
}

static bool take_rows(struct copy *c, const struct resource *table, struct copied *copied)
{
	uint64_t taken = 0;
	struct record row;
	bool there;

	do {
		if (!transfer_read_row(
			    &c->reader, table, &row, &there, &copied->count, &copied->digest))
			return refuse(c);
		if (there && !take_row(c, &row))
			return false;
		taken += there;
		transfer_progress(table->table, "", taken, !there);
	} while (there);
	return taken == copied->count || refuse(c);
}

static bool take_table(struct copy *c, unsigned due)
{
	const struct transfer_ops *ops = c->target->ops;
	const struct resource *table = api_table(api, due);
	unsigned number;

	if (!transfer_read_table(&c->reader, &number) || number != due)
		return refuse(c);
	return ops->begin_table(c->target, table) && take_rows(c, table, &c->copied[due]) &&
	       ops->end_table(c->target);
}

static bool take_all(struct copy *c)
{
	uint64_t fingerprint;

	if (!transfer_read_begin(&c->reader, &fingerprint) || fingerprint != api->fingerprint)
		return refuse(c);
	for (unsigned i = 0; i < api_count_tables(api); i++)
		if (!take_table(c, c->order[i]))
			return false;
	return transfer_read_end(&c->reader) || refuse(c);
}

/* Comparing. */

static bool read_rows(struct copy *c, const struct resource *table, struct transfer_digest *digest)
{
	struct record row;
	bool there;

	if (!c->target->ops->begin_rows(c->target, table))
		return false;
	do {
		if (!transfer_next_row(c->target, digest, &row, &there))
			return false;
		transfer_progress(table->table, " compared", digest->count, false);
	} while (there);
	return true;
}

static bool compare_table(struct copy *c, unsigned number)
{
	const struct resource *table = api_table(api, number);
	const struct copied *copied = &c->copied[number];
	struct transfer_digest digest;

	transfer_digest_init(&digest, table);
	bool read = read_rows(c, table, &digest);
	bool same = digest.count == copied->count && digest.sum == copied->digest;
	if (read && digest.count != copied->count)
		buf_printf(c->error,
			"table %s: the source has %" PRIu64 " rows, and the target would have "
			"%" PRIu64,
			table->table, copied->count, digest.count);
	else if (read && !same)
		buf_printf(c->error, "table %s: the target would have other values than the source",
			table->table);
	transfer_digest_done(&digest);
	return read && same;
}

static bool compare_all(struct copy *c)
{
	for (unsigned i = 0; i < api_count_tables(api); i++)
		if (!compare_table(c, c->order[i]))
			return false;
	transfer_progress_clear();
	return true;
}

bool transfer_in(
	struct transfer_end *target, int fd, struct transfer_result *result, struct buf *error)
{
	struct copy c = { .target = target, .error = error };

	transfer_order(api, c.order);
	transfer_reader_init(&c.reader, fd);
	bool done = take_all(&c) && compare_all(&c) && target->ops->commit(target);
	transfer_progress_clear();
	transfer_reader_done(&c.reader);
	arena_done(&c.arena);
	*result = (struct transfer_result){ .tables = api_count_tables(api) };
	for (unsigned i = 0; i < result->tables; i++)
		result->rows += c.copied[i].count;
	return done;
}

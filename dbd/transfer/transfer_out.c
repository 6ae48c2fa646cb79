#include "transfer_out.h"

#include "transfer_order.h"
#include "transfer_rows.h"
#include "transfer_stream.h"

#include <errno.h>

/* For functions that write. */
static bool fail(struct buf *error)
{
	if (errno != EPIPE)
		buf_printf(error, "cannot send rows: %s", strerror(errno));
	return false;
}

static bool send_row(struct transfer_writer *w, const struct record *row, struct buf *error)
{
	if (transfer_write_row(w, row))
		return true;
	if (errno != EMSGSIZE)
		return fail(error);
	transfer_name(error, row, resource_columns(row->resource));
	buf_printf(error, "it has more than %d bytes", CODEC_ROW_MAX);
	return false;
}

static bool send_rows(struct transfer_writer *w, struct transfer_end *source,
	struct transfer_digest *digest, struct buf *error)
{
	struct record row;
	bool there;

	do {
		if (!transfer_next_row(source, digest, &row, &there) ||
			(there && !send_row(w, &row, error)))
			return false;
	} while (there);
	return transfer_write_done(w, digest->count, digest->sum) || fail(error);
}

static bool send_table(
	struct transfer_writer *w, struct transfer_end *source, unsigned number, struct buf *error)
{
	const struct resource *table = api_table(api, number);
	struct transfer_digest digest;

	if (!transfer_write_table(w, number))
		return fail(error);
	transfer_digest_init(&digest, table);
	bool sent = source->ops->begin_rows(source, table) && send_rows(w, source, &digest, error);
	transfer_digest_done(&digest);
	return sent;
}

static bool send_all(struct transfer_writer *w, struct transfer_end *source, struct buf *error)
{
	unsigned order[TRANSFER_TABLES_MAX];

	transfer_order(api, order);
	if (!transfer_write_begin(w, api->fingerprint))
		return fail(error);
	for (unsigned i = 0; i < api_count_tables(api); i++)
		if (!send_table(w, source, order[i], error))
			return false;
	return transfer_write_end(w) || fail(error);
}

bool transfer_out(struct transfer_end *source, int fd, struct buf *error)
{
	struct transfer_writer w;

	transfer_writer_init(&w, fd);
	bool sent = send_all(&w, source, error);
	transfer_writer_done(&w);
	return sent;
}

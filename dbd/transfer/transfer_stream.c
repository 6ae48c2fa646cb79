#include "transfer_stream.h"

#include <errno.h>
#include <unistd.h>

enum {
	CHUNK = 256 * 1024, /* bytes that are written, or read, at once */
	ROWS_HEAD = 1 + 4   /* of the payload of ROWS */
};

/* Numbers. */

static void put_number(struct buf *out, uint64_t number, unsigned bytes)
{
	while (bytes-- > 0)
		buf_char(out, (char)(number >> 8 * bytes));
}

static uint64_t get_number(struct str *body, unsigned bytes)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < bytes; i++)
		number = number << 8 | (unsigned char)body->ptr[i];
	*body = str_from_index(*body, bytes);
	return number;
}

/* Writing. */

void transfer_writer_init(struct transfer_writer *w, int fd)
{
	*w = (struct transfer_writer){ .fd = fd };
	buf_init(&w->out, FRAME_MAX + 2 * (size_t)CHUNK);
}

void transfer_writer_done(struct transfer_writer *w)
{
	buf_done(&w->out);
}

static bool flush(struct transfer_writer *w)
{
	if (w->out.failed) {
		errno = ENOMEM;
		return false;
	}
	while (buf_len(&w->out) > 0) {
		struct str left = buf_view(&w->out);
		ssize_t n = write(w->fd, left.ptr, left.len);
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			buf_consume(&w->out, (size_t)n);
	}
	buf_reset(&w->out, 2 * (size_t)CHUNK);
	return true;
}

static void end_rows(struct transfer_writer *w)
{
	if (w->count == 0)
		return;
	if (!w->out.failed) {
		char *count = w->out.data + w->out.start + w->frame + FRAME_HEADER + 1;
		for (unsigned i = 0; i < 4; i++)
			count[i] = (char)(w->count >> 8 * (3 - i));
	}
	frame_end(&w->out, w->frame);
	w->count = 0;
}

/* All frames but those of rows are short, and are written at once. */
static size_t begin(struct transfer_writer *w, enum transfer_frame kind)
{
	end_rows(w);
	size_t frame = frame_begin(&w->out);
	buf_char(&w->out, (char)kind);
	return frame;
}

static bool end(struct transfer_writer *w, size_t frame)
{
	frame_end(&w->out, frame);
	return flush(w);
}

bool transfer_write_begin(struct transfer_writer *w, uint64_t fingerprint)
{
	size_t frame = begin(w, TRANSFER_BEGIN);

	put_number(&w->out, fingerprint, 8);
	return end(w, frame);
}

bool transfer_write_table(struct transfer_writer *w, unsigned number)
{
	size_t frame = begin(w, TRANSFER_TABLE);

	put_number(&w->out, number, 4);
	return end(w, frame);
}

bool transfer_write_done(struct transfer_writer *w, uint64_t count, uint64_t digest)
{
	size_t frame = begin(w, TRANSFER_DONE);

	put_number(&w->out, count, 8);
	put_number(&w->out, digest, 8);
	return end(w, frame);
}

bool transfer_write_end(struct transfer_writer *w)
{
	return end(w, begin(w, TRANSFER_END));
}

bool transfer_write_row(struct transfer_writer *w, const struct record *row)
{
	if (codec_row_size(row) > CODEC_ROW_MAX) {
		errno = EMSGSIZE;
		return false;
	}
	if (w->count > 0 && buf_len(&w->out) - w->frame + codec_row_size(row) > CHUNK) {
		end_rows(w);
		if (!flush(w))
			return false;
	}
	if (w->count++ == 0) {
		w->frame = frame_begin(&w->out);
		buf_char(&w->out, TRANSFER_ROWS);
		put_number(&w->out, 0, 4);
	}
	codec_encode_row(&w->out, row);
	return true;
}

/* Reading. */

void transfer_reader_init(struct transfer_reader *r, int fd)
{
	*r = (struct transfer_reader){ .fd = fd };
	buf_init(&r->in, FRAME_HEADER + FRAME_MAX + (size_t)CHUNK);
}

void transfer_reader_done(struct transfer_reader *r)
{
	buf_done(&r->in);
}

static bool receive(struct transfer_reader *r)
{
	char *room = buf_reserve(&r->in, CHUNK);
	ssize_t n;

	if (!room)
		return false;
	do
		n = read(r->fd, room, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		buf_commit(&r->in, (size_t)n);
	r->was_cut = n == 0;
	return n > 0;
}

/* The body of the next frame. */
static bool next_frame(struct transfer_reader *r, char *kind, struct str *body)
{
	enum frame_status status;

	buf_consume(&r->in, r->taken);
	r->taken = 0;
	while ((status = frame_parse(buf_view(&r->in), body, &r->taken)) == FRAME_PART)
		if (!receive(r))
			return false;
	if (status != FRAME_WHOLE)
		return false;
	*kind = *body->ptr;
	*body = str_from_index(*body, 1);
	return true;
}

static bool frame_of(
	struct transfer_reader *r, enum transfer_frame wanted, size_t size, struct str *body)
{
	char kind;

	return next_frame(r, &kind, body) && kind == (char)wanted && body->len == size;
}

bool transfer_read_begin(struct transfer_reader *r, uint64_t *fingerprint)
{
	struct str body;

	if (!frame_of(r, TRANSFER_BEGIN, 8, &body))
		return false;
	*fingerprint = get_number(&body, 8);
	return true;
}

bool transfer_read_table(struct transfer_reader *r, unsigned *number)
{
	struct str body;

	if (!frame_of(r, TRANSFER_TABLE, 4, &body))
		return false;
	*number = (unsigned)get_number(&body, 4);
	return true;
}

bool transfer_read_end(struct transfer_reader *r)
{
	struct str body;

	return frame_of(r, TRANSFER_END, 0, &body);
}

static bool begin_rows(struct transfer_reader *r, const struct resource *table, struct str body)
{
	if (body.len < ROWS_HEAD)
		return false;
	uint32_t count = (uint32_t)get_number(&body, 4);
	r->rows = (struct rows){
		.api = api,
		.own = table,
		.resource = table,
		.left = count,
		.rest = unpack_from(body),
	};
	return count > 0;
}

bool transfer_read_row(struct transfer_reader *r, const struct resource *table, struct record *row,
	bool *there, uint64_t *count, uint64_t *digest)
{
	struct str body;
	char kind;

	*there = true;
	if (r->rows.left == 0) {
		if (!next_frame(r, &kind, &body))
			return false;
		if (kind == TRANSFER_DONE && body.len == 16) {
			*there = false;
			*count = get_number(&body, 8);
			*digest = get_number(&body, 8);
			return true;
		}
		if (kind != TRANSFER_ROWS || !begin_rows(r, table, body))
			return false;
	}
	return codec_next_row(&r->rows, row) && row->resource == table &&
	       row->present == record_all(table);
}

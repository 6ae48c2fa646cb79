/*
 * What goes through the pipe of a copy: frames (frame.h), whose payload begins with a byte that
 * says what it is. Numbers are big-endian.
 *
 *	BEGIN  8 bytes: the fingerprint of the declaration. The first frame.
 *	TABLE  4 bytes: a number of api_table. Its rows follow.
 *	ROWS   4 bytes: how many; then these, each as codec_encode_row writes it.
 *	DONE   8 bytes: the table's number of rows; 8 bytes: their digest (transfer_rows.h).
 *	END    nothing. The last frame: without it the stream was cut.
 */
#ifndef POSTERN_TRANSFER_STREAM_H
#define POSTERN_TRANSFER_STREAM_H

#include "buf.h"
#include "codec.h"

enum transfer_frame {
	TRANSFER_BEGIN = 'B',
	TRANSFER_TABLE = 'T',
	TRANSFER_ROWS = 'R',
	TRANSFER_DONE = 'D',
	TRANSFER_END = 'E'
};

/* Writing. Functions return false with errno: EPIPE if the reader has gone, EMSGSIZE for a row that
 * no frame can have. */
struct transfer_writer {
	int fd; /* borrowed; blocking */
	struct buf out;
	size_t frame;   /* of ROWS: its offset in out */
	uint32_t count; /* rows in it; 0: there is no such frame */
};

void transfer_writer_init(struct transfer_writer *w, int fd);
void transfer_writer_done(struct transfer_writer *w);
bool transfer_write_begin(struct transfer_writer *w, uint64_t fingerprint);
bool transfer_write_table(struct transfer_writer *w, unsigned number);
bool transfer_write_row(struct transfer_writer *w, const struct record *row);
bool transfer_write_done(struct transfer_writer *w, uint64_t count, uint64_t digest);
bool transfer_write_end(struct transfer_writer *w);

/* Reading. */
struct transfer_reader {
	int fd; /* borrowed; blocking */
	struct buf in;
	size_t taken;     /* bytes of the frame that was returned last */
	struct rows rows; /* not decoded yet */
	bool was_cut;     /* the stream has ended within a frame, or before one */
};

void transfer_reader_init(struct transfer_reader *r, int fd);
void transfer_reader_done(struct transfer_reader *r);

/* Each reads a frame of this kind. False: the next frame is another one, or invalid, or the stream
 * was cut. */
bool transfer_read_begin(struct transfer_reader *r, uint64_t *fingerprint);
bool transfer_read_table(struct transfer_reader *r, unsigned *number);
bool transfer_read_end(struct transfer_reader *r);

/* Reads the next row of a table, or DONE: then *there is false, and *count and *digest are set.
 * Values have the form of their type, and nothing else is checked. Texts are borrowed until the
 * next call. */
bool transfer_read_row(struct transfer_reader *r, const struct resource *table, struct record *row,
	bool *there, uint64_t *count, uint64_t *digest);

#endif

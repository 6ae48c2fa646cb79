/*
 * Commands and replies <-> msgpack, by the tables of command.def and reply.def and the resources'
 * descriptors. docs/protocol.md shows a frame byte by byte. msgpack.h is included by codec.c alone.
 *
 * Decoding trusts nothing: types, arity, ranges, known names, text bounds, no byte left over. What
 * it returns borrows from the payload.
 */
#ifndef POSTERN_CODEC_H
#define POSTERN_CODEC_H

#include "command.h"
#include "frame.h"

enum {
	PROTOCOL_VERSION = 7,
	CODEC_ROW_MAX = FRAME_MAX - 4 * 1024 /* bytes of a row: a frame must hold one, and its head
					      */
};

/* The first frame of each side, ["postern", protocol version, fingerprint of the resources]. */
void codec_encode_hello(struct buf *out);

/* False if the payload is no hello of this very protocol and these resources; *error then says why,
 * for the log (a literal). */
bool codec_decode_hello(struct str payload, const char **error) __attribute__((warn_unused_result));

/* Appends one whole frame, length included. A frame over FRAME_MAX fails the buffer. */
void codec_encode_command(struct buf *out, const struct command *command);

/* False: refuse the peer; *error says why (a literal). Records hold only what record_is_input lets.
 */
bool codec_decode_command(struct str payload, struct command *command, const char **error)
	__attribute__((warn_unused_result));

/* What a worker sends after its hello is a command or a demand; this tells which to decode. */
bool codec_is_demand(struct str payload);
void codec_encode_demand(struct buf *out, uint64_t id, enum demand demand);
bool codec_decode_demand(struct str payload, uint64_t *id, enum demand *demand, const char **error)
	__attribute__((warn_unused_result));

void codec_encode_done(struct buf *out, uint64_t id);
void codec_encode_bye(struct buf *out);
void codec_encode_fault(struct buf *out, uint64_t id, enum fault fault,
	const struct resource *resource, uint32_t fields);

/* A row as it stands in a frame, and the bytes that it takes at most. Equal rows have equal bytes.
 */
void codec_encode_row(struct buf *out, const struct record *row);
size_t codec_row_size(const struct record *row);

/* A ROWS frame is written row by row: begin, add…, end. Between begin and end nothing else may be
 * appended to out. The count and `more` are filled in at the end. */
struct rows_writer {
	struct buf *out;
	/* Counted from the first unconsumed byte: */
	size_t frame; /* where the frame begins */
	size_t more;  /* where `more` stands */
	size_t rows;  /* where the number of rows stands */
	uint32_t count;
};

/* total: reply.total */
void codec_rows_begin(struct rows_writer *w, struct buf *out, uint64_t id,
	const struct resource *resource, int64_t total);
void codec_rows_add(struct rows_writer *w, const struct record *row);
size_t codec_rows_size(const struct rows_writer *w); /* bytes of the frame so far */
void codec_rows_end(struct rows_writer *w, enum more more);

/* Takes the frame back, as if it had not been begun. */
void codec_rows_abandon(struct rows_writer *w);

bool codec_decode_reply(struct str payload, struct reply *reply, const char **error)
	__attribute__((warn_unused_result));

/* Takes the next row of a decoded reply (rows.left > 0). False: the reply is none, as with
 * codec_decode_reply, though rows may have been taken from it. */
bool codec_next_row(struct rows *rows, struct record *row) __attribute__((warn_unused_result));

#endif

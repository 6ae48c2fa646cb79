/*
 * Encodes commands and replies as msgpack and decodes them, by the tables of action.def and
 * reply.def and the declared resources. docs/protocol.md shows frames byte by byte. In the
 * programs, only codec_encode.c includes msgpack.h.
 *
 * An encoder appends one whole frame, length included. A frame over FRAME_MAX fails the buffer.
 *
 * A decoder trusts nothing: it checks types, arity, ranges, names and leftover bytes, and of a
 * command also the bounds of texts. It returns false if the payload is invalid, and sets *error to
 * the reason, a literal for the log. Texts are borrowed from the payload.
 */
#ifndef POSTERN_CODEC_H
#define POSTERN_CODEC_H

#include "command.h"
#include "frame.h"

enum {
	PROTOCOL_VERSION = 14,
	CODEC_ROW_MAX = FRAME_MAX - 4 * 1024 /* most bytes of a row, so that it fits into a frame */
};

/* The handshake, the first frame of each side: ["postern", protocol version, fingerprint of the
 * declaration, readers]. The worker begins; dbd answers with the same fingerprint if it knows it.
 * readers: of dbd, how many threads it has that only read; of a worker, 0, or on a connection to
 * one of these threads the worker's number, which tells to which. */
void codec_encode_hello(struct buf *out, uint64_t fingerprint, uint32_t readers);

/* Returns false unless the peer has the same protocol version. */
bool codec_decode_hello(struct str payload, uint64_t *fingerprint, uint32_t *readers,
	const char **error) __attribute__((warn_unused_result));

/* The same, and returns false unless the fingerprint is the wanted one. readers may be NULL. */
bool codec_check_hello(struct str payload, uint64_t wanted, uint32_t *readers, const char **error)
	__attribute__((warn_unused_result));

/* The error of a handshake with another fingerprint. Static. */
extern const char *const codec_other_declaration;

/* Appends a command: the arguments of its action, and the id of the HTTP request if there is one.
 */
void codec_encode_command(struct buf *out, const struct command *command);

/* The same with another id and deadline. */
void codec_encode_call(
	struct buf *out, const struct command *command, uint64_t id, uint64_t deadline);

/* Sets the arguments of the action; a command without condition or record gets an empty one. Its
 * resource is one of this declaration, the worker's. Also returns false if the record is not one
 * that record_is_input accepts with the operation of the action. */
bool codec_decode_command(struct str payload, const struct api *declared, struct command *command,
	const char **error) __attribute__((warn_unused_result));

/* After its handshake, a worker sends commands, demands and confirms. True if the payload may be a
 * demand, false if it may be one of the others. */
bool codec_is_demand(struct str payload);
void codec_encode_demand(struct buf *out, uint64_t id, enum demand demand);
bool codec_decode_demand(struct str payload, uint64_t *id, enum demand *demand, const char **error)
	__attribute__((warn_unused_result));

/* A confirm: dbd moves the generations until they show every write that was acknowledged before it
 * came, then replies DONE; or FAULT if it cannot. True if the payload may be one, false if it may
 * be a command. */
bool codec_is_confirm(struct str payload);
void codec_encode_confirm(struct buf *out, uint64_t id, uint64_t deadline);
bool codec_decode_confirm(struct str payload, uint64_t *id, uint64_t *deadline, const char **error)
	__attribute__((warn_unused_result));

/* Appends a reply: DONE, BYE (with id 0), or FAULT with the arguments of struct reply. */
void codec_encode_done(struct buf *out, uint64_t id);
void codec_encode_bye(struct buf *out);
void codec_encode_fault(struct buf *out, uint64_t id, enum fault fault,
	const struct resource *resource, uint64_t fields);

/* Appends a row as in a frame, without the frame. Equal rows have equal bytes. */
void codec_encode_row(struct buf *out, const struct record *row);

/* An upper bound of the bytes that codec_encode_row appends. */
size_t codec_row_size(const struct record *row);

/* Writes a ROWS frame row by row: codec_rows_begin, codec_rows_add for each row, codec_rows_end.
 * Nothing else may be appended to out in between. The number of rows and `more` are written at the
 * end. */
struct rows_writer {
	struct buf *out;
	const struct member *embed; /* of the last row */
	/* Offsets from the first unconsumed byte of out: */
	size_t frame;   /* of the frame */
	size_t more;    /* of `more` */
	size_t rows;    /* of the number of rows */
	uint32_t count; /* elements: rows, and the marks before them */
};

/* The resource is the command's. total: see struct reply. */
void codec_rows_begin(struct rows_writer *w, struct buf *out, uint64_t id,
	const struct resource *resource, int64_t total);

/* Adds a row of this member of a schema; NULL: one of the command's own. An embedded row follows
 * the row in which it is shown. */
void codec_rows_add(struct rows_writer *w, const struct member *embed, const struct record *row);
size_t codec_rows_size(const struct rows_writer *w); /* bytes of the frame so far */
void codec_rows_end(struct rows_writer *w, enum more more);

/* Removes the frame from out. */
void codec_rows_abandon(struct rows_writer *w);

/* Resources and embeds are those of this declaration. Does not decode the rows: see
 * codec_next_row. */
bool codec_decode_reply(struct str payload, const struct api *declared, struct reply *reply,
	const char **error) __attribute__((warn_unused_result));

/* Decodes the next row of a reply and sets rows->embed and rows->resource; rows->left must be above
 * 0. Does not check that the row may be shown there. Returns false if the row or what follows the
 * last row is invalid, and with it the reply, although earlier rows were valid. */
bool codec_next_row(struct rows *rows, struct record *row) __attribute__((warn_unused_result));

#endif

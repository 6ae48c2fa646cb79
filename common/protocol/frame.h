/*
 * Frames over a non-blocking stream socket: a 4-byte big-endian length, then as many bytes, 1 to
 * FRAME_MAX of them.
 */
#ifndef POSTERN_FRAME_H
#define POSTERN_FRAME_H

#include "buf.h"

enum { FRAME_HEADER = 4, FRAME_MAX = 64 * 1024 * 1024 };

/* Room for a frame's length at the end of out; returns where the frame begins, for frame_end. */
size_t frame_begin(struct buf *out);

/* Everything appended since is the payload; fails the buffer if that is empty or over FRAME_MAX. */
void frame_end(struct buf *out, size_t begin);

enum frame_status { FRAME_WHOLE, FRAME_PART, FRAME_BAD };

/* The first frame of bytes: its payload (borrowed), and in *size the bytes that it takes with its
 * header. FRAME_PART: more must come first. FRAME_BAD: a length of 0 or over FRAME_MAX. */
enum frame_status frame_parse(struct str bytes, struct str *payload, size_t *size);

/* One end of a connection: what was read and not yet used, what waits to be written. */
struct link {
	int fd;
	struct buf in;
	struct buf out;
};

/* Takes over fd (-1: not connected); out may hold out_limit bytes at a time. */
void link_init(struct link *l, int fd, size_t out_limit);

/* Closes the fd and gives the buffers back. */
void link_done(struct link *l);

enum link_status { LINK_OK, LINK_AGAIN, LINK_CLOSED };

/* Reads what is there, up to a bound, into in. LINK_OK: call it again when the loop says so;
 * LINK_CLOSED: the peer is gone, or memory is (errno 0 at end of file). */
enum link_status link_read(struct link *l) __attribute__((warn_unused_result));

/* Writes what waits. LINK_AGAIN: the rest must wait until the socket is writable. LINK_CLOSED: the
 * peer is gone, or out had failed. */
enum link_status link_flush(struct link *l) __attribute__((warn_unused_result));

#endif

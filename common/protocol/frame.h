/*
 * Frames over a non-blocking stream socket: a length of 4 bytes, big-endian, then a payload of that
 * many bytes, 1 to FRAME_MAX.
 */
#ifndef POSTERN_FRAME_H
#define POSTERN_FRAME_H

#include "buf.h"

enum { FRAME_HEADER = 4, FRAME_MAX = 64 * 1024 * 1024 };

/* Appends room for the length of a frame. Returns the offset of the frame, for frame_end. */
size_t frame_begin(struct buf *out);

/* Ends a frame: all bytes appended since frame_begin are the payload. Fails the buffer if that is
 * empty or over FRAME_MAX. */
void frame_end(struct buf *out, size_t begin);

enum frame_status {
	FRAME_WHOLE,
	FRAME_PART, /* bytes are missing */
	FRAME_BAD   /* the length is 0 or over FRAME_MAX */
};

/* Finds the first frame of bytes. If it is whole, sets *payload, borrowed from bytes, and *size,
 * the size of the frame with its header. */
enum frame_status frame_parse(struct str bytes, struct str *payload, size_t *size);

/* One end of a connection. */
struct link {
	int fd;
	struct buf in;  /* received, not consumed yet */
	struct buf out; /* to be sent */
};

/* Takes ownership of fd (-1: not connected). out holds at most out_limit bytes. */
void link_init(struct link *l, int fd, size_t out_limit);

/* Closes fd, sets it to -1 and frees the buffers. */
void link_done(struct link *l);

enum link_status {
	LINK_OK,
	LINK_AGAIN, /* link_flush: the rest waits until the socket is writable */
	LINK_CLOSED /* with errno */
};

/* Receives the bytes that have arrived, some 256 KiB at most, into in. LINK_CLOSED: end of stream
 * (errno 0), a failed socket, or no memory (ENOMEM). */
enum link_status link_read(struct link *l) __attribute__((warn_unused_result));

/* Sends out. LINK_CLOSED: the peer is gone, or out had failed (ENOBUFS). */
enum link_status link_flush(struct link *l) __attribute__((warn_unused_result));

#endif

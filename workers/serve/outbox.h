/*
 * What a connection has yet to send: bytes in a buffer from a pool, and after them the tail of a
 * long answer, which is not copied but pinned until it is sent.
 */
#ifndef POSTERN_OUTBOX_H
#define POSTERN_OUTBOX_H

#include "buffer_pool.h"
#include "response.h"

enum { OUTBOX_PAUSE = 32 * 1024 /* bytes in the buffer above which no more is to be made */ };

struct outbox {
	struct buf buffer;
	struct str tail;             /* after the buffer; nothing may follow it before it is sent */
	struct pinnable *tail_owner; /* pinned; NULL if there is no tail, or a lasting one */
	uint64_t sent;               /* bytes taken by the socket since outbox_restart_count, and
					those it held then */
};

enum outbox_status {
	OUTBOX_EMPTY, /* all is sent, and the buffer's memory is in the pool */
	OUTBOX_WAITS, /* the socket takes no more now */
	OUTBOX_FAILED /* the connection is lost, or memory for an answer ran out */
};

void outbox_init(struct outbox *outbox);

/* Drops what is unsent. The pool gets the memory. */
void outbox_done(struct outbox *outbox, struct buffer_pool *pool);

/* True if something is unsent. */
static inline bool outbox_has_unsent(const struct outbox *outbox)
{
	return buf_len(&outbox->buffer) > 0 || outbox->tail.len > 0;
}

/* True if nothing should be added until more is sent, which bounds the memory of a slow reader. */
static inline bool outbox_is_full(const struct outbox *outbox)
{
	return buf_len(&outbox->buffer) > OUTBOX_PAUSE || outbox->tail.len > 0;
}

/* Adds a response, or the head and the first part of one. Only while there is no tail. */
void outbox_add(struct outbox *outbox, struct buffer_pool *pool, const struct response *response);

/* Adds a further part of a response. */
void outbox_add_part(
	struct outbox *outbox, struct buffer_pool *pool, enum framing framing, struct str part);

/* Sends as much as the socket takes. */
enum outbox_status outbox_send(struct outbox *outbox, struct buffer_pool *pool, int fd);

/* The same, without a call if there is nothing to send and no memory to give back. */
static inline enum outbox_status outbox_flush(
	struct outbox *outbox, struct buffer_pool *pool, int fd)
{
	const struct buf *buffer = &outbox->buffer;

	if (!buffer->data && !buffer->failed && outbox->tail.len == 0)
		return OUTBOX_EMPTY;
	return outbox_send(outbox, pool, fd);
}

/* Gives the buffer back if it is empty, e.g. while a tail is being sent. */
void outbox_trim(struct outbox *outbox, struct buffer_pool *pool);

/* Returns the number of bytes that the socket holds and the client has not acknowledged
 * (SIOCOUTQ). EPOLLOUT does not show the progress of a slow client, since the kernel may report
 * it only after a large part of the send buffer is free. */
uint64_t outbox_unacknowledged(int fd);

/* Sets outbox->sent to the bytes that the socket holds. */
void outbox_restart_count(struct outbox *outbox, int fd);

#endif

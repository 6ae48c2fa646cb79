/*
 * A growing byte buffer. Bytes are appended at the end and consumed from the front. Failure is
 * sticky: writers append without checks, and the sender checks `failed` once, at the end.
 */
#ifndef POSTERN_BUF_H
#define POSTERN_BUF_H

#include "str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
	char *data;
	size_t start; /* consumed bytes at the front */
	size_t end;   /* end of the unconsumed bytes */
	size_t size;  /* bytes allocated */
	size_t limit; /* largest number of unconsumed bytes */
	bool failed;  /* sticky: out of memory or over the limit; the content is incomplete */
};

/* Makes an empty buffer for at most limit unconsumed bytes. Allocates nothing. */
void buf_init(struct buf *b, size_t limit);

/* Frees the memory. The buffer is then empty, not failed, and usable again with the same limit. */
void buf_done(struct buf *b);

/* Empties the buffer and clears the failure. Frees its memory if that is more than keep bytes. */
void buf_reset(struct buf *b, size_t keep);

/* The slow path of buf_reserve: memory is missing, or the buffer fails or has failed. */
char *buf_grow(struct buf *b, size_t n);

/* The room at the end if it has n bytes, else NULL, without a failure. */
static inline char *buf_room(struct buf *b, size_t n)
{
	bool fits = n <= b->size - b->end && n <= b->limit - (b->end - b->start) && !b->failed;

	return fits && b->data ? b->data + b->end : NULL;
}

/* Makes room for n bytes at the end. Returns the room, or NULL after setting `failed`. The caller
 * writes there, then appends the bytes with buf_commit. */
static inline char *buf_reserve(struct buf *b, size_t n)
{
	char *room = buf_room(b, n);

	return room ? room : buf_grow(b, n);
}

/* Appends the first n bytes of the reserved room. */
static inline void buf_commit(struct buf *b, size_t n)
{
	b->end += n;
}

static inline void buf_append(struct buf *b, const void *bytes, size_t n)
{
	char *room = buf_reserve(b, n);

	if (!room || n == 0)
		return;
	memcpy(room, bytes, n);
	b->end += n;
}

static inline void buf_char(struct buf *b, char c)
{
	char *room = buf_reserve(b, 1);

	if (!room)
		return;
	*room = c;
	b->end++;
}

/* Appends as printf(3) formats. Needs room for one byte more than it appends. */
__attribute__((format(printf, 2, 3))) void buf_printf(struct buf *b, const char *format, ...);

/* Appends a number as printf's %lld writes it. */
void buf_int(struct buf *b, int64_t value);

static inline void buf_str(struct buf *b, struct str s)
{
	buf_append(b, s.ptr, s.len);
}

/* The unconsumed bytes, borrowed until the buffer changes. */
static inline struct str buf_view(const struct buf *b)
{
	return (struct str){ b->data ? b->data + b->start : "", b->end - b->start };
}

static inline size_t buf_len(const struct buf *b)
{
	return b->end - b->start;
}

/* Drops all unconsumed bytes but the first n, which is at most buf_len. */
static inline void buf_truncate(struct buf *b, size_t n)
{
	b->end = b->start + n;
}

/* Consumes n bytes from the front; n is at most buf_len. */
void buf_consume(struct buf *b, size_t n);

#endif

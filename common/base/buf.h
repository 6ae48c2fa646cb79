/*
 * Growing bytes with a sticky failure: writers append without looking, and whoever sends the result
 * asks once whether all of it is there. Bytes are appended at the end and consumed from the front.
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
	size_t start; /* consumed bytes in front */
	size_t end;   /* bytes in use, the consumed ones included */
	size_t size;  /* allocated */
	size_t limit; /* more unconsumed bytes than this is a failure */
	bool failed;  /* sticky: memory or the limit ran out; what is in it is not whole */
};

/* An empty buffer that may hold at most limit bytes at a time. It has no memory yet. */
void buf_init(struct buf *b, size_t limit);

/* Gives the memory back; the buffer is empty, unfailed and usable again. */
void buf_done(struct buf *b);

/* Empties it and clears the failure; memory of up to keep bytes stays for the next use. */
void buf_reset(struct buf *b, size_t keep);

/* buf_reserve's way when there is no room yet, or something is wrong. */
char *buf_grow(struct buf *b, size_t n);

/* Room for n bytes at the end, or NULL (and the buffer has failed). buf_commit says how many of
 * them were written. */
static inline char *buf_reserve(struct buf *b, size_t n)
{
	bool fits = n <= b->size - b->end && n <= b->limit - (b->end - b->start) && !b->failed;

	return fits && b->data ? b->data + b->end : buf_grow(b, n);
}

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

/* Needs room for one byte more than it appends. */
__attribute__((format(printf, 2, 3))) void buf_printf(struct buf *b, const char *format, ...);

/* Decimal digits, as printf's %lld and %llu write them. */
void buf_int(struct buf *b, int64_t value);

static inline void buf_str(struct buf *b, struct str s)
{
	buf_append(b, s.ptr, s.len);
}

/* What is unconsumed; borrowed, until the next append. */
static inline struct str buf_view(const struct buf *b)
{
	return (struct str){ b->data ? b->data + b->start : "", b->end - b->start };
}

static inline size_t buf_len(const struct buf *b)
{
	return b->end - b->start;
}

/* Takes back what was appended beyond the first n bytes (at most buf_len). */
static inline void buf_truncate(struct buf *b, size_t n)
{
	b->end = b->start + n;
}

/* Takes n bytes (at most buf_len) off the front. */
void buf_consume(struct buf *b, size_t n);

#endif

#include "buf.h"

#include "decimal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { SMALLEST = 512 };

void buf_init(struct buf *b, size_t limit)
{
	*b = (struct buf){ .limit = limit };
}

void buf_done(struct buf *b)
{
	free(b->data);
	buf_init(b, b->limit);
}

void buf_reset(struct buf *b, size_t keep)
{
	if (b->size > keep) {
		buf_done(b);
		return;
	}
	b->start = b->end = 0;
	b->failed = false;
}

static char *fail(struct buf *b)
{
	b->failed = true;
	return NULL;
}

/* Moves the unconsumed bytes to the front. */
static void shift(struct buf *b)
{
	memmove(b->data, b->data + b->start, b->end - b->start);
	b->end -= b->start;
	b->start = 0;
}

char *buf_grow(struct buf *b, size_t n)
{
	size_t used = buf_len(b);

	if (b->failed || n > b->limit || used > b->limit - n)
		return fail(b);
	if (b->data && n <= b->size - b->end)
		return b->data + b->end;
	/* Shift only if that moves no more bytes than it frees: this keeps n appends linear. */
	if (b->data && used <= b->start && n <= b->size - used) {
		shift(b);
		return b->data + b->end;
	}
	size_t size = b->size ? b->size : SMALLEST;
	while (size < used + n)
		size *= 2;
	char *data = malloc(size);
	if (!data)
		return fail(b);
	if (b->data)
		memcpy(data, b->data + b->start, used);
	free(b->data);
	b->data = data;
	b->size = size;
	b->start = 0;
	b->end = used;
	return data + used;
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	char *room = n < 0 ? fail(b) : buf_reserve(b, (size_t)n + 1);
	if (!room)
		return;
	va_start(args, format);
	vsnprintf(room, (size_t)n + 1, format, args);
	va_end(args);
	b->end += (size_t)n;
}

void buf_int(struct buf *b, int64_t value)
{
	bool negative = value < 0;
	uint64_t number = negative ? -(uint64_t)value : (uint64_t)value;
	size_t length = decimal_length(number);
	char *room = buf_reserve(b, negative + length);

	if (!room)
		return;
	*room = '-';
	decimal_write(room + negative, number, length);
	buf_commit(b, negative + length);
}

void buf_consume(struct buf *b, size_t n)
{
	b->start += n;
	if (b->start == b->end)
		b->start = b->end = 0;
}

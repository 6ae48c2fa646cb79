/*
 * Reads a text by chunks of sixteen bytes, for which processors have registers: those at 0, 16, 32
 * and so on while more than sixteen bytes are left, then the last chunk, which may overlap the one
 * before it. For texts of at least CHUNK_SIZE bytes; word.h serves shorter ones.
 */
#ifndef POSTERN_CHUNK_H
#define POSTERN_CHUNK_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { CHUNK_SIZE = 16 };

/* Operators work on each byte; what a comparison finds true is -1, else 0. Bytes are signed: those
 * that are not ASCII are less than 0. */
typedef signed char chunk __attribute__((vector_size(CHUNK_SIZE)));

/* The byte repeated sixteen times. */
#define CHUNK_OF(c)                                                                                \
	((chunk){ (c), (c), (c), (c), (c), (c), (c), (c), (c), (c), (c), (c), (c), (c), (c), (c) })

static inline chunk chunk_at(const char *p)
{
	chunk c;

	memcpy(&c, p, sizeof(c));
	return c;
}

static inline void chunk_put(char *p, chunk c)
{
	memcpy(p, &c, sizeof(c));
}

/* True if any byte is less than 0. */
static inline bool chunk_any_negative(chunk c)
{
	uint64_t halves[2];

	memcpy(halves, &c, sizeof(c));
	return ((halves[0] | halves[1]) & UINT64_C(0x8080808080808080)) != 0;
}

#endif

/*
 * Reads a text by words of eight bytes: those at 0, 8, 16 and so on while more than eight bytes are
 * left, then the last word, which may overlap the one before it.
 *
 *	for (size_t n = 0; n + WORD_SIZE < s.len; n += WORD_SIZE)
 *		look_at(word_at(s.ptr + n));
 *	look_at(word_last(s));
 */
#ifndef POSTERN_WORD_H
#define POSTERN_WORD_H

#include "str.h"

#include <stdint.h>

enum { WORD_SIZE = sizeof(uint64_t) };

/* The byte repeated eight times. */
#define WORD_OF(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The eight bytes at p, in the machine's byte order; p need not be aligned. */
static inline uint64_t word_at(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* A word of fewer than eight bytes: it holds each of them at least once and no others, in places
 * that depend only on the length. 0 for an empty text. */
static inline uint64_t word_short(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	uint32_t first, last;

	if (s.len >= sizeof(first)) {
		memcpy(&first, p, sizeof(first));
		memcpy(&last, p + s.len - sizeof(last), sizeof(last));
		return (uint64_t)last << 32 | first;
	}
	if (s.len == 0)
		return 0;
	return WORD_OF(p[0]) >> 16 | (uint64_t)p[s.len / 2] << 48 | (uint64_t)p[s.len - 1] << 56;
}

/* The last eight bytes of s, or all of it (word_short) if it is shorter. */
static inline uint64_t word_last(struct str s)
{
	return s.len < WORD_SIZE ? word_short(s) : word_at(s.ptr + s.len - WORD_SIZE);
}

#endif

/*
 * The 64-bit FNV-1a hash (draft-eastlake-fnv): start with FNV_BEGIN, then add bytes in order. Only
 * for fingerprints of what this project declares itself: an attacker can choose inputs that
 * collide.
 */
#ifndef POSTERN_FNV_H
#define POSTERN_FNV_H

#include <stdint.h>

#define FNV_BEGIN UINT64_C(0xcbf29ce484222325)

static inline uint64_t fnv_byte(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * UINT64_C(0x100000001b3);
}

/* Adds a string and its NUL, so that "ab", "c" and "a", "bc" differ. */
static inline uint64_t fnv_string(uint64_t hash, const char *string)
{
	do
		hash = fnv_byte(hash, (unsigned char)*string);
	while (*string++);
	return hash;
}

/* Adds a number as four bytes, the least significant first. */
static inline uint64_t fnv_number(uint64_t hash, uint32_t number)
{
	for (int i = 0; i < 4; i++, number >>= 8)
		hash = fnv_byte(hash, (unsigned char)number);
	return hash;
}

#endif

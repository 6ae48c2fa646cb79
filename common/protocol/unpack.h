/*
 * Reads msgpack values one by one from a payload, of the types that the protocol uses: nil, false,
 * integers, doubles, strings, binary and arrays
 * (https://github.com/msgpack/msgpack/blob/master/spec.md). It allocates and copies nothing and
 * reads no byte twice, so the sizes that a hostile payload declares cost nothing.
 *
 * Each function reads the next value. It returns false if that has another type, is out of range or
 * is cut short. After that, the rest of the payload cannot be read, except after unpack_nil and
 * unpack_false, and after unpack_int met another type.
 */
#ifndef POSTERN_UNPACK_H
#define POSTERN_UNPACK_H

#include "str.h"

#include <stdbool.h>
#include <stdint.h>

struct unpack {
	const unsigned char *next, *end; /* borrowed */
};

/* Starts at the first byte of a payload, which is borrowed. */
static inline struct unpack unpack_from(struct str payload)
{
	const unsigned char *bytes = (const unsigned char *)payload.ptr;

	return (struct unpack){ bytes, bytes + payload.len };
}

/* True if all bytes have been read. */
static inline bool unpack_is_done(const struct unpack *u)
{
	return u->next == u->end;
}

/* The longer encodings, for the inline functions below. */
bool unpack_long_int(struct unpack *u, int64_t *value);
bool unpack_long_uint(struct unpack *u, uint64_t *value);
bool unpack_long_str(struct unpack *u, struct str *value);
bool unpack_long_array(struct unpack *u, uint32_t *count);

/* Nil. If the next value is another one, returns false and reads nothing. */
static inline bool unpack_nil(struct unpack *u)
{
	bool is_nil = u->next < u->end && *u->next == 0xc0;

	u->next += is_nil;
	return is_nil;
}

/* False. If the next value is another one, returns false and reads nothing. */
static inline bool unpack_false(struct unpack *u)
{
	bool is_false = u->next < u->end && *u->next == 0xc2;

	u->next += is_false;
	return is_false;
}

/* An integer in any encoding, -2^63 to 2^63 - 1. If the next value is not an integer, returns false
 * and reads nothing. An integer above 2^63 - 1 ends the payload. */
static inline bool unpack_int(struct unpack *u, int64_t *value)
{
	if (u->next == u->end || (*u->next > 0x7f && *u->next < 0xe0))
		return unpack_long_int(u, value);
	*value = (*u->next++ ^ 0x80) - 0x80;
	return true;
}

/* An integer in any encoding, 0 to max. */
static inline bool unpack_uint(struct unpack *u, uint64_t max, uint64_t *value)
{
	if (u->next == u->end || *u->next > 0x7f)
		return unpack_long_uint(u, value) && *value <= max;
	*value = *u->next++;
	return *value <= max;
}

/* A double (float 64). */
bool unpack_double(struct unpack *u, double *value);

/* A string of any bytes, borrowed from the payload. */
static inline bool unpack_str(struct unpack *u, struct str *value)
{
	size_t left = (size_t)(u->end - u->next);

	if (left == 0 || (*u->next & 0xe0) != 0xa0 || (*u->next & 0x1fU) >= left)
		return unpack_long_str(u, value);
	*value = (struct str){ (const char *)u->next + 1, *u->next & 0x1fU };
	u->next += 1 + value->len;
	return true;
}

/* Binary data (bin), borrowed from the payload. */
bool unpack_bin(struct unpack *u, struct str *value);

/* The head of an array. The next count values are its elements. */
static inline bool unpack_array(struct unpack *u, uint32_t *count)
{
	if (u->next == u->end || (*u->next & 0xf0) != 0x90)
		return unpack_long_array(u, count);
	*count = *u->next++ & 0x0fU;
	return true;
}

#endif

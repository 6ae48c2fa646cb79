/*
 * Reads msgpack values one after the other from the bytes they stand in, of the few types that the
 * protocol has: nil, integers, strings and arrays
 * (https://github.com/msgpack/msgpack/blob/master/spec.md). Nothing is allocated or copied, and no
 * byte is read twice, so whatever a hostile payload declares costs nothing.
 *
 * Each function takes the next value and returns true if it is what was asked for. After a false
 * the rest of the payload is of no more use.
 */
#ifndef POSTERN_UNPACK_H
#define POSTERN_UNPACK_H

#include "str.h"

#include <stdbool.h>
#include <stdint.h>

struct unpack {
	const unsigned char *next, *end; /* borrowed */
};

static inline struct unpack unpack_from(struct str payload)
{
	const unsigned char *bytes = (const unsigned char *)payload.ptr;

	return (struct unpack){ bytes, bytes + payload.len };
}

static inline bool unpack_is_done(const struct unpack *u)
{
	return u->next == u->end;
}

/* The other forms of what the inline functions below read. */
bool unpack_long_int(struct unpack *u, int64_t *value);
bool unpack_long_uint(struct unpack *u, uint64_t *value);
bool unpack_long_str(struct unpack *u, struct str *value);
bool unpack_long_array(struct unpack *u, uint32_t *count);

/* False, and nothing is taken, if it is no nil. */
static inline bool unpack_nil(struct unpack *u)
{
	bool is_nil = u->next < u->end && *u->next == 0xc0;

	u->next += is_nil;
	return is_nil;
}

/* An integer of any form, -2^63 to 2^63 - 1. False, and nothing is taken, if it is no integer; one
 * beyond these ends the payload. */
static inline bool unpack_int(struct unpack *u, int64_t *value)
{
	if (u->next == u->end || (*u->next > 0x7f && *u->next < 0xe0))
		return unpack_long_int(u, value);
	*value = (*u->next++ ^ 0x80) - 0x80;
	return true;
}

/* An integer of any form, 0 to max. */
static inline bool unpack_uint(struct unpack *u, uint64_t max, uint64_t *value)
{
	if (u->next == u->end || *u->next > 0x7f)
		return unpack_long_uint(u, value) && *value <= max;
	*value = *u->next++;
	return *value <= max;
}

/* Any bytes; borrowed. */
static inline bool unpack_str(struct unpack *u, struct str *value)
{
	size_t left = (size_t)(u->end - u->next);

	if (left == 0 || (*u->next & 0xe0) != 0xa0 || (*u->next & 0x1fU) >= left)
		return unpack_long_str(u, value);
	*value = (struct str){ (const char *)u->next + 1, *u->next & 0x1fU };
	u->next += 1 + value->len;
	return true;
}

/* The head of an array; its elements are the next count values. */
static inline bool unpack_array(struct unpack *u, uint32_t *count)
{
	if (u->next == u->end || (*u->next & 0xf0) != 0x90)
		return unpack_long_array(u, count);
	*count = *u->next++ & 0x0fU;
	return true;
}

#endif

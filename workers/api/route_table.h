/* How the endpoints of struct routes are found: what building the table and matching share. */
#ifndef POSTERN_ROUTE_TABLE_H
#define POSTERN_ROUTE_TABLE_H

#include "routes.h"
#include "word.h"

/* Inlined, so that a number of keys that is known where it is called makes no loops. */
#define ALWAYS __attribute__((always_inline))

/* Segments are short: memchr would not be faster. */
static inline size_t route_next_slash(struct str path, size_t n)
{
	while (n < path.len && path.ptr[n] != '/')
		n++;
	return n;
}

/* Splits a path where a shape has its keys. text is the path, or the path without the newline at
 * its end, which belongs to a key that ends the path. False: the path has too few segments, or a
 * key is empty. */
ALWAYS static inline bool route_split(const struct route_shape *shape, unsigned nkeys,
	struct str path, struct str text, struct str parts[ENDPOINT_KEYS_MAX + 1],
	struct str keys[ENDPOINT_KEYS_MAX])
{
	size_t done = 0, start = 1;
	unsigned segment = 0;

	for (unsigned k = 0; k < nkeys; k++) {
		for (; segment < shape->at[k] && start <= text.len; segment++)
			start = route_next_slash(text, start) + 1;
		if (start > text.len)
			return false;
		size_t end = route_next_slash(text, start);
		keys[k] =
			(struct str){ path.ptr + start, (end < text.len ? end : path.len) - start };
		if (keys[k].len == 0)
			return false;
		parts[k] = (struct str){ path.ptr + done, start - done };
		done = end;
		start = end + 1;
		segment++;
	}
	parts[nkeys] = str_from_index(text, done);
	return true;
}

/* By words. The hash of one word is that of no other word of the same length. */
static inline uint64_t route_add_to_hash(uint64_t hash, struct str text)
{
	const uint64_t multiplier = UINT64_C(0x9e3779b97f4a7c15);

	for (size_t n = 0; n + WORD_SIZE < text.len; n += WORD_SIZE)
		hash = (hash ^ word_at(text.ptr + n)) * multiplier;
	return (hash ^ word_last(text) ^ text.len) * multiplier;
}

ALWAYS static inline uint64_t route_hash(
	const struct route_shape *shape, unsigned nkeys, const struct str parts[])
{
	uint64_t hash = route_add_to_hash(shape->seed, parts[0]);

	for (unsigned k = 1; k <= nkeys; k++)
		if (parts[k].len > 0)
			hash = route_add_to_hash(hash, parts[k]);
	return hash;
}

static inline unsigned route_first_slot(const struct routes *routes, uint64_t hash)
{
	return (unsigned)(hash >> (64 - routes->slot_bits));
}

static inline unsigned route_next_slot(const struct routes *routes, unsigned slot)
{
	return (slot + 1) & ((1U << routes->slot_bits) - 1);
}

static inline bool route_has_parts(const struct endpoint *e, const struct str parts[])
{
	for (unsigned k = 0; k <= e->shape->nkeys; k++)
		if (!str_equal(e->parts[k], parts[k]))
			return false;
	return true;
}

/* True if the endpoint, whose hash is the same, has this shape and these literals. If only the
 * first of them is not empty, and it is a word, then it is equal if its length is. */
ALWAYS static inline bool route_is_at(const struct endpoint *e, const struct route_shape *shape,
	unsigned nkeys, const struct str parts[])
{
	size_t rest = 0;

	if (e->shape != shape || e->parts[0].len != parts[0].len)
		return false;
	for (unsigned k = 1; k <= nkeys; k++)
		rest |= e->parts[k].len | parts[k].len;
	return (parts[0].len <= WORD_SIZE && rest == 0) || route_has_parts(e, parts);
}

/* True if the method is answered; HEAD is as GET. */
static inline bool route_has_method(const struct endpoint *e, enum method method)
{
	return e->methods >> method & 1;
}

#endif

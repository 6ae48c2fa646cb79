/*
 * The keys of rows on both servers. A row that both have created may have another key on each; any
 * other row has the same.
 */
#ifndef POSTERN_KEY_PAIRS_H
#define POSTERN_KEY_PAIRS_H

#include "arena.h"
#include "resource.h"

#include <stdint.h>

enum peer_side { PEER_OLD, PEER_NEW, PEERS };

/* A key as the servers write it, without quotes. */
struct key_pair {
	struct str at[PEERS];
};

struct key_pairs;

/* For the resources of api. Free with key_pairs_free; NULL is allowed. */
struct key_pairs *key_pairs_new(void);
void key_pairs_free(struct key_pairs *pairs);

/* Adds a row that exists, after others of its resource. Copies the texts. */
void key_pairs_add(struct key_pairs *pairs, const struct resource *r, struct key_pair key);

/* Forgets that it exists; what NEW's key of it is remains known. */
void key_pairs_remove(struct key_pairs *pairs, const struct resource *r, struct key_pair key);

/* The number of rows that exist, and one of them. The texts live as long as the pairs. */
unsigned key_pairs_count(const struct key_pairs *pairs, const struct resource *r);
struct key_pair key_pairs_at(const struct key_pairs *pairs, const struct resource *r, unsigned i);

/* NEW's key of the row that has this key on OLD. */
struct str key_pairs_new_of(
	const struct key_pairs *pairs, const struct resource *r, struct str old);

/* True if every row has the same key on both. */
bool key_pairs_are_equal(const struct key_pairs *pairs);

#endif

#include "key_pairs.h"

#include "fnv.h"
#include "log.h"

#include <stdlib.h>

enum { SLOTS = 4096, ROWS_MOST = 256 /* that exist, of a resource; more are not needed */ };

/* The newest pair with a key of OLD comes first, as servers use keys again. */
struct known_key {
	const struct known_key *next;
	const struct resource *resource;
	struct key_pair key;
};

struct rows {
	struct key_pair list[ROWS_MOST];
	unsigned count;
};

struct key_pairs {
	struct arena arena;
	struct rows *rows; /* by the index of the resource */
	const struct known_key *slots[SLOTS];
	bool differ;
};

struct key_pairs *key_pairs_new(void)
{
	struct key_pairs *pairs = calloc(1, sizeof(*pairs));

	if (!pairs)
		log_die("out of memory");
	pairs->rows = arena_calloc(&pairs->arena, api->nresources, sizeof(*pairs->rows));
	return pairs;
}

void key_pairs_free(struct key_pairs *pairs)
{
	if (!pairs)
		return;
	arena_done(&pairs->arena);
	free(pairs);
}

static struct rows *rows_of(const struct key_pairs *pairs, const struct resource *r)
{
	return &pairs->rows[resource_index(r)];
}

static size_t slot_of(const struct resource *r, struct str old)
{
	uint64_t hash = fnv_number(FNV_BEGIN, resource_index(r));

	for (size_t i = 0; i < old.len; i++)
		hash = fnv_byte(hash, (unsigned char)old.ptr[i]);
	return hash % SLOTS;
}

static void learn(struct key_pairs *pairs, const struct resource *r, struct key_pair key)
{
	const struct known_key **slot = &pairs->slots[slot_of(r, key.at[PEER_OLD])];
	struct known_key *known = arena_alloc(&pairs->arena, sizeof(*known));

	*known = (struct known_key){ *slot, r, key };
	*slot = known;
	pairs->differ |= !str_equal(key.at[PEER_OLD], key.at[PEER_NEW]);
}

void key_pairs_add(struct key_pairs *pairs, const struct resource *r, struct key_pair key)
{
	struct rows *rows = rows_of(pairs, r);

	for (int side = 0; side < PEERS; side++)
		key.at[side] = arena_copy(&pairs->arena, key.at[side]);
	learn(pairs, r, key);
	if (rows->count < ROWS_MOST)
		rows->list[rows->count++] = key;
}

void key_pairs_remove(struct key_pairs *pairs, const struct resource *r, struct key_pair key)
{
	struct rows *rows = rows_of(pairs, r);
	unsigned kept = 0;

	for (unsigned i = 0; i < rows->count; i++)
		if (!str_equal(rows->list[i].at[PEER_OLD], key.at[PEER_OLD]))
			rows->list[kept++] = rows->list[i];
	rows->count = kept;
}

unsigned key_pairs_count(const struct key_pairs *pairs, const struct resource *r)
{
	return rows_of(pairs, r)->count;
}

struct key_pair key_pairs_at(const struct key_pairs *pairs, const struct resource *r, unsigned i)
{
	return rows_of(pairs, r)->list[i];
}

struct str key_pairs_new_of(const struct key_pairs *pairs, const struct resource *r, struct str old)
{
	const struct known_key *known = pairs->slots[slot_of(r, old)];

	while (known && !(known->resource == r && str_equal(known->key.at[PEER_OLD], old)))
		known = known->next;
	return known ? known->key.at[PEER_NEW] : old;
}

bool key_pairs_are_equal(const struct key_pairs *pairs)
{
	return !pairs->differ;
}

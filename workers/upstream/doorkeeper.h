/*
 * Remembers what was noted lately, in a table of fixed size. A full cache admits an answer only if
 * it was wanted before: otherwise rows that are read once would push out those that are read often,
 * at the price of a copy each.
 */
#ifndef POSTERN_DOORKEEPER_H
#define POSTERN_DOORKEEPER_H

#include <stdbool.h>
#include <stdint.h>

enum { DOORKEEPER_BITS = 15 };

struct doorkeeper {
	uint16_t marks[1 << DOORKEEPER_BITS];
};

/* Notes a key by its hash, all of whose upper 32 bits are well mixed. True if it was noted before
 * and no other key has taken its place since; by chance it is true for one in 32,768 others. */
bool doorkeeper_note(struct doorkeeper *d, uint64_t hash);

#endif

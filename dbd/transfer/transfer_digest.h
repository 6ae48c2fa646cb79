/*
 * The number and digest of a table's rows, by which both ends of a copy are compared. It is of what
 * values mean, not of how a database keeps them: decimals without zeros at their end, no negative
 * zero. It does not depend on the order of the rows.
 */
#ifndef POSTERN_TRANSFER_DIGEST_H
#define POSTERN_TRANSFER_DIGEST_H

#include "arena.h"
#include "buf.h"
#include "record.h"

struct transfer_digest {
	uint64_t count;
	uint64_t sum; /* of the rows' digests, modulo 2^64 */

	/* private */
	uint64_t converted; /* the fields whose values have several forms, as bits */
	struct buf row;
	struct arena arena;
};

/* Begins with no rows of this table. */
void transfer_digest_init(struct transfer_digest *d, const struct resource *table);
void transfer_digest_done(struct transfer_digest *d);

void transfer_digest_add(struct transfer_digest *d, const struct record *row);

/* A decimal as Python's str(Decimal) writes it, in the one form that all equal ones have; in the
 * arena. */
struct str transfer_plain_decimal(struct arena *arena, struct str decimal);

#endif

#include "doorkeeper.h"

enum { MARK_BITS = 16 };

/* No mark is 0, which is that of an empty place. */
bool doorkeeper_note(struct doorkeeper *d, uint64_t hash)
{
	uint16_t *place = &d->marks[hash >> (64 - DOORKEEPER_BITS)];
	uint16_t mark = (uint16_t)(hash >> (64 - DOORKEEPER_BITS - MARK_BITS) | 1);
	bool known = *place == mark;

	*place = mark;
	return known;
}

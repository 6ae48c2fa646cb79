/*
 * What a worker may still say without asking: a table of counters in memory that all processes
 * share and only dbd writes. A counter stands for a row, with what is shown inside it, or for a
 * list; rows may share one. It is odd from before a change of what it stands for is committed until
 * after, and never comes back to an earlier number.
 *
 * A worker notes a stamp before it asks dbd. As long as the stamp holds, nothing has been committed
 * since that the answer does not show. docs/architecture.md has the proof.
 */
#ifndef POSTERN_GENERATIONS_H
#define POSTERN_GENERATIONS_H

#include "resource.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	GENERATIONS_LISTS = 64,
	GENERATIONS_ROWS = 16 * 1024, /* further rows share their counters */
	GENERATIONS_PLACES = GENERATIONS_LISTS + GENERATIONS_ROWS
};

struct generations;

struct generation_stamp {
	unsigned place;
	uint64_t count, epoch;
};

enum generations_end { GENERATIONS_READ, GENERATIONS_WRITE, GENERATIONS_END__COUNT };

/* Makes the table, all zero, in memory without a name: memfd_create(2), sealed in its size. The
 * descriptors are CLOEXEC and the caller's; without /proc, by which the first is opened, both can
 * write. Returns 0, or -1 with errno. */
int generations_create(int fds[GENERATIONS_END__COUNT]);

/* Maps the table into this process for life, and closes the descriptor. NULL with errno. */
struct generations *generations_map(int fd, enum generations_end end);

/* Whose counter it is. */
unsigned generations_row(const struct resource *r, int64_t key);
unsigned generations_list(const struct resource *r);

/* Workers. False: it is being changed, so no answer can be kept. */
bool generations_stamp(const struct generations *g, unsigned place, struct generation_stamp *stamp);

/* Nothing was changed since the stamp was noted, nor is being changed now. */
bool generations_hold(const struct generations *g, const struct generation_stamp *stamp);

/* dbd, one thread of it. Before a commit that changes what the counter stands for; if it is marked
 * already this does nothing. */
void generations_mark(struct generations *g, unsigned place);

/* After the commit, or when it has failed, and before anybody is told how it went. */
void generations_settle(struct generations *g, unsigned place);

/* No stamp that was noted so far holds any longer: somebody else has written the database, or a dbd
 * begins, whose predecessor may have died between a commit and its counting. */
void generations_invalidate_all(struct generations *g);

#endif

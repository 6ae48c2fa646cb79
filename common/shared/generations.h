/*
 * Generations tell which cached answers are still valid. They are a table of counters in shared
 * memory, which only dbd writes. A counter stands for the READ of a row, or for a list: for all
 * rows that these show, also embedded ones. Rows that share a counter only invalidate each other.
 * If a READ has far rows (is_far in resource.h), to which a row refers, so that many READs may show
 * one of them, all READs of the resource have the counter of its list. dbd makes a counter odd
 * before it commits a change of what the counter stands for, and even again afterwards. A counter
 * never returns to an earlier value.
 *
 * A worker takes a stamp before it asks dbd. While the stamp holds, the answer shows everything
 * that has been committed. docs/architecture.md has the proof.
 */
#ifndef POSTERN_GENERATIONS_H
#define POSTERN_GENERATIONS_H

#include "key.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	GENERATIONS_LISTS = RESOURCES_MAX,
	GENERATIONS_ROWS = 16 * 1024, /* more rows share counters */
	GENERATIONS_PLACES = GENERATIONS_LISTS + GENERATIONS_ROWS
};

struct generations;

struct generation_stamp {
	unsigned place;
	uint64_t count, epoch;
};

enum generations_end { GENERATIONS_READ, GENERATIONS_WRITE, GENERATIONS_END__COUNT };

/* Makes the zeroed table (shared_memory.h). Sets fds to two descriptors, CLOEXEC, which the caller
 * closes. That of GENERATIONS_READ is read-only; without /proc, by which it is opened, it can write
 * as well. Returns 0, or -1 with errno. */
int generations_create(int fds[GENERATIONS_END__COUNT]);

/* Maps the table for the life of this process, and closes the descriptor. Returns NULL with errno
 * on error; the descriptor then stays open. */
struct generations *generations_map(int fd, enum generations_end end);

/* The place of the counter of a row or of a list. */
unsigned generations_row(const struct resource *r, struct key key);
unsigned generations_list(const struct resource *r);

/* Workers: takes a stamp of the counter. Returns false if a change is in progress: the answer must
 * not be cached. */
bool generations_stamp(const struct generations *g, unsigned place, struct generation_stamp *stamp);

/* Workers: true if nothing has changed since the stamp was taken, and no change is in progress. */
bool generations_hold(const struct generations *g, const struct generation_stamp *stamp);

/* dbd, in one thread: marks the counter before a commit that changes what it stands for. Does
 * nothing if it is marked already. */
void generations_mark(struct generations *g, unsigned place);

/* dbd: ends the mark after the commit or its failure, and before the replies are sent. Does nothing
 * if the counter is not marked. */
void generations_settle(struct generations *g, unsigned place);

/* dbd: invalidates the stamps of a counter whose change is over already. Does nothing if the
 * counter is marked: then none holds. */
void generations_advance(struct generations *g, unsigned place);

/* dbd: invalidates all stamps and ends all marks. To be called when another process has written the
 * database, and when dbd starts: its predecessor may have crashed between commit and settling. */
void generations_invalidate_all(struct generations *g);

/* dbd, before it listens: whether other programs may have changed what the counters stand for since
 * dbd moved them last. If so, a worker sends no cached answer until dbd has confirmed that they are
 * up to date (dbd_client_confirm). Not set in a new table. */
void generations_set_must_confirm(struct generations *g, bool must);

/* Workers: the same. */
bool generations_must_confirm(const struct generations *g);

#endif

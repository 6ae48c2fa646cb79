/*
 * What the open transaction changes, for the counters that invalidate the workers' caches
 * (generations.h): noted row by row, marked before the commit, settled after it. Used by the thread
 * that writes.
 */
#ifndef POSTERN_CHANGES_H
#define POSTERN_CHANGES_H

#include "generations.h"

struct changes;

/* An empty set. The table stays the caller's. Aborts when out of memory. */
struct changes *changes_new(struct generations *table);

/* The same for another transaction that may be open at the same time: a counter stays marked until
 * neither of them marks it. */
struct changes *changes_new_beside(struct changes *other);

/* NULL is fine. */
void changes_free(struct changes *changes);

/* Notes a row that was inserted, updated or deleted, its list, and the other lists that show it;
 * not its owners (showing.h). */
void changes_note_row(struct changes *changes, const struct resource *r, struct key key);

/* Notes the lists of a row that was inserted, updated or deleted; not the row. */
void changes_note_lists(struct changes *changes, const struct resource *r);

/* Notes a row whose READ shows something that changes; not its list. */
void changes_note(struct changes *changes, const struct resource *r, struct key key);

/* Notes everything: the transaction changes rows, and it is unknown which answers show them. */
void changes_note_all(struct changes *changes);

/* How many rows of resources whose rows have owners were noted since changes_new. */
unsigned changes_owned(const struct changes *changes);

/* The counters that are noted, borrowed until the set changes, and their number. NULL: all of them.
 */
const unsigned *changes_noted(const struct changes *changes, unsigned *count);

/* Empties the set: the transaction was rolled back. */
void changes_forget(struct changes *changes);

/* Before the commit: makes the counters of all that is noted odd. */
void changes_mark(struct changes *changes);

/* After the commit, whether it succeeded or not: makes them even, and empties the set. */
void changes_settle(struct changes *changes);

/* Invalidates what a counter stands for, which has changed without this set. */
void changes_advance(struct changes *changes, unsigned place);

/* Before a transaction that may change everything. changes_invalidate_all must follow, whatever its
 * outcome. */
void changes_mark_all(struct changes *changes);

/* Invalidates everything: it is unknown what has changed. What sets have marked stays marked. */
void changes_invalidate_all(struct changes *changes);

#endif

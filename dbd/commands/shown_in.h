/* Rows are shown in others: when one changes, so does what a READ of its owners shows, and of
 * theirs (showing.h). Owners are noted (changes.h) before a row changes or is removed, and, if it
 * gets others, after that. */
#ifndef POSTERN_SHOWN_IN_H
#define POSTERN_SHOWN_IN_H

#include "engine.h"

/* Notes the owners of a row, whose references the record has. Returns the fault of a look-up, which
 * is needed for each further level. */
enum fault shown_in_note(struct engine *engine, const struct record *row);

/* The same for a row that is in the database and has this parent. Its references are looked up. */
enum fault shown_in_note_key(
	struct engine *engine, const struct resource *r, struct key key, struct key parent);

/* True if the changes, which have some fields of the row, give it other owners. */
bool shown_in_moves(const struct record *row, const struct record *changes);

/* True if rows of this resource have owners. */
bool shown_in_any(const struct resource *r);

/* True if the rows below one of this resource, by their parents, have other owners than their
 * parents. */
bool shown_in_others_below(const struct resource *r);

#endif

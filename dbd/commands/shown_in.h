/* Rows are shown in others: an embedded row in its parent, and with it in the parent's parent, if
 * that embeds the parent. */
#ifndef POSTERN_SHOWN_IN_H
#define POSTERN_SHOWN_IN_H

#include "engine.h"

/* A row of r with this parent changes: notes the rows above that show it (changes.h). Returns the
 * fault of a look-up, which is needed for each further level that embeds. */
enum fault shown_in_note(struct engine *engine, const struct resource *r, struct key parent);

#endif

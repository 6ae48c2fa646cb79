/* What a command says of the links of its row: for each field of type LINKS that the record has,
 * and that is not null, the keys of all rows with which its row is linked. */
#ifndef POSTERN_LINKING_H
#define POSTERN_LINKING_H

#include "arena.h"
#include "engine.h"
#include "failure.h"

/* Fails with NOT_FOUND, and the field, unless all of these rows are there. */
bool linking_require(struct engine *engine, struct arena *arena, const struct record *record,
	struct failure *failure);

/* Links the row of this key with these rows and no others. */
bool linking_set(struct engine *engine, struct arena *arena, const struct record *record,
	struct key key, struct failure *failure);

#endif

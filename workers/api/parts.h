/*
 * The answer of a read: the rows in x->body are handed over as a whole, or in parts if there are
 * many. Each part is compressed if the client wants gzip. The whole is put into the cache if
 * x->cacheable.
 */
#ifndef POSTERN_PARTS_H
#define POSTERN_PARTS_H

#include "exchange.h"

/* True if x->body is too short to decide whether the answer is compressed: the first frame of a
 * stream may hold no more than one short row, and the next frame must be awaited. */
bool parts_are_undecided(const struct exchange *x);

/* Answers with the rows in x->body: all rows, with x->more MORE_NO, or the rows so far. Sets
 * x->answered after the last part, x->resting before further ones. Returns true. */
bool parts_answer(struct exchange *x);

/* Answers with the next part of the text that is left. Returns true. */
bool parts_answer_next(struct exchange *x);

#endif

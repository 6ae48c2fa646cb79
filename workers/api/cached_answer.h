/* Answers from the cache. */
#ifndef POSTERN_CACHED_ANSWER_H
#define POSTERN_CACHED_ANSWER_H

#include "exchange.h"

/* Answers x->command, a READ or LIST, from the cache. False: dbd must be asked. */
bool cached_answer(struct exchange *x);

/* True if it would answer now. */
bool cached_answer_exists(const struct exchange *x);

#endif

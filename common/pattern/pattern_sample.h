/* Texts that a pattern matches. */
#ifndef POSTERN_PATTERN_SAMPLE_H
#define POSTERN_PATTERN_SAMPLE_H

#include "buf.h"

#include <stdint.h>

/* Appends a short text, in visible ASCII where the pattern allows it; other seeds give other texts.
 * Assertions within the pattern other than the ends are ignored, so check the text with
 * pattern_matches. Returns false if the pattern is invalid. */
bool pattern_sample(struct str source, uint64_t seed, struct buf *out);

#endif

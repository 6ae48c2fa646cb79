/*
 * White space as Rust's str::trim has it: the code points with Unicode's property White_Space.
 * Unlike Python's str.strip, it is without U+001C to U+001F.
 */
#ifndef POSTERN_WHITE_SPACE_H
#define POSTERN_WHITE_SPACE_H

#include "str.h"

/* The part of s between leading and trailing white space, borrowed. */
struct str white_space_trim(struct str s);

#endif

/*
 * Python's repr() of a str, which some messages of the contract use to quote text.
 */
#ifndef POSTERN_REPR_H
#define POSTERN_REPR_H

#include "arena.h"
#include "str.h"
#include "unicode.h"

/* Returns the quoted text as UTF-8 in the arena. The quotes are single, or double if the text has
 * single quotes and no double ones. Backslashes, the quote and code points that are not printable,
 * lone surrogates included, are escaped. */
struct str repr(struct arena *arena, struct points text);

#endif

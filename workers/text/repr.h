/*
 * Python's repr() of a str: some messages of the contract quote text that way.
 */
#ifndef POSTERN_REPR_H
#define POSTERN_REPR_H

#include "arena.h"
#include "str.h"
#include "unicode.h"

/* The text in quotes, as UTF-8 in the arena: single quotes unless it holds those and no double
 * ones; the quote, backslashes and what isn't printable are escaped, lone surrogates among them. */
struct str repr(struct arena *arena, struct points text);

#endif

/*
 * Punycode (RFC 3492), without the prefix "xn--" and without the checks that IDNA adds.
 */
#ifndef POSTERN_PUNYCODE_H
#define POSTERN_PUNYCODE_H

#include "arena.h"
#include "str.h"
#include "unicode.h"

#include <stdbool.h>

/* Encodes text into the arena, with digits in lower case. Takes quadratic time in the worst case:
 * callers bound the length (idna.h: at most 1024 code points). */
struct str punycode_encode(struct arena *arena, struct points text);

/* Decodes ASCII text, with digits in either case, into the arena. Returns false if it is not
 * Punycode or decodes to a code point above U+10FFFF. The result can contain surrogates. */
bool punycode_decode(struct arena *arena, struct str encoded, struct points *text)
	__attribute__((warn_unused_result));

#endif

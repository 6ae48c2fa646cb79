/*
 * Punycode (RFC 3492), without the prefix "xn--" and without the checks that IDNA adds.
 */
#ifndef POSTERN_PUNYCODE_H
#define POSTERN_PUNYCODE_H

#include "arena.h"
#include "str.h"
#include "unicode.h"

#include <stdbool.h>

/* The encoded text, in the arena; lower-case digits. The text should be of moderate length (IDNA:
 * at most 1024 code points): the time is its square in the worst case. */
struct str punycode_encode(struct arena *arena, struct points text);

/* Decodes ASCII, digits of either case, into the arena. False: it is no Punycode, or stands for
 * something beyond U+10FFFF. Surrogates can come out. */
bool punycode_decode(struct arena *arena, struct str encoded, struct points *text)
	__attribute__((warn_unused_result));

#endif

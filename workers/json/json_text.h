/*
 * From the bytes of a body to text. RFC 8259 section 8.1 demands UTF-8; Python's json.loads, whose
 * clients we serve, also takes UTF-16 and UTF-32, and surrogates encoded as if they were
 * characters.
 */
#ifndef POSTERN_JSON_TEXT_H
#define POSTERN_JSON_TEXT_H

#include "arena.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JSON_TEXT_CHAR_MAX = 4 }; /* bytes of the longest UTF-8 sequence */

/* Guesses the encoding as json.detect_encoding does, takes one byte order mark away and decodes the
 * rest to WTF-8 (json.h). False when that can't be done. UTF-8 is not copied: *text points into
 * body then, else into the arena. */
bool json_text_decode(struct arena *arena, struct str body, struct str *text)
	__attribute__((warn_unused_result));

/* How many bytes of s, from its start, are ASCII that stands for itself in a JSON string: no
 * control, quote or backslash. */
size_t json_text_plain(struct str s);

/* Has s bytes, and are all of them such? A tight loop for the usual text; looks at all of s. */
bool json_text_is_plain(struct str s);

/* The character that a surrogate pair stands for. */
uint32_t json_text_join(uint32_t high, uint32_t low);

/* Writes a code point (U+10FFFF at most; surrogates too) and returns how many bytes that took. */
size_t json_text_put(char out[static JSON_TEXT_CHAR_MAX], uint32_t code);

#endif

/*
 * Decodes the bytes of a body to text. RFC 8259 section 8.1 requires UTF-8; like Python's
 * json.loads this also accepts UTF-16, UTF-32 and encoded surrogates.
 */
#ifndef POSTERN_JSON_TEXT_H
#define POSTERN_JSON_TEXT_H

#include "arena.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JSON_TEXT_CHAR_MAX = 4 }; /* bytes in the longest UTF-8 sequence */

/* Detects the encoding as Python's json.detect_encoding does, removes one byte order mark and
 * decodes the rest to WTF-8 (json.h). Returns false if body is malformed. UTF-8 is not copied: then
 * *text borrows from body, otherwise it is in the arena. */
bool json_text_decode(struct arena *arena, struct str body, struct str *text)
	__attribute__((warn_unused_result));

/* The number of bytes at the start of s that need no escape in a JSON string: ASCII without control
 * characters, quote and backslash. */
size_t json_text_plain(struct str s);

/* True if s is not empty and json_text_plain(s) is its length. Faster for plain text, as it always
 * reads all of s. */
bool json_text_is_plain(struct str s);

/* Copies s and returns json_text_is_plain(s). `to` has room for s and does not overlap it. */
bool json_text_copy_plain(char *to, struct str s);

/* The code point of a surrogate pair. */
uint32_t json_text_join(uint32_t high, uint32_t low);

/* Encodes a code point of at most U+10FFFF, surrogates included. Returns the length in bytes. */
size_t json_text_put(char out[static JSON_TEXT_CHAR_MAX], uint32_t code);

#endif

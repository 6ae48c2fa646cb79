/*
 * The character sets of HTTP's grammar as bit sets, and ASCII functions that ignore the locale.
 */
#ifndef POSTERN_ASCII_H
#define POSTERN_ASCII_H

#include "str.h"

#include <stdbool.h>
#include <stdint.h>

enum ascii_set {
	ASCII_DIGIT,
	ASCII_ALPHA,
	ASCII_HEX,
	ASCII_TOKEN, /* tchar, RFC 9110 5.6.2 */
	ASCII_FIELD, /* field-vchar, SP and HTAB, RFC 9110 5.5 */
	ASCII_VCHAR, /* visible US-ASCII, RFC 5234 B.1: the bytes allowed in a request target */
	ASCII_PATH,  /* VCHAR without # % ?: the literal bytes in the path of a target */
	ASCII_HOST,  /* unreserved and sub-delims: reg-name without pct-encoded, RFC 3986 3.2.2 */
	ASCII_URL,   /* copied into Location; all other bytes are percent-encoded */
	ASCII__COUNT,
};

extern const uint32_t ascii_sets[ASCII__COUNT][256 / 32];

/* True if c is in the set. */
static inline bool ascii_is(enum ascii_set set, char c)
{
	unsigned char byte = (unsigned char)c;

	return ascii_sets[set][byte / 32] >> byte % 32 & 1;
}

/* The number of bytes at the start of s that are in the set. */
size_t ascii_span(enum ascii_set set, struct str s);

/* True if every byte of s is in the set, or s is empty. */
bool ascii_all(enum ascii_set set, struct str s);

/* The value, 0 to 15, of a byte in ASCII_HEX. */
unsigned ascii_hex_value(char c);

/* Writes n as 16 hex digits in lower case, with leading zeros and without a NUL. */
void ascii_write_hex(char digits[16], uint64_t n);

/* True if equal, ignoring the case of ASCII letters. want must be in lower case. */
bool ascii_equal_nocase(struct str s, struct str want);

/* The part of s between leading and trailing spaces and tabs (OWS, RFC 9110 5.6.3). */
struct str ascii_trim(struct str s);

#endif

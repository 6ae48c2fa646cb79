/*
 * The character sets of HTTP's grammar, as bit sets, and ASCII without a locale.
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
	ASCII_VCHAR, /* visible US-ASCII, RFC 5234 B.1: all that a request target may hold */
	ASCII_PATH,  /* of these, what stands for itself in the path of a target */
	ASCII_HOST,  /* unreserved and sub-delims: reg-name but for "%" XX, RFC 3986 3.2.2 */
	ASCII_URL,   /* what a Location keeps; all else is percent-encoded */
	ASCII__COUNT,
};

extern const uint32_t ascii_sets[ASCII__COUNT][256 / 32];

static inline bool ascii_is(enum ascii_set set, char c)
{
	unsigned char byte = (unsigned char)c;

	return ascii_sets[set][byte / 32] >> byte % 32 & 1;
}

/* How many bytes from the start of s on are of the set. */
size_t ascii_span(enum ascii_set set, struct str s);

/* Every byte of s is of the set; true of no bytes. */
bool ascii_all(enum ascii_set set, struct str s);

/* 0 to 15, of a byte in ASCII_HEX. */
unsigned ascii_hex_value(char c);

/* The 16 digits of n in lower case, leading zeros included. */
void ascii_write_hex(char digits[16], uint64_t n);

/* Equal but for the case of ASCII letters; want is in lower case already. */
bool ascii_equal_nocase(struct str s, struct str want);

/* Without spaces and tabs at both ends (OWS, RFC 9110 5.6.3). */
struct str ascii_trim(struct str s);

#endif

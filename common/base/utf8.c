#include "utf8.h"

#include "chunk.h"
#include "word.h"

#include <sys/types.h>

#define HIGH_BITS WORD_OF(0x80)

static bool is_long_ascii(struct str s)
{
	chunk seen = chunk_at(s.ptr + s.len - CHUNK_SIZE);

	for (size_t n = 0; n + CHUNK_SIZE < s.len; n += CHUNK_SIZE)
		seen |= chunk_at(s.ptr + n);
	return !chunk_any_negative(seen);
}

static bool is_ascii(struct str s)
{
	if (s.len >= CHUNK_SIZE)
		return is_long_ascii(s);
	uint64_t seen = word_last(s);

	for (size_t n = 0; n + WORD_SIZE < s.len; n += WORD_SIZE)
		seen |= word_at(s.ptr + n);
	return !(seen & HIGH_BITS);
}

/* The number of leading ASCII bytes. */
static size_t ascii_prefix(struct str s)
{
	size_t n = 0;

	while (s.len - n >= WORD_SIZE && !(word_at(s.ptr + n) & HIGH_BITS))
		n += WORD_SIZE;
	while (n < s.len && (unsigned char)s.ptr[n] < 0x80)
		n++;
	return n;
}

/* The length of the multi-byte sequence at the start of s; 0 if it is ill-formed. The first byte is
 * not ASCII. The bounds of the second byte exclude overlong forms, surrogates and code points above
 * U+10FFFF (RFC 3629, 4). */
static size_t sequence_length(struct str s, enum utf8_form form)
{
	const unsigned char *p = (const unsigned char *)s.ptr;

	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	size_t length = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (s.len < length)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	unsigned low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
	unsigned high = p[0] == 0xf4 ? 0x8f : p[0] == 0xed && form == UTF8_STRICT ? 0x9f : 0xbf;
	return p[1] >= low && p[1] <= high ? length : 0;
}

enum { ILL_FORMED = -1 };

/* The number of code points, or ILL_FORMED. */
static ssize_t walk(struct str s, enum utf8_form form)
{
	ssize_t count = 0;

	while (s.len > 0) {
		size_t ascii = ascii_prefix(s);
		count += (ssize_t)ascii;
		s = str_from_index(s, ascii);
		if (s.len == 0)
			break;
		size_t length = sequence_length(s, form);
		if (length == 0)
			return ILL_FORMED;
		count++;
		s = str_from_index(s, length);
	}
	return count;
}

bool utf8_valid(struct str s, enum utf8_form form)
{
	return is_ascii(s) || walk(s, form) != ILL_FORMED;
}

bool utf8_count(struct str s, size_t *count)
{
	ssize_t n = is_ascii(s) ? (ssize_t)s.len : walk(s, UTF8_STRICT);

	if (n == ILL_FORMED)
		return false;
	*count = (size_t)n;
	return true;
}

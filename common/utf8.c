#include "utf8.h"

#include <stdint.h>

/* How many bytes from the start of s on are ASCII. */
static size_t ascii_prefix(struct str s)
{
	const uint64_t high_bits = UINT64_C(0x8080808080808080);
	uint64_t word;
	size_t n = 0;

	for (; s.len - n >= sizeof(word); n += sizeof(word)) {
		memcpy(&word, s.ptr + n, sizeof(word));
		if (word & high_bits)
			break;
	}
	while (n < s.len && (unsigned char)s.ptr[n] < 0x80)
		n++;
	return n;
}

/* The length of the sequence that s (which begins with no ASCII) starts with; 0 if it is
 * ill-formed. The bounds of the second byte exclude overlong forms, surrogates and what is past
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

static bool walk(struct str s, enum utf8_form form, size_t *count)
{
	size_t seen = 0;

	while (s.len > 0) {
		size_t ascii = ascii_prefix(s);
		seen += ascii;
		s = str_from_index(s, ascii);
		if (s.len == 0)
			break;
		size_t length = sequence_length(s, form);
		if (length == 0)
			return false;
		seen++;
		s = str_from_index(s, length);
	}
	*count = seen;
	return true;
}

bool utf8_valid(struct str s, enum utf8_form form)
{
	size_t count;

	return walk(s, form, &count);
}

bool utf8_count(struct str s, size_t *count)
{
	return walk(s, UTF8_STRICT, count);
}

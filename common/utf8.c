#include "utf8.h"

#include <stdint.h>

/* Length of the sequence that begins with this byte, by its upper five bits; 0: none begins so. */
static const uint8_t lengths[32] = {
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* 0xxxxxxx */
	0, 0, 0, 0, 0, 0, 0, 0,                         /* 10xxxxxx */
	2, 2, 2, 2, 3, 3, 4, 0,                         /* 110xxxxx 1110xxxx 11110xxx */
};

/* Smallest code point that needs a sequence of this length. */
static const uint32_t smallest[5] = { 0, 0, 0x80, 0x800, 0x10000 };

static size_t decode(const unsigned char *p, const unsigned char *end)
{
	size_t n = lengths[*p >> 3];

	if (n < 2)
		return n;
	if ((size_t)(end - p) < n)
		return 0;
	uint32_t c = *p & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fu);
	}
	if (c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return n;
}

bool utf8_count(struct str s, size_t *count)
{
	const unsigned char *p = (const unsigned char *)(s.len ? s.ptr : "");
	const unsigned char *end = p + s.len;
	size_t seen = 0;

	while (p < end) {
		if (*p < 0x80) {
			p++;
			seen++;
			continue;
		}
		size_t n = decode(p, end);
		if (n == 0)
			return false;
		p += n;
		seen++;
	}
	*count = seen;
	return true;
}

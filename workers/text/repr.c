#include "repr.h"

enum { LONGEST_ESCAPE = 10 }; /* \U0010ffff */

static size_t put_hex(char *out, char letter, unsigned digits, uint32_t point)
{
	out[0] = '\\';
	out[1] = letter;
	for (unsigned i = 0; i < digits; i++)
		out[2 + i] = "0123456789abcdef"[point >> 4 * (digits - 1 - i) & 0xF];
	return 2 + digits;
}

static size_t put_escape(char *out, uint32_t point)
{
	static const char short_escapes[128] = { ['\t'] = 't', ['\n'] = 'n', ['\r'] = 'r' };

	if (point < 128 && short_escapes[point]) {
		out[0] = '\\';
		out[1] = short_escapes[point];
		return 2;
	}
	if (point < 0x100)
		return put_hex(out, 'x', 2, point);
	return point < 0x10000 ? put_hex(out, 'u', 4, point) : put_hex(out, 'U', 8, point);
}

static size_t put_point(struct arena *arena, char *out, uint32_t point, uint32_t quote)
{
	if (point == quote || point == '\\') {
		out[0] = '\\';
		out[1] = (char)point;
		return 2;
	}
	if (!unicode_is_printable(point))
		return put_escape(out, point);
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	struct str encoded = unicode_encode(arena, (struct points){ &point, 1 });
	memcpy(out, encoded.ptr, encoded.len);
	return encoded.len;
}

struct str repr(struct arena *arena, struct points text)
{
	bool single = points_find(text, 0, '\'') < text.len;
	bool twofold = points_find(text, 0, '"') < text.len;
	uint32_t quote = single && !twofold ? '"' : '\'';
	char *out = arena_alloc(arena, text.len * LONGEST_ESCAPE + 2);
	size_t end = 0;

	out[end++] = (char)quote;
	for (size_t i = 0; i < text.len; i++)
		end += put_point(arena, out + end, text.ptr[i], quote);
	out[end++] = (char)quote;
	return (struct str){ out, end };
}

#include "url_percent.h"

#include "ascii.h"

/* As the crate has them, version 2.5: the path's is without "^". */
static const char *const sets[] = {
	[URL_SET_USERINFO] = " \"<>`#?{}/:;=@[\\]^|",
	[URL_SET_PATH] = " \"<>`#?{}",
	[URL_SET_QUERY] = " \"#<>'", /* of a special scheme */
	[URL_SET_FRAGMENT] = " \"<>`",
};

static bool is_encoded(unsigned char c, enum url_set set)
{
	return c < 0x20 || c >= 0x7f || strchr(sets[set], c);
}

void url_encode(struct buf *out, struct str text, enum url_set set)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (is_encoded(c, set))
			buf_append(out, (char[]){ '%', hex[c >> 4], hex[c & 15] }, 3);
		else
			buf_char(out, (char)c);
	}
}

static bool is_escape(struct str s)
{
	return s.len >= 3 && s.ptr[0] == '%' && ascii_is(ASCII_HEX, s.ptr[1]) &&
	       ascii_is(ASCII_HEX, s.ptr[2]);
}

struct str url_decode(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, text.len);
	size_t n = 0;

	while (text.len > 0) {
		if (is_escape(text)) {
			out[n++] = (char)(ascii_hex_value(text.ptr[1]) << 4 |
					  ascii_hex_value(text.ptr[2]));
			text = str_from_index(text, 3);
		} else {
			out[n++] = text.ptr[0];
			text = str_from_index(text, 1);
		}
	}
	return (struct str){ out, n };
}

#include "line.h"

#include "utf8.h"

enum { DIGITS = 20, FORM = sizeof("\\u000a") };

static const struct style {
	struct str form;         /* precedes the two hexadecimal digits of an escaped byte */
	const char *formed;      /* characters to write in this form, in addition to controls */
	const char *backslashed; /* characters to precede by a backslash */
	bool ascii;              /* also write bytes above ASCII in this form */
} styles[] = {
	[LINE_PLAIN] = { STR_INIT("\\x"), "", "", false },
	[LINE_TARGET] = { STR_INIT("%"), "\"", "", false },
	[LINE_APACHE] = { STR_INIT("\\x"), "", "\"\\", true },
	[LINE_JSON] = { STR_INIT("\\u00"), "", "\"\\", false },
};

void line_int(struct line *line, int64_t n)
{
	char digits[DIGITS], *first = digits + sizeof(digits);
	uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;

	do
		*--first = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (n < 0)
		*--first = '-';
	line_str(line, (struct str){ first, (size_t)(digits + sizeof(digits) - first) });
}

void line_ms(struct line *line, uint64_t ns)
{
	uint64_t us = ns / 1000;
	const char rest[] = { '.', (char)('0' + us / 100 % 10), (char)('0' + us / 10 % 10),
		(char)('0' + us % 10) };

	line_int(line, (int64_t)(us / 1000));
	line_str(line, (struct str){ rest, sizeof(rest) });
}

/* The length of a UTF-8 character by its first byte; 1 for a byte that cannot be the first. */
static size_t width(unsigned char c)
{
	return c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

static bool is_among(char c, const char *few)
{
	return c && strchr(few, c);
}

/* Returns the first character of s escaped, in form, or as it is, in s. */
static struct str form_of(struct str s, const struct style *style, bool ascii, char form[FORM])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char byte = (unsigned char)*s.ptr;
	size_t n = style->form.len;

	if (is_among(*s.ptr, style->backslashed)) {
		form[0] = '\\';
		form[1] = *s.ptr;
		return (struct str){ form, 2 };
	}
	if (byte >= 0x20 && byte != 0x7f && (byte < 0x80 || !ascii) &&
		!is_among(*s.ptr, style->formed))
		return (struct str){ s.ptr, width(byte) < s.len ? width(byte) : s.len };
	memcpy(form, style->form.ptr, n);
	form[n] = digits[byte >> 4];
	form[n + 1] = digits[byte & 15];
	return (struct str){ form, n + 2 };
}

/* The number of leading characters, up to `most`, that no style escapes. */
static size_t plain_span(struct str s, size_t most)
{
	size_t n = 0;

	while (n < s.len && n < most && s.ptr[n] >= ' ' && s.ptr[n] < 0x7f && s.ptr[n] != '"' &&
		s.ptr[n] != '\\')
		n++;
	return n;
}

void line_escape(struct line *line, struct str s, size_t most, enum line_escape how)
{
	const struct style *style = &styles[how];
	size_t end = most < LINE_MOST - line->len ? line->len + most : LINE_MOST;
	size_t plain = plain_span(s, end - line->len);

	line_str(line, (struct str){ s.ptr, plain });
	s = str_from_index(s, plain);
	if (s.len == 0)
		return;
	bool ascii = style->ascii || (how == LINE_JSON && !utf8_valid(s, UTF8_STRICT));
	char form[FORM];

	while (s.len > 0) {
		size_t taken = plain_span(s, end - line->len);
		struct str put = { s.ptr, taken };
		if (taken == 0) {
			put = form_of(s, style, ascii, form);
			taken = put.ptr == form ? 1 : put.len;
		}
		if (put.len > end - line->len)
			return;
		line_str(line, put);
		s = str_from_index(s, taken);
	}
}

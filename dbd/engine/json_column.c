#include "json_column.h"

#include "json_read.h"
#include "json_text.h"
#include "json_write.h"
#include "utf8.h"

#include <stdlib.h>

enum { NUMBER_SIZE = 512 };

/* The length of the run of characters of `set` at the start of s. */
static size_t span(struct str s, const char *set)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] != '\0' && strchr(set, s.ptr[n]))
		n++;
	return n;
}

/* 0 if s does not start with a number. */
static size_t number_length(struct str s)
{
	return span(s, "-0123456789") > 0 ? span(s, "+-.0123456789eE") : 0;
}

static bool is_float(struct str number)
{
	return span(number, "+-0123456789") < number.len;
}

/* Writes a number as Python's repr() does. A float of Python has at most 24 characters. */
static void store_number(struct buf *out, struct str number)
{
	char text[NUMBER_SIZE];

	if (!is_float(number) || number.len >= sizeof(text)) {
		buf_str(out, number);
		return;
	}
	memcpy(text, number.ptr, number.len);
	text[number.len] = '\0';
	json_write_double(out, strtod(text, NULL));
}

static void store_unit(struct buf *out, uint32_t unit)
{
	static const char hex[] = "0123456789abcdef";

	buf_append(out,
		(char[]){ '\\', 'u', hex[unit >> 12 & 15], hex[unit >> 8 & 15], hex[unit >> 4 & 15],
			hex[unit & 15] },
		6);
}

static void store_code(struct buf *out, uint32_t code)
{
	if (code < 0x10000) {
		store_unit(out, code);
		return;
	}
	store_unit(out, 0xd800 + ((code - 0x10000) >> 10));
	store_unit(out, 0xdc00 + ((code - 0x10000) & 0x3ff));
}

/* Writes the character at the start of valid UTF-8, which is DEL or not ASCII, as an escape.
 * Returns its length in bytes. */
static size_t store_escaped(struct buf *out, struct str s)
{
	static const unsigned char lead_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	unsigned char lead = (unsigned char)s.ptr[0];
	size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	uint32_t code = lead & lead_bits[length];

	for (size_t i = 1; i < length; i++)
		code = code << 6 | ((unsigned char)s.ptr[i] & 0x3fU);
	store_code(out, code);
	return length;
}

static bool needs_escape(char c)
{
	return (unsigned char)c >= 0x7f;
}

/* The length of the string at the start of s, with its quotes. */
static size_t string_length(struct str s)
{
	size_t n = 1;

	while (n < s.len && s.ptr[n] != '"')
		n += s.ptr[n] == '\\' ? 2 : 1;
	return n < s.len ? n + 1 : s.len;
}

/* The first token of compact JSON: a string, a number, or one character of anything else. */
static struct str first_token(struct str compact)
{
	size_t number = number_length(compact);

	if (compact.ptr[0] == '"')
		return (struct str){ compact.ptr, string_length(compact) };
	return (struct str){ compact.ptr, number ? number : 1 };
}

static void store_string(struct buf *out, struct str string)
{
	while (string.len > 0) {
		size_t n = 0;
		while (n < string.len && !needs_escape(string.ptr[n]))
			n++;
		buf_append(out, string.ptr, n);
		string = str_from_index(string, n);
		if (string.len > 0)
			string = str_from_index(string, store_escaped(out, string));
	}
}

static void store_token(struct buf *out, struct str token)
{
	char first = token.ptr[0];

	if (first == '"')
		store_string(out, token);
	else if (number_length(token))
		store_number(out, token);
	else
		buf_str(out, token);
	if (first == ',' || first == ':')
		buf_char(out, ' ');
}

void json_column_store(struct buf *out, struct str compact)
{
	while (compact.len > 0) {
		struct str token = first_token(compact);
		store_token(out, token);
		compact = str_from_index(compact, token.len);
	}
}

bool json_column_read(
	struct arena *arena, struct str text, enum json_type *type, struct str *compact)
{
	const struct json *root;
	struct json_error error;
	struct buf out;

	if (!utf8_valid(text, UTF8_STRICT) || json_read(arena, text, &root, &error) != JSON_OK)
		return false;
	*type = root->type;
	buf_init(&out, SIZE_MAX);
	json_write_whole(&out, root);
	*compact = arena_copy(arena, buf_view(&out));
	bool whole = !out.failed;
	buf_done(&out);
	return whole;
}

bool json_column_keeps(struct str compact)
{
	while (compact.len > 0) {
		struct str token = first_token(compact);
		if (number_length(token) && is_float(token))
			return false;
		compact = str_from_index(compact, token.len);
	}
	return true;
}

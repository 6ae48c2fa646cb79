#include "json_text.h"

#include "chunk.h"
#include "utf8.h"
#include "word.h"

struct encoding {
	unsigned unit; /* bytes of a code unit: 1, 2 or 4 */
	bool big_endian;
};

static const struct encoding utf8 = { 1, false };
static const struct encoding utf16_be = { 2, true };
static const struct encoding utf16_le = { 2, false };
static const struct encoding utf32_be = { 4, true };
static const struct encoding utf32_le = { 4, false };

/* UTF-32 comes first, because its little-endian mark starts with the one of UTF-16. */
static const struct {
	struct str mark;
	const struct encoding *encoding;
} byte_order_marks[] = {
	{ STR_INIT("\0\0\xfe\xff"), &utf32_be },
	{ STR_INIT("\xff\xfe\0\0"), &utf32_le },
	{ STR_INIT("\xfe\xff"), &utf16_be },
	{ STR_INIT("\xff\xfe"), &utf16_le },
	{ STR_INIT("\xef\xbb\xbf"), &utf8 },
};

/* JSON starts with an ASCII character, so zero bytes among the first four reveal the encoding. */
static const struct encoding *guess_encoding(struct str body)
{
	const char *b = body.ptr;

	if (body.len >= 4) {
		if (!b[0])
			return b[1] ? &utf16_be : &utf32_be;
		if (!b[1])
			return b[2] || b[3] ? &utf16_le : &utf32_le;
	} else if (body.len == 2) {
		if (!b[0])
			return &utf16_be;
		if (!b[1])
			return &utf16_le;
	}
	return &utf8;
}

/* Also removes a byte order mark. A body that starts with an ASCII character other than NUL has
 * none.
 */
static const struct encoding *detect_encoding(struct str *body)
{
	unsigned char first = body->len > 0 ? (unsigned char)*body->ptr : 0;

	if (first > 0 && first < 0x80)
		return guess_encoding(*body);
	for (size_t i = 0; i < NITEMS(byte_order_marks); i++) {
		if (str_starts(*body, byte_order_marks[i].mark)) {
			*body = str_from_index(*body, byte_order_marks[i].mark.len);
			return byte_order_marks[i].encoding;
		}
	}
	return guess_encoding(*body);
}

static uint32_t load_unit(const char *p, const struct encoding *encoding)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < encoding->unit; i++) {
		unsigned at = encoding->big_endian ? i : encoding->unit - 1 - i;
		value = value << 8 | (unsigned char)p[at];
	}
	return value;
}

/* Joins a high surrogate with the low one after it (RFC 2781, 2.2). Lone surrogates are kept. */
static uint32_t load_char(struct str bytes, const struct encoding *encoding, size_t *length)
{
	uint32_t code = load_unit(bytes.ptr, encoding);

	*length = encoding->unit;
	if (encoding->unit != 2 || (code & 0xfc00) != 0xd800 || bytes.len < 4)
		return code;
	uint32_t low = load_unit(bytes.ptr + 2, encoding);
	if ((low & 0xfc00) != 0xdc00)
		return code;
	*length = 4;
	return json_text_join(code, low);
}

static bool transcode(
	struct arena *arena, struct str bytes, const struct encoding *encoding, struct str *text)
{
	size_t units = bytes.len / encoding->unit;
	size_t length;

	if (bytes.len % encoding->unit != 0)
		return false;
	char *start = arena_alloc(arena, units * JSON_TEXT_CHAR_MAX + 1);
	char *end = start;
	for (; bytes.len > 0; bytes = str_from_index(bytes, length)) {
		uint32_t code = load_char(bytes, encoding, &length);
		if (code > 0x10ffff)
			return false;
		end += json_text_put(end, code);
	}
	*text = (struct str){ start, (size_t)(end - start) };
	return true;
}

bool json_text_decode(struct arena *arena, struct str body, struct str *text)
{
	const struct encoding *encoding = detect_encoding(&body);

	if (encoding != &utf8)
		return transcode(arena, body, encoding, text);
	if (!utf8_valid(body, UTF8_SURROGATES))
		return false;
	*text = body;
	return true;
}

#define HIGH_BITS WORD_OF(0x80)

/* Sets the high bit of a byte if any byte of the word is a control character, quote, backslash or
 * not ASCII; which byte is not exact, as a subtraction that finds one borrows from the next byte.
 * Toggling one bit moves the quote next to the control characters. */
static uint64_t specials(uint64_t word)
{
	uint64_t control_or_quote = (word ^ WORD_OF('"' ^ ' ')) - WORD_OF(' ' + 1);
	uint64_t backslash = (word ^ WORD_OF('\\')) - WORD_OF(1);

	return control_or_quote | backslash | word;
}

/* -1 for each byte that is a control character, quote, backslash or not ASCII. */
static inline chunk special_bytes(chunk c)
{
	return (c < CHUNK_OF(' ')) | (c == CHUNK_OF('"')) | (c == CHUNK_OF('\\'));
}

bool json_text_copy_plain(char *to, struct str s)
{
	if (s.len < CHUNK_SIZE) {
		if (s.len > 0)
			memcpy(to, s.ptr, s.len);
		return json_text_is_plain(s);
	}
	chunk last = chunk_at(s.ptr + s.len - CHUNK_SIZE), found = special_bytes(last);
	for (size_t n = 0; n + CHUNK_SIZE < s.len; n += CHUNK_SIZE) {
		chunk next = chunk_at(s.ptr + n);
		chunk_put(to + n, next);
		found |= special_bytes(next);
	}
	chunk_put(to + s.len - CHUNK_SIZE, last);
	return !chunk_any_negative(found);
}

bool json_text_is_plain(struct str s)
{
	uint64_t found = specials(word_last(s));

	for (size_t n = 0; n + WORD_SIZE < s.len; n += WORD_SIZE)
		found |= specials(word_at(s.ptr + n));
	return !(found & HIGH_BITS);
}

size_t json_text_plain(struct str s)
{
	size_t n = 0;

	while (s.len - n >= WORD_SIZE && !(specials(word_at(s.ptr + n)) & HIGH_BITS))
		n += WORD_SIZE;
	for (; n < s.len; n++) {
		unsigned char c = (unsigned char)s.ptr[n];
		if (c < ' ' || c == '"' || c == '\\' || c >= 0x80)
			break;
	}
	return n;
}

uint32_t json_text_join(uint32_t high, uint32_t low)
{
	return 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff));
}

size_t json_text_put(char out[static JSON_TEXT_CHAR_MAX], uint32_t code)
{
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (size_t i = length - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	out[0] = (char)(lead[length] | code);
	return length;
}

#include "ascii.h"

#include <endian.h>

/* Bit b of word w represents the byte 32 * w + b. Words that are left out are 0. */
const uint32_t ascii_sets[ASCII__COUNT][256 / 32] = {
	/* 0-9 */
	[ASCII_DIGIT] = { 0, 0x03ff0000 },
	/* A-Z a-z */
	[ASCII_ALPHA] = { 0, 0, 0x07fffffe, 0x07fffffe },
	/* 0-9 A-F a-f */
	[ASCII_HEX] = { 0, 0x03ff0000, 0x0000007e, 0x0000007e },
	/* 0-9 A-Z a-z ! # $ % & ' * + - . ^ _ ` | ~ */
	[ASCII_TOKEN] = { 0, 0x03ff6cfa, 0xc7fffffe, 0x57ffffff },
	/* HTAB, SP to ~, 0x80 to 0xff */
	[ASCII_FIELD] = { 0x00000200, 0xffffffff, 0xffffffff, 0x7fffffff, 0xffffffff, 0xffffffff,
		0xffffffff, 0xffffffff },
	/* ! to ~ */
	[ASCII_VCHAR] = { 0, 0xfffffffe, 0xffffffff, 0x7fffffff },
	/* ! to ~ without # % ? */
	[ASCII_PATH] = { 0, 0x7fffffd6, 0xffffffff, 0x7fffffff },
	/* 0-9 A-Z a-z - . _ ~ ! $ & ' ( ) * + , ; = */
	[ASCII_HOST] = { 0, 0x2bff7fd2, 0x87fffffe, 0x47fffffe },
	/* 0-9 A-Z a-z _ . - ~ : / % # ? = @ [ ] ! $ & ' ( ) * + , ; */
	[ASCII_URL] = { 0, 0xaffffffa, 0xafffffff, 0x47fffffe },
};

size_t ascii_span(enum ascii_set set, struct str s)
{
	size_t n = 0;

	while (n < s.len && ascii_is(set, s.ptr[n]))
		n++;
	return n;
}

bool ascii_all(enum ascii_set set, struct str s)
{
	return ascii_span(set, s) == s.len;
}

unsigned ascii_hex_value(char c)
{
	unsigned byte = (unsigned char)c;

	return byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10;
}

/* The eight hex digits of n, one in each byte, the first digit in the most significant one. */
static uint64_t hex_digits(uint32_t n)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t digits = n;

	digits = (digits | digits << 16) & UINT64_C(0x0000ffff0000ffff);
	digits = (digits | digits << 8) & UINT64_C(0x00ff00ff00ff00ff);
	digits = (digits | digits << 4) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	uint64_t letters = (digits + ones * 6) >> 4 & ones; /* 1 for 10 and above */
	return digits + ones * '0' + letters * ('a' - '0' - 10);
}

void ascii_write_hex(char digits[16], uint64_t n)
{
	uint64_t halves[] = { htobe64(hex_digits((uint32_t)(n >> 32))),
		htobe64(hex_digits((uint32_t)n)) };

	memcpy(digits, halves, sizeof(halves));
}

static unsigned lower(char c)
{
	unsigned byte = (unsigned char)c;

	return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

bool ascii_equal_nocase(struct str s, struct str want)
{
	if (s.len != want.len)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (lower(s.ptr[i]) != (unsigned char)want.ptr[i])
			return false;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct str ascii_trim(struct str s)
{
	while (s.len > 0 && is_blank(s.ptr[0]))
		s = str_from_index(s, 1);
	while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

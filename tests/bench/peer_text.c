#include "peer_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 256, DIGITS_MAX = 24 };

static void reserve(struct text *text, size_t more)
{
	size_t size = text->size ? text->size : FIRST_SIZE;

	if (text->length + more <= text->size)
		return;
	while (size < text->length + more)
		size *= 2;
	text->bytes = realloc(text->bytes, size);
	if (!text->bytes) {
		perror("peer");
		exit(1);
	}
	text->size = size;
}

void text_add(struct text *text, const void *bytes, size_t length)
{
	if (length == 0)
		return;
	reserve(text, length);
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
}

void text_add_integer(struct text *text, int64_t value)
{
	char digits[DIGITS_MAX], *first = digits + sizeof(digits);
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do {
		*--first = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (value < 0)
		*--first = '-';
	text_add(text, first, (size_t)(digits + sizeof(digits) - first));
}

static bool is_plain(char c)
{
	return (unsigned char)c >= ' ' && c != '"' && c != '\\';
}

static void add_escaped(struct text *text, char c)
{
	static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	char escape[8];

	for (const char *pair = shorts; *pair; pair += 2) {
		if (*pair != c)
			continue;
		text_add(text, (char[]){ '\\', pair[1] }, 2);
		return;
	}
	snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)(unsigned char)c);
	text_add(text, escape, 6);
}

void text_add_json(struct text *text, const char *bytes, size_t length)
{
	size_t begin = 0;

	TEXT_ADD(text, "\"");
	for (size_t i = 0; i < length; i++) {
		if (is_plain(bytes[i]))
			continue;
		text_add(text, bytes + begin, i - begin);
		add_escaped(text, bytes[i]);
		begin = i + 1;
	}
	text_add(text, bytes + begin, length - begin);
	TEXT_ADD(text, "\"");
}

void text_free(struct text *text)
{
	free(text->bytes);
	*text = (struct text){ 0 };
}

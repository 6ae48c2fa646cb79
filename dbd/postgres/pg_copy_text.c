#include "pg_copy_text.h"

/* The letter that stands for a character after a backslash; '\0': the character needs none. */
static char escape_of(char c)
{
	switch (c) {
	case '\\':
		return '\\';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return '\0';
	}
}

static char meaning_of(char letter)
{
	switch (letter) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'v':
		return '\v';
	default:
		return letter;
	}
}

void pg_copy_put(struct buf *out, const char *text)
{
	if (!text) {
		buf_str(out, STR("\\N"));
		return;
	}
	for (;;) {
		size_t plain = strcspn(text, "\\\n\r\t");
		buf_append(out, text, plain);
		text += plain;
		if (!*text)
			return;
		buf_char(out, '\\');
		buf_char(out, escape_of(*text++));
	}
}

void pg_copy_put_next(struct buf *out)
{
	buf_char(out, '\t');
}

void pg_copy_put_end(struct buf *out)
{
	buf_char(out, '\n');
}

/* Decodes in place. */
static struct str decode(char *text, size_t length)
{
	char *to = memchr(text, '\\', length);
	const char *from = to, *end = text + length;

	if (!to)
		return (struct str){ text, length };
	if (length == 2 && text[1] == 'N')
		return (struct str){ NULL, 0 };
	while (from < end) {
		if (*from == '\\' && from + 1 < end) {
			*to++ = meaning_of(from[1]);
			from += 2;
		} else {
			*to++ = *from++;
		}
	}
	return (struct str){ text, (size_t)(to - text) };
}

bool pg_copy_split(char *row, size_t length, struct str values[], unsigned count)
{
	char *end = row + length;

	if (length > 0 && end[-1] == '\n')
		end--;
	for (unsigned i = 0; i < count; i++) {
		char *tab = memchr(row, '\t', (size_t)(end - row));
		if (!tab != (i == count - 1))
			return false;
		values[i] = decode(row, (size_t)((tab ? tab : end) - row));
		row = tab ? tab + 1 : end;
	}
	return true;
}

#include "uuid_column.h"

void uuid_column_store(const char value[UUID_LENGTH], char text[UUID_DIGITS])
{
	for (size_t i = 0; i < UUID_LENGTH; i++)
		if (!uuid_has_hyphen_at(i))
			*text++ = value[i];
}

/* The lower-case digit; 0 if the character is not hexadecimal. */
static char hex_digit(char c)
{
	if (c >= 'A' && c <= 'F')
		return (char)(c + ('a' - 'A'));
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ? c : '\0';
}

/* Python removes these words wherever they are. */
static struct str without_words(struct str text)
{
	static const struct str words[] = { STR_INIT("urn:"), STR_INIT("uuid:") };

	for (size_t i = 0; i < NITEMS(words); i++)
		if (str_starts(text, words[i]))
			text = str_from_index(text, words[i].len);
	return text;
}

static struct str without_braces(struct str text)
{
	while (text.len > 0 && (text.ptr[0] == '{' || text.ptr[0] == '}'))
		text = str_from_index(text, 1);
	while (text.len > 0 && (text.ptr[text.len - 1] == '{' || text.ptr[text.len - 1] == '}'))
		text.len--;
	return text;
}

bool uuid_column_read(struct str text, char value[UUID_LENGTH])
{
	size_t n = 0;

	text = without_braces(without_words(text));
	for (size_t i = 0; i < text.len; i++) {
		char digit = hex_digit(text.ptr[i]);
		if (text.ptr[i] == '-')
			continue;
		if (!digit || n == UUID_LENGTH)
			return false;
		if (uuid_has_hyphen_at(n))
			value[n++] = '-';
		value[n++] = digit;
	}
	return n == UUID_LENGTH;
}

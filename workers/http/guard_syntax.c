#include "guard_parts.h"

#include "ascii.h"

enum byte_class {
	CLASS_CONTROL, /* not allowed anywhere */
	CLASS_HEX,
	CLASS_TOKEN, /* all other token characters */
	CLASS_COLON,
	CLASS_SEMICOLON,
	CLASS_SPACE,
	CLASS_TEXT, /* all other characters of a field value */
	CLASS_CR,
	CLASS_LF,
	CLASS__COUNT,
};

/* RFC 9112 sections 7.1 and 5. Missing entries are SYNTAX_NONE: the byte is refused. The syntax of
 * a chunk extension is not checked (7.1.1), except that only CRLF ends the line. The grammar also
 * allows a tab as BWS, but http-parser accepts only spaces. */
static const uint8_t next_state[SYNTAX__COUNT][CLASS__COUNT] = {
	[CHUNK_SIZE_FIRST] = { [CLASS_HEX] = CHUNK_SIZE },
	[CHUNK_SIZE] = { [CLASS_HEX] = CHUNK_SIZE,
		[CLASS_SPACE] = CHUNK_BLANK,
		[CLASS_SEMICOLON] = CHUNK_EXTENSION,
		[CLASS_CR] = CHUNK_SIZE_LF },
	[CHUNK_BLANK] = { [CLASS_SPACE] = CHUNK_BLANK, [CLASS_SEMICOLON] = CHUNK_EXTENSION },
	[CHUNK_EXTENSION] = { [CLASS_HEX] = CHUNK_EXTENSION,
		[CLASS_TOKEN] = CHUNK_EXTENSION,
		[CLASS_COLON] = CHUNK_EXTENSION,
		[CLASS_SEMICOLON] = CHUNK_EXTENSION,
		[CLASS_SPACE] = CHUNK_EXTENSION,
		[CLASS_TEXT] = CHUNK_EXTENSION,
		[CLASS_CR] = CHUNK_SIZE_LF },
	[CHUNK_SIZE_LF] = { [CLASS_LF] = CHUNK_DATA },
	[CHUNK_DATA_CR] = { [CLASS_CR] = CHUNK_DATA_LF },
	[CHUNK_DATA_LF] = { [CLASS_LF] = CHUNK_SIZE_FIRST },
	[FIELD_FIRST] = { [CLASS_HEX] = FIELD_NAME,
		[CLASS_TOKEN] = FIELD_NAME,
		[CLASS_CR] = FIELDS_END_LF },
	[FIELD_NAME] = { [CLASS_HEX] = FIELD_NAME,
		[CLASS_TOKEN] = FIELD_NAME,
		[CLASS_COLON] = FIELD_VALUE },
	[FIELD_VALUE] = { [CLASS_HEX] = FIELD_VALUE,
		[CLASS_TOKEN] = FIELD_VALUE,
		[CLASS_COLON] = FIELD_VALUE,
		[CLASS_SEMICOLON] = FIELD_VALUE,
		[CLASS_SPACE] = FIELD_VALUE,
		[CLASS_TEXT] = FIELD_VALUE,
		[CLASS_CR] = FIELD_LF },
	[FIELD_LF] = { [CLASS_LF] = FIELD_FIRST },
	[FIELDS_END_LF] = { [CLASS_LF] = CHUNKS_DONE },
};

static enum byte_class class_of(char c)
{
	switch (c) {
	case '\r':
		return CLASS_CR;
	case '\n':
		return CLASS_LF;
	case ' ':
		return CLASS_SPACE;
	case ':':
		return CLASS_COLON;
	case ';':
		return CLASS_SEMICOLON;
	default:
		break;
	}
	if (ascii_is(ASCII_HEX, c))
		return CLASS_HEX;
	if (ascii_is(ASCII_TOKEN, c))
		return CLASS_TOKEN;
	return ascii_is(ASCII_FIELD, c) ? CLASS_TEXT : CLASS_CONTROL;
}

enum syntax guard_syntax_next(enum syntax state, char c)
{
	return next_state[state][class_of(c)];
}

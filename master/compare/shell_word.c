#include "shell_word.h"

#include <ctype.h>

static bool needs_escapes(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (iscntrl((unsigned char)text.ptr[i]) || text.ptr[i] == '\'')
			return true;
	return false;
}

static void write_escaped(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if (c == '\'' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (iscntrl((unsigned char)c) || (unsigned char)c >= 0x80)
			buf_printf(out, "\\x%02x", (unsigned char)c);
		else
			buf_char(out, c);
	}
}

void shell_word_write(struct buf *out, struct str text)
{
	bool escapes = needs_escapes(text);

	buf_str(out, escapes ? STR("$'") : STR("'"));
	if (escapes)
		write_escaped(out, text);
	else
		buf_str(out, text);
	buf_char(out, '\'');
}

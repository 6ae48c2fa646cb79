#include "pg_value_array.h"

/* All elements are quoted, so that none is taken for a null. */
static void put_quoted(struct buf *out, const char *text)
{
	buf_char(out, '"');
	for (size_t plain; *text; text += plain) {
		plain = strcspn(text, "\"\\");
		buf_append(out, text, plain);
		if (text[plain] == '\0')
			continue;
		buf_char(out, '\\');
		buf_char(out, text[plain++]);
	}
	buf_char(out, '"');
}

void pg_array_add(struct buf *out, size_t begin, const char *text)
{
	buf_char(out, buf_len(out) == begin ? '{' : ',');
	if (text)
		put_quoted(out, text);
	else
		buf_str(out, STR("NULL"));
}

void pg_array_end(struct buf *out, size_t begin)
{
	buf_str(out, buf_len(out) == begin ? STR("{}") : STR("}"));
	buf_char(out, '\0');
}

/*
 * Builds one line of the log. A line never exceeds PIPE_BUF, which pipe(7) writes in one piece.
 * Escaping prevents text from ending the quotes around it or the line (CWE-117).
 */
#ifndef POSTERN_LINE_H
#define POSTERN_LINE_H

#include "str.h"

#include <stdint.h>

enum { LINE_MOST = 4096 }; /* PIPE_BUF */

struct line {
	size_t len;
	char text[LINE_MOST]; /* without a NUL */
};

/* How bytes are escaped. */
enum line_escape {
	LINE_PLAIN,  /* controls as \x0a */
	LINE_TARGET, /* a request target in double quotes: quotes and controls as %22 */
	/* In double quotes, as Apache: \" and \\; controls and bytes above ASCII as \x0a. */
	LINE_APACHE,
	/* A string of RFC 8259: \" and \\; controls as \u000a, and so bytes above ASCII if the text
	 * is not valid UTF-8. */
	LINE_JSON
};

/* Appends s, cut at LINE_MOST. */
static inline void line_str(struct line *line, struct str s)
{
	size_t room = LINE_MOST - line->len;
	size_t n = s.len < room ? s.len : room;

	if (n > 0)
		memcpy(line->text + line->len, s.ptr, n);
	line->len += n;
}

/* Appends a decimal number. */
void line_int(struct line *line, int64_t n);

/* Appends nanoseconds as milliseconds with three decimals. */
void line_ms(struct line *line, uint64_t ns);

/* Appends s escaped, at most `most` bytes; cuts between characters. */
void line_escape(struct line *line, struct str s, size_t most, enum line_escape how);

#endif

/*
 * One line of the log, as it is put together: it never grows beyond what pipe(7) writes in one
 * piece, and nothing that is put into it in quotes can end them, or the line (CWE-117).
 */
#ifndef POSTERN_LINE_H
#define POSTERN_LINE_H

#include "str.h"

#include <stdint.h>

enum { LINE_MOST = 4096 }; /* PIPE_BUF */

struct line {
	size_t len;
	char text[LINE_MOST]; /* no NUL behind it */
};

/* What becomes of bytes that may not stand there as they are. */
enum line_escape {
	LINE_PLAIN,  /* controls: \x0a */
	LINE_TARGET, /* of a request, in double quotes: %22 and the like */
	LINE_APACHE, /* in double quotes, as Apache does: \" and \\; controls and beyond ASCII: \x0a
		      */
	LINE_JSON /* a string of RFC 8259: \" and \\; controls: \u000a; so, too, bytes beyond ASCII
		     if the text is not UTF-8 */
};

/* Appends; what is beyond LINE_MOST is cut. */
static inline void line_str(struct line *line, struct str s)
{
	size_t room = LINE_MOST - line->len;
	size_t n = s.len < room ? s.len : room;

	if (n > 0)
		memcpy(line->text + line->len, s.ptr, n);
	line->len += n;
}

void line_int(struct line *line, int64_t n);

/* Nanoseconds as milliseconds with three digits behind the point. */
void line_ms(struct line *line, uint64_t ns);

/* … escaped, at most so many bytes; it is cut between characters. */
void line_escape(struct line *line, struct str s, size_t most, enum line_escape how);

#endif

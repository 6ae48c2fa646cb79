/*
 * Reads a text from left to right. Each function returns false, and may have read a part, if
 * something else comes first.
 */
#ifndef POSTERN_SCAN_H
#define POSTERN_SCAN_H

#include "str.h"

/* The unread rest of a text, which it borrows. */
struct scan {
	const char *next, *end;
};

static inline struct scan scan_of(struct str text)
{
	return (struct scan){ text.ptr, text.ptr + text.len };
}

static inline bool scan_at_end(const struct scan *s)
{
	return s->next == s->end;
}

static inline bool scan_char(struct scan *s, char wanted)
{
	if (scan_at_end(s) || *s->next != wanted)
		return false;
	s->next++;
	return true;
}

static inline bool scan_digit(struct scan *s, int *digit)
{
	if (scan_at_end(s) || *s->next < '0' || *s->next > '9')
		return false;
	*digit = *s->next++ - '0';
	return true;
}

/* Reads exactly this many digits, at most nine, as a number. */
static inline bool scan_number(struct scan *s, int digits, int *number)
{
	int digit;

	for (*number = 0; digits > 0; digits--) {
		if (!scan_digit(s, &digit))
			return false;
		*number = *number * 10 + digit;
	}
	return true;
}

#endif

/*
 * A borrowed slice of bytes. It need not end in NUL and may hold NUL; it owns nothing, and lives as
 * long as whatever it points into (an arena, a frame, a literal).
 */
#ifndef POSTERN_STR_H
#define POSTERN_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
	const char *ptr;
	size_t len;
};

/* Of a string literal; its length is known at compile time. */
#define STR(literal) ((struct str)STR_INIT(literal))

/* The same as an initialiser, for static tables. */
#define STR_INIT(literal)                                                                          \
	{                                                                                          \
		"" literal, sizeof(literal) - 1                                                    \
	}

/* The two arguments of "%.*s"; the length is below INT_MAX. */
#define STR_ARGS(s) (int)(s).len, (s).ptr

#define NITEMS(array) (sizeof(array) / sizeof((array)[0]))

static inline struct str str_from(const char *cstring)
{
	return (struct str){ cstring, strlen(cstring) };
}

static inline bool str_equal(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_equal((struct str){ s.ptr, prefix.len }, prefix);
}

/* What follows the first n bytes; n is at most s.len. */
static inline struct str str_from_index(struct str s, size_t n)
{
	return (struct str){ s.ptr + n, s.len - n };
}

#endif

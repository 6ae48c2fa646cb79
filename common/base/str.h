/*
 * A borrowed slice of bytes. It may contain NUL and need not end in NUL. It owns nothing and is
 * valid as long as the memory it points into (an arena, a frame, a literal).
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

/* The slice of a string literal, with its length known at compile time. */
#define STR(literal) ((struct str)STR_INIT(literal))

/* The same as an initialiser, for static tables. */
#define STR_INIT(literal)                                                                          \
	{                                                                                          \
		"" literal, sizeof(literal) - 1                                                    \
	}

/* The two arguments of "%.*s"; the length must be below INT_MAX. */
#define STR_ARGS(s) (int)(s).len, (s).ptr

#define NITEMS(array) (sizeof(array) / sizeof((array)[0]))

/* The slice of a C string, without its NUL. */
static inline struct str str_from(const char *cstring)
{
	return (struct str){ cstring, strlen(cstring) };
}

static inline bool str_equal(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* True if s starts with the prefix. */
static inline bool str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_equal((struct str){ s.ptr, prefix.len }, prefix);
}

/* s without its first n bytes; n is at most s.len. */
static inline struct str str_from_index(struct str s, size_t n)
{
	return (struct str){ s.ptr + n, s.len - n };
}

#endif

#include "content_type.h"

#include <strings.h>

/* True for the Latin-1 characters that Python's str.strip removes. */
static bool is_space(unsigned char c)
{
	return (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= ' ') || c == 0x85 || c == 0xa0;
}

static struct str trim(struct str s)
{
	while (s.len > 0 && is_space((unsigned char)s.ptr[0]))
		s = str_from_index(s, 1);
	while (s.len > 0 && is_space((unsigned char)s.ptr[s.len - 1]))
		s.len--;
	return s;
}

static struct str before(struct str s, char c)
{
	const char *at = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;

	return at ? (struct str){ s.ptr, (size_t)(at - s.ptr) } : s;
}

static bool equal_ignoring_case(struct str a, struct str b)
{
	return a.len == b.len && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

static bool ends_ignoring_case(struct str s, struct str suffix)
{
	return s.len >= suffix.len &&
	       equal_ignoring_case(str_from_index(s, s.len - suffix.len), suffix);
}

bool content_type_is_json(struct str header_value)
{
	struct str media_type = trim(before(header_value, ';'));
	struct str type = before(media_type, '/');

	if (type.len == media_type.len || !equal_ignoring_case(type, STR("application")))
		return false;
	struct str subtype = str_from_index(media_type, type.len + 1);
	if (before(subtype, '/').len < subtype.len)
		return false;
	return equal_ignoring_case(subtype, STR("json")) ||
	       ends_ignoring_case(subtype, STR("+json"));
}

#include "origins.h"

/* Returns the next item without the spaces around it. Moves *list after its comma, or sets it to
 * NULL at the end. */
static struct str take(const char **list)
{
	size_t blanks = strspn(*list, " ");
	const char *start = *list + blanks;
	size_t whole = strcspn(start, ","), len = whole;

	while (len > 0 && start[len - 1] == ' ')
		len--;
	*list = start[whole] == ',' ? start + whole + 1 : NULL;
	return (struct str){ start, len };
}

static bool is_of(struct str s, const char *characters)
{
	for (size_t i = 0; i < s.len; i++)
		if (!strchr(characters, s.ptr[i]))
			return false;
	return s.len > 0;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"

/* Checks only the characters of host and port, which include those of an IPv6 address in brackets.
 */
static bool is_origin(struct str s)
{
	const char *end = memmem(s.ptr, s.len, "://", 3);
	struct str scheme = { s.ptr, end ? (size_t)(end - s.ptr) : 0 };

	return is_of(scheme, LETTERS DIGITS "+-.") && strchr(LETTERS, *scheme.ptr) &&
	       is_of(str_from_index(s, scheme.len + 3), LETTERS DIGITS "-._:[]");
}

bool origins_valid(const char *list, struct buf *error)
{
	if (*list == '\0' || origins_any(list))
		return true;
	while (list) {
		struct str origin = take(&list);
		if (is_origin(origin))
			continue;
		buf_printf(error, "\"%.*s\" is not an origin; write https://app.example or *",
			origin.len > 100 ? 100 : STR_ARGS(origin));
		return false;
	}
	return true;
}

bool origins_any(const char *list)
{
	return strcmp(list, "*") == 0;
}

bool origins_have(const char *list, struct str origin)
{
	bool have = origins_any(list);

	while (list && !have)
		have = str_equal(take(&list), origin);
	return have && origin.len > 0;
}

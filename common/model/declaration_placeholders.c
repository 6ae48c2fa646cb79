/* Placeholders in texts: "{id}". */
#include "declaration_reading.h"

static bool is_word(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i], lower = (char)(c | 0x20);
		if ((lower < 'a' || lower > 'z') && (c < '0' || c > '9') && c != '_')
			return false;
	}
	return text.len > 0;
}

/* True if the text begins with a placeholder. */
static bool is_placeholder(struct str text, struct str *ret)
{
	size_t most = DECLARATION_NAME_MOST + 2;

	if (text.ptr[0] != '{')
		return false;
	const char *end = memchr(text.ptr, '}', text.len < most ? text.len : most);
	if (!end)
		return false;
	*ret = (struct str){ text.ptr, (size_t)(end - text.ptr) + 1 };
	return is_word((struct str){ ret->ptr + 1, ret->len - 2 });
}

static bool is_allowed(struct str found, struct str allowed)
{
	return memmem(allowed.ptr, allowed.len, found.ptr, found.len) != NULL;
}

bool declaration_check_placeholders(
	struct reading *r, const struct spot *spot, struct str text, struct str allowed)
{
	struct str found;

	for (; text.len > 0; text = str_from_index(text, 1))
		if (is_placeholder(text, &found) && !is_allowed(found, allowed))
			return reading_refuse(r, spot,
				"there is no placeholder %.*s here; allowed are %s",
				STR_ARGS(found), allowed.ptr);
	return true;
}

#include "email_parts.h"

#include <stdlib.h>

bool email_is_atext(uint32_t point)
{
	if ((point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z') ||
		(point >= '0' && point <= '9'))
		return true;
	return point > 0 && point < 0x80 && strchr("!#$%&'*+-/=?^_`{|}~", (int)point);
}

struct str email_join(struct arena *arena, const struct str *parts, size_t n, struct str separator)
{
	size_t size = 0, end = 0;

	for (size_t i = 0; i < n; i++)
		size += parts[i].len + separator.len;
	char *text = arena_alloc(arena, size);
	for (size_t i = 0; i < n; i++) {
		if (i > 0) {
			memcpy(text + end, separator.ptr, separator.len);
			end += separator.len;
		}
		memcpy(text + end, parts[i].ptr, parts[i].len);
		end += parts[i].len;
	}
	return (struct str){ text, end };
}

static struct str display(struct arena *arena, uint32_t point)
{
	uint8_t category = unicode_facts(point)->category;

	if (point == '\'')
		return STR("\"'\"");
	if (point == '\\')
		return STR("\"\\\"");
	if (category == CATEGORY_LN || category == CATEGORY_PS) {
		const uint32_t quoted[] = { '\'', point, '\'' };
		return unicode_encode(arena, (struct points){ quoted, NITEMS(quoted) });
	}
	const char *name = unicode_name(point);
	if (name)
		return str_from(name);
	return arena_printf(arena, point < 0xFFFF ? "U+%04X" : "U+%08X", point);
}

static struct str *display_each(struct arena *arena, struct points text)
{
	struct str *shown = arena_alloc(arena, text.len * sizeof(*shown));

	for (size_t i = 0; i < text.len; i++)
		shown[i] = display(arena, text.ptr[i]);
	return shown;
}

struct str email_display(struct arena *arena, struct points text)
{
	return email_join(arena, display_each(arena, text), text.len, STR(", "));
}

static int compare_points(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The order of Python's str: UTF-8 sorts by code point. */
static int compare_strings(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	size_t shorter = x->len < y->len ? x->len : y->len;
	int order = memcmp(x->ptr, y->ptr, shorter);

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* Sorts in place and removes duplicates. */
static struct points unique(uint32_t *points, size_t n)
{
	size_t end = 0;

	qsort(points, n, sizeof(*points), compare_points);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || points[i] != points[i - 1])
			points[end++] = points[i];
	return (struct points){ points, end };
}

bool email_check_characters(struct email_check *check, struct points text,
	bool (*is_bad)(uint32_t point), const char *what)
{
	uint32_t *bad = NULL;
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (!is_bad(text.ptr[i]))
			continue;
		if (!bad)
			bad = arena_alloc(check->arena, (text.len - i) * sizeof(*bad));
		bad[n++] = text.ptr[i];
	}
	if (!bad)
		return true;
	struct points set = unique(bad, n);
	struct str *shown = display_each(check->arena, set);
	qsort(shown, set.len, sizeof(*shown), compare_strings);
	struct str list = email_join(check->arena, shown, set.len, STR(", "));
	return email_fail(check, arena_printf(check->arena, "%s: %.*s.", what, STR_ARGS(list)));
}

static bool is_unsafe(uint32_t point, bool first, bool spaces_allowed)
{
	switch (unicode_facts(point)->category) {
	case CATEGORY_LN:
	case CATEGORY_PS:
		return false;
	case CATEGORY_M: /* would combine with the character displayed before it */
		return first;
	case CATEGORY_ZS:
		return !spaces_allowed;
	default:
		return true;
	}
}

bool email_check_unsafe(struct email_check *check, struct points text, bool spaces_allowed)
{
	uint32_t *bad = NULL;
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (!is_unsafe(text.ptr[i], i == 0, spaces_allowed))
			continue;
		if (!bad)
			bad = arena_alloc(check->arena, (text.len - i) * sizeof(*bad));
		bad[n++] = text.ptr[i];
	}
	if (!bad)
		return true;
	struct str list = email_display(check->arena, unique(bad, n));
	return email_fail(check,
		arena_printf(check->arena, "The email address contains unsafe characters: %.*s.",
			STR_ARGS(list)));
}

static bool matches_at(struct points text, size_t at, const char *pattern, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text.ptr[at + i] != (unsigned char)pattern[i])
			return false;
	return true;
}

static bool has_shape(struct points text, const struct email_shape *shape)
{
	size_t len = strlen(shape->pattern);

	if (text.len < len)
		return false;
	size_t first = shape->where == SHAPE_AT_END ? text.len - len : 0;
	size_t last = shape->where == SHAPE_AT_START ? 0 : text.len - len;
	for (size_t at = first; at <= last; at++)
		if (matches_at(text, at, shape->pattern, len))
			return true;
	return false;
}

bool email_check_shapes(
	struct email_check *check, struct points text, const struct email_shape *shapes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (has_shape(text, &shapes[i]))
			return email_fail(check, str_from(shapes[i].reason));
	return true;
}

#include "titles.h"

#include "ascii.h"

static char cased(char c, bool upper)
{
	bool letter = ascii_is(ASCII_ALPHA, c);

	return letter ? (char)(upper ? c & ~0x20 : c | 0x20) : c;
}

struct str title_of(struct arena *arena, struct str name)
{
	char *title = arena_alloc(arena, name.len + 1);

	for (size_t i = 0; i < name.len; i++) {
		bool upper = i == 0 || !ascii_is(ASCII_ALPHA, name.ptr[i - 1]);
		title[i] = name.ptr[i] == '_' ? ' ' : cased(name.ptr[i], upper);
	}
	title[name.len] = '\0';
	return (struct str){ title, name.len };
}

struct str title_of_field(struct arena *arena, const char *name)
{
	struct str rest = str_from(name);

	while (rest.len > 0 && rest.ptr[0] == '_')
		rest = str_from_index(rest, 1);
	while (rest.len > 0 && rest.ptr[rest.len - 1] == '_')
		rest.len--;
	return title_of(arena, rest);
}

struct str title_joined(struct arena *arena, const char *name)
{
	struct str words = str_from(name);
	char *joined = arena_alloc(arena, words.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < words.len; i++) {
		bool first = i == 0 || words.ptr[i - 1] == '_';
		if (words.ptr[i] != '_')
			joined[n++] = first ? cased(words.ptr[i], true) : words.ptr[i];
	}
	joined[n] = '\0';
	return (struct str){ joined, n };
}

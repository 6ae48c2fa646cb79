/* What the modules that read `list` share. */
#include "declaration_list.h"

static struct str list_fields(struct reading *r, const struct resource *resource)
{
	struct str list = STR("");

	for (unsigned i = 0; i < resource_columns(resource); i++)
		list = arena_printf(r->arena, "%.*s%s%s", STR_ARGS(list), i ? ", " : "",
			resource->fields[i].name);
	return list;
}

bool listing_find_field(struct reading *r, const struct listing *l, const struct spot *spot,
	struct str name, unsigned *field)
{
	for (*field = 0; *field < resource_columns(l->resource); ++*field)
		if (str_equal(name, str_from(l->resource->fields[*field].name)))
			return true;
	return reading_refuse_word(r, spot, list_fields(r, l->resource));
}

static struct str list_words_of(struct reading *r, const struct list_word *words, size_t count)
{
	struct str list = STR("");

	for (size_t i = 0; i < count; i++)
		list = arena_printf(
			r->arena, "%.*s%s%s", STR_ARGS(list), i ? ", " : "", words[i].name);
	return list;
}

bool listing_read_word(struct reading *r, const struct spot *spot, struct listing *l,
	const struct list_word *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_equal(spot->name, str_from(words[i].name)))
			return words[i].read(r, spot, l);
	return reading_refuse_key(r, spot, list_words_of(r, words, count));
}

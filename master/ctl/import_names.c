#include "import_names.h"

#include "declaration.h"

#include <ctype.h>

bool name_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len && str_equal(str_from_index(s, s.len - suffix.len), suffix);
}

static bool is_upper(char c)
{
	return isupper((unsigned char)c) != 0;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Nouns. The first row whose end fits decides. */
static const struct {
	struct str plural, singular;
} endings[] = {
	{ STR_INIT("people"), STR_INIT("person") },
	{ STR_INIT("children"), STR_INIT("child") },
	{ STR_INIT("movies"), STR_INIT("movie") },
	{ STR_INIT("cookies"), STR_INIT("cookie") },
	{ STR_INIT("shoes"), STR_INIT("shoe") },
	{ STR_INIT("ies"), STR_INIT("y") },
	{ STR_INIT("sses"), STR_INIT("ss") },
	{ STR_INIT("shes"), STR_INIT("sh") },
	{ STR_INIT("ches"), STR_INIT("ch") },
	{ STR_INIT("xes"), STR_INIT("x") },
	{ STR_INIT("oes"), STR_INIT("o") },
	{ STR_INIT("uses"), STR_INIT("us") },
	{ STR_INIT("ss"), STR_INIT("ss") },
	{ STR_INIT("us"), STR_INIT("us") },
	{ STR_INIT("is"), STR_INIT("is") },
	{ STR_INIT("s"), STR_INIT("") },
};

struct str name_singular(struct arena *arena, struct str plural)
{
	for (size_t i = 0; i < NITEMS(endings); i++) {
		struct str end = endings[i].plural;
		if (!name_ends(plural, end) ||
			plural.len == endings[i].plural.len - endings[i].singular.len)
			continue;
		return arena_printf(arena, "%.*s%s", (int)(plural.len - end.len), plural.ptr,
			endings[i].singular.ptr);
	}
	return arena_copy(arena, plural);
}

/* Python's names. */

struct str name_identifier(struct arena *arena, struct str text)
{
	struct str name = arena_copy(arena, text);
	char *p = arena_alloc(arena, text.len + 1);

	for (size_t i = 0; i <= text.len; i++)
		p[i] = i < text.len && !is_word(name.ptr[i]) ? '_' : name.ptr[i];
	return (struct str){ p, text.len };
}

struct str name_camel(struct arena *arena, struct str name)
{
	char *camel = arena_alloc(arena, name.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] != '_')
			camel[n++] = i == 0 || name.ptr[i - 1] == '_'
					     ? (char)toupper((unsigned char)name.ptr[i])
					     : name.ptr[i];
	camel[n] = '\0';
	return (struct str){ camel, n };
}

struct str name_snake(struct arena *arena, struct str camel)
{
	char *name = arena_alloc(arena, 2 * camel.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < camel.len; i++) {
		if (i > 0 && is_upper(camel.ptr[i]) && !is_upper(camel.ptr[i - 1]) &&
			camel.ptr[i - 1] != '_')
			name[n++] = '_';
		name[n++] = (char)tolower((unsigned char)camel.ptr[i]);
	}
	name[n] = '\0';
	return (struct str){ name, n };
}

struct str name_title(struct arena *arena, struct str name)
{
	char *title = arena_alloc(arena, name.len + 1);

	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.ptr[i];
		bool first = i == 0 || !isalpha((unsigned char)name.ptr[i - 1]);
		title[i] = (char)(c == '_' ? ' ' : first ? toupper(c) : tolower(c));
	}
	title[name.len] = '\0';
	return (struct str){ title, name.len };
}

struct str name_field_title(struct arena *arena, struct str name)
{
	while (name.len > 0 && name.ptr[0] == '_')
		name = str_from_index(name, 1);
	while (name.len > 0 && name.ptr[name.len - 1] == '_')
		name.len--;
	return name_title(arena, name);
}

struct str name_of_title(struct arena *arena, struct str title)
{
	char *name = arena_alloc(arena, title.len + 1);

	for (size_t i = 0; i < title.len; i++) {
		unsigned char c = (unsigned char)title.ptr[i];
		name[i] = (char)(is_word((char)c) ? tolower(c) : '_');
	}
	name[title.len] = '\0';
	return (struct str){ name, title.len };
}

bool name_is_valid(struct str name)
{
	if (name.len == 0 || name.len > DECLARATION_NAME_MOST ||
		isdigit((unsigned char)name.ptr[0]))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!is_word(name.ptr[i]))
			return false;
	return true;
}

/* Names of schemas. */

static const struct str suffixes[] = {
	STR_INIT("Create"),
	STR_INIT("Update"),
	STR_INIT("Replace"),
	STR_INIT("Patch"),
	STR_INIT("Response"),
	STR_INIT("Public"),
	STR_INIT("Read"),
	STR_INIT("Request"),
	STR_INIT("Details"),
	STR_INIT("Detail"),
	STR_INIT("Summary"),
	STR_INIT("Simple"),
	STR_INIT("Brief"),
	STR_INIT("Schema"),
	STR_INIT("Model"),
	STR_INIT("Base"),
	STR_INIT("Input"),
	STR_INIT("Output"),
	STR_INIT("Out"),
	STR_INIT("In"),
};

/* The place of "With" that begins a word after the first; name.len: none. */
static size_t find_with(struct str name)
{
	for (size_t i = 1; i + 5 <= name.len; i++)
		if (memcmp(name.ptr + i, "With", 4) == 0 && is_upper(name.ptr[i + 4]))
			return i;
	return name.len;
}

static struct str without_suffix(struct str name)
{
	for (size_t i = 0; i < NITEMS(suffixes); i++)
		if (name.len > suffixes[i].len && name_ends(name, suffixes[i]))
			return (struct str){ name.ptr, name.len - suffixes[i].len };
	return name;
}

struct str name_class(struct str schema)
{
	static const struct str forms[] = { STR_INIT("-Input"), STR_INIT("-Output") };

	for (size_t i = 0; i < NITEMS(forms); i++)
		if (schema.len > forms[i].len && name_ends(schema, forms[i]))
			return (struct str){ schema.ptr, schema.len - forms[i].len };
	return schema;
}

struct str name_base(struct str schema)
{
	schema = name_class(schema);
	struct str name = { schema.ptr, find_with(schema) };
	struct str shorter = without_suffix(name);

	while (shorter.len < name.len) {
		name = shorter;
		shorter = without_suffix(name);
	}
	return name;
}

bool name_has_base(struct str name, struct str base)
{
	return base.len > 0 && str_starts(name, base) &&
	       (name.len == base.len || !islower((unsigned char)name.ptr[base.len]));
}

struct str name_common(struct str a, struct str b)
{
	struct str common = { a.ptr, 0 };

	while (common.len < a.len && common.len < b.len && a.ptr[common.len] == b.ptr[common.len])
		common.len++;
	while (common.len > 0 && !(name_has_base(a, common) && name_has_base(b, common)))
		common.len--;
	return common;
}

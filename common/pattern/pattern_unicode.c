#include "pattern_unicode.h"

#include <strings.h>

/* The tables. */

#define S(only)                                                                                    \
	{                                                                                          \
		0x##only, 0x##only                                                                 \
	}
#define R(first, last)                                                                             \
	{                                                                                          \
		0x##first, 0x##last                                                                \
	}
#define CLASS(name, ...) static const struct point_range class_##name[] = { __VA_ARGS__ };
/* clang-format off */
#include "unicode_classes.def"
/* clang-format on */
#undef CLASS

struct class
{
	struct str name;
	const struct point_range *ranges;
	unsigned count;
};

static const struct class classes[] = {
#define CLASS(name, ...) { STR_INIT(#name), class_##name, NITEMS(class_##name) },
#include "unicode_classes.def"
#undef CLASS
};

enum space { BINARY, GC, SC, SCX };

static const struct {
	enum space space;
	struct str name, classes;
} names[] = {
#define NAME(space, name, classes) { space, STR_INIT(name), STR_INIT(classes) },
#include "unicode_names.def"
#undef NAME
};

enum { ORBIT_MAX = 4, NAME_MAX_BYTES = 64 };

static const uint32_t orbits[][ORBIT_MAX] = {
#define ORBIT(...) { __VA_ARGS__ },
#include "unicode_orbits.def"
#undef ORBIT
};

static const struct {
	struct str name;
	enum space space;
} properties[] = {
	{ STR_INIT("gc"), GC },
	{ STR_INIT("generalcategory"), GC },
	{ STR_INIT("sc"), SC },
	{ STR_INIT("script"), SC },
	{ STR_INIT("scx"), SCX },
	{ STR_INIT("scriptextensions"), SCX },
};

static const struct str unsupported[] = {
	STR_INIT("age"),
	STR_INIT("gcb"),
	STR_INIT("graphemeclusterbreak"),
	STR_INIT("sb"),
	STR_INIT("sentencebreak"),
	STR_INIT("wb"),
	STR_INIT("wordbreak"),
};

/* Names. */

struct name {
	char bytes[NAME_MAX_BYTES];
	size_t len;
};

static bool is_ignored(unsigned char c)
{
	return c == ' ' || c == '-' || c == '_' || c >= 0x80;
}

/* UAX44-LM3, as Rust's regex-syntax has it. A name that is too long becomes empty. */
static struct name normalize(struct str text)
{
	struct name name = { .len = 0 };
	bool has_is = text.len >= 2 && strncasecmp(text.ptr, "is", 2) == 0;

	for (size_t i = has_is ? 2 : 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (is_ignored(c))
			continue;
		if (name.len == sizeof(name.bytes))
			return (struct name){ .len = 0 };
		name.bytes[name.len++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
	if (has_is && name.len == 1 && name.bytes[0] == 'c')
		name = (struct name){ .bytes = "isc", .len = 3 };
	return name;
}

static bool name_is(const struct name *name, struct str text)
{
	return str_equal((struct str){ name->bytes, name->len }, text);
}

/* Classes. */

static void add_class(struct point_memory *memory, struct point_set *set, struct str name)
{
	for (size_t i = 0; i < NITEMS(classes); i++)
		if (str_equal(classes[i].name, name))
			for (unsigned k = 0; k < classes[i].count; k++)
				point_set_add(memory, set, classes[i].ranges[k].first,
					classes[i].ranges[k].last);
}

/* Adds the union of the classes, which are separated by spaces. */
static void add_classes(struct point_memory *memory, struct point_set *set, struct str list)
{
	while (list.len > 0) {
		const char *space = memchr(list.ptr, ' ', list.len);
		size_t n = space ? (size_t)(space - list.ptr) : list.len;
		add_class(memory, set, (struct str){ list.ptr, n });
		list = str_from_index(list, space ? n + 1 : n);
	}
	point_set_close(set);
}

static bool add_named(struct point_memory *memory, struct point_set *set, enum space space,
	const struct name *name)
{
	for (size_t i = 0; i < NITEMS(names); i++)
		if (names[i].space == space && name_is(name, names[i].name)) {
			add_classes(memory, set, names[i].classes);
			return true;
		}
	return false;
}

static void add_assigned(struct point_memory *memory, struct point_set *set)
{
	struct point_set unassigned = { 0 };

	add_classes(memory, &unassigned, STR("gc_cn"));
	*set = point_set_not(memory, &unassigned);
}

/* Values of General_Category that are written as ranges nowhere. */
static bool add_special(struct point_memory *memory, struct point_set *set, const struct name *name)
{
	if (name_is(name, STR("any")))
		point_set_add(memory, set, 0, POINT_MAX);
	else if (name_is(name, STR("ascii")))
		point_set_add(memory, set, 0, 0x7F);
	else if (name_is(name, STR("assigned")))
		add_assigned(memory, set);
	else
		return false;
	return true;
}

static bool add_value(struct point_memory *memory, struct point_set *set, enum space space,
	const struct name *name)
{
	return (space == GC && add_special(memory, set, name)) ||
	       add_named(memory, set, space, name);
}

bool pattern_unicode_class(
	struct point_memory *memory, struct point_set *set, struct str property, struct str value)
{
	struct name name = normalize(value);

	if (!property.ptr)
		return add_value(memory, set, BINARY, &name) || add_value(memory, set, GC, &name) ||
		       add_value(memory, set, SC, &name);
	struct name left = normalize(property);
	for (size_t i = 0; i < NITEMS(properties); i++)
		if (name_is(&left, properties[i].name))
			return add_value(memory, set, properties[i].space, &name);
	return false;
}

bool pattern_unicode_is_unsupported(struct str property)
{
	struct name name = normalize(property);

	for (size_t i = 0; i < NITEMS(unsupported); i++)
		if (name_is(&name, unsupported[i]))
			return true;
	return false;
}

void pattern_unicode_word(struct point_memory *memory, struct point_set *set)
{
	add_classes(memory, set, STR("word"));
}

void pattern_unicode_digit(struct point_memory *memory, struct point_set *set)
{
	add_classes(memory, set, STR("gc_nd"));
}

void pattern_unicode_space(struct point_memory *memory, struct point_set *set)
{
	add_classes(memory, set, STR("binary_space"));
}

/* Case folding. */

static bool orbit_meets(const uint32_t orbit[ORBIT_MAX], const struct point_set *set)
{
	for (unsigned i = 0; i < ORBIT_MAX && orbit[i]; i++)
		if (point_set_has(set, orbit[i]))
			return true;
	return false;
}

void pattern_unicode_fold(struct point_memory *memory, struct point_set *set)
{
	struct point_set before = *set;

	for (size_t i = 0; i < NITEMS(orbits); i++)
		if (orbit_meets(orbits[i], &before))
			for (unsigned k = 0; k < ORBIT_MAX && orbits[i][k]; k++)
				point_set_add(memory, set, orbits[i][k], orbits[i][k]);
	point_set_close(set);
}

/* Single code points. */

static bool class_has(const struct point_range *ranges, unsigned count, uint32_t point)
{
	for (unsigned i = 0; i < count; i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}

#define HAS(name, point) class_has(class_##name, NITEMS(class_##name), point)

bool pattern_unicode_is_alphabetic(uint32_t point)
{
	return HAS(binary_alpha, point);
}

bool pattern_unicode_is_numeric(uint32_t point)
{
	return HAS(gc_nd, point) || HAS(gc_nl, point) || HAS(gc_no, point);
}

bool pattern_unicode_is_space(uint32_t point)
{
	return HAS(binary_space, point);
}

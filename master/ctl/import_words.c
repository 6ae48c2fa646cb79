#include "import_words.h"

#include "import_names.h"
#include "import_tree.h"

#include <math.h>
#include <stdio.h>

/* Types. */

bool import_type_of(const struct json *property, struct import_type *type)
{
	const struct json *any = tree_get_of(property, "anyOf", JSON_ARRAY), *number = NULL;
	const struct json *all = tree_get_of(property, "allOf", JSON_ARRAY);
	unsigned others = 0;

	*type = (struct import_type){ .schema = property };
	if (all && all->count == 1)
		type->schema = all->first;
	for (const struct json *one = any ? any->first : NULL; one; one = one->next) {
		struct str name = tree_get_text(one, "type");
		if (name.ptr && str_equal(name, STR("null"))) {
			type->nullable = true;
			continue;
		}
		number = name.ptr && str_equal(name, STR("number")) ? one : number;
		type->schema = one;
		others++;
	}
	struct str last = tree_get_text(type->schema, "type");
	type->decimal = others == 2 && number && last.ptr && str_equal(last, STR("string"));
	if (type->decimal)
		type->schema = number;
	return !any || others == 1 || type->decimal;
}

struct str import_embedded_name(const struct import *im, const struct json *property, bool *array)
{
	struct import_type type;
	const struct json *items;
	struct str name = { .ptr = NULL };

	*array = false;
	if (!import_type_of(property, &type))
		return name;
	items = tree_get_of(type.schema, "items", JSON_OBJECT);
	*array = items != NULL;
	name = import_ref(items ? items : type.schema);
	if (!import_schema_named(im, name))
		name.ptr = NULL;
	return name;
}

static const struct {
	struct str format;
	const char *type;
} formats[] = {
	{ STR_INIT("email"), "email" },
	{ STR_INIT("uri"), "url" },
	{ STR_INIT("uuid"), "uuid" },
	{ STR_INIT("date"), "date" },
	{ STR_INIT("time"), "time" },
	{ STR_INIT("date-time"), "datetime" },
};

static const struct {
	struct str type;
	const char *word;
} plain[] = {
	{ STR_INIT("string"), "string" },
	{ STR_INIT("integer"), "integer" },
	{ STR_INIT("number"), "number" },
	{ STR_INIT("boolean"), "boolean" },
	{ STR_INIT("object"), "object" },
	{ STR_INIT("array"), "array" },
};

/* The word for the type of a schema; NULL: there is none. */
static const char *type_word(const struct json *schema)
{
	struct str type = tree_get_text(schema, "type"), format = tree_get_text(schema, "format");

	for (size_t i = 0; format.ptr && i < NITEMS(formats); i++)
		if (str_equal(format, formats[i].format))
			return formats[i].type;
	for (size_t i = 0; type.ptr && !format.ptr && i < NITEMS(plain); i++)
		if (str_equal(type, plain[i].type))
			return plain[i].word;
	return NULL;
}

/* Words. */

/* A bound: of 5.0 the integer 5. */
static struct json *number(struct arena *arena, const struct json *value)
{
	struct json *copy = tree_copy(arena, value);

	if (value->type != JSON_FLOAT || fabs(value->number) > 1e15 ||
		trunc(value->number) < value->number || trunc(value->number) > value->number)
		return copy;
	copy->type = JSON_INT;
	copy->text = arena_printf(arena, "%.0f", value->number);
	return copy;
}

static const struct {
	const char *keyword, *word;
} bounds[] = {
	{ "minLength", "min_length" },
	{ "maxLength", "max_length" },
	{ "pattern", "pattern" },
	{ "minimum", "ge" },
	{ "exclusiveMinimum", "gt" },
	{ "maximum", "le" },
	{ "exclusiveMaximum", "lt" },
	{ "multipleOf", "multiple_of" },
};

static bool is_number(const struct json *value)
{
	return value->type == JSON_INT || value->type == JSON_FLOAT;
}

static void put_bounds(struct arena *arena, struct json *words, const struct json *schema)
{
	for (size_t i = 0; i < NITEMS(bounds); i++) {
		const struct json *value = tree_get(schema, bounds[i].keyword);
		if (value)
			tree_set(arena, words, bounds[i].word,
				is_number(value) ? number(arena, value) : tree_copy(arena, value));
	}
}

static bool is_int(const struct json *value, const char *digits)
{
	return value && value->type == JSON_INT && str_equal(value->text, str_from(digits));
}

/* The bounds that each HttpUrl has. */
static void drop_url_bounds(struct json *words)
{
	if (is_int(tree_get(words, "min_length"), "1"))
		tree_drop(words, "min_length");
	if (is_int(tree_get(words, "max_length"), "2083"))
		tree_drop(words, "max_length");
}

/* A member's name for a value: "dark-blue" → "dark_blue". */
static struct str member_name(struct arena *arena, const struct json *value)
{
	struct str name = name_identifier(arena, value->text);

	return name_is_valid(name) ? name : arena_printf(arena, "value_%s", name.ptr);
}

static void put_enum(
	struct arena *arena, struct json *words, struct str name, const struct json *values)
{
	struct json *list = tree_object(arena), *members = tree_object(arena);

	for (const struct json *value = values->first; value; value = value->next)
		tree_put(arena, members, member_name(arena, value), tree_copy(arena, value));
	tree_set_text(arena, list, "name", name);
	tree_set(arena, list, "members", members);
	tree_set(arena, words, "enum", list);
}

static bool are_choices(const struct json *values)
{
	const struct json *first = values ? values->first : NULL;

	for (const struct json *value = first; value; value = value->next)
		if (value->type != first->type ||
			(value->type != JSON_STRING && value->type != JSON_INT))
			return false;
	return first != NULL;
}

static bool put_choices(
	const struct import *im, struct json *words, struct str name, const struct json *schema)
{
	const struct json *values = tree_get_of(schema, "enum", JSON_ARRAY);
	const struct json *only = tree_get(schema, "const");

	if (only) {
		struct json *list = tree_array(im->arena);
		tree_add(list, tree_copy(im->arena, only));
		values = list;
	}
	if (!values)
		return true;
	if (!are_choices(values))
		return false;
	if (name.ptr)
		put_enum(im->arena, words, name, values);
	else
		tree_set(im->arena, words, "literal", tree_copy(im->arena, values));
	return true;
}

/* An object has any members. */
static bool limits_members(const struct json *schema)
{
	const struct json *others = tree_get(schema, "additionalProperties");

	return (others && others->type != JSON_TRUE &&
		       !(others->type == JSON_OBJECT && others->count == 0)) ||
	       tree_get(schema, "propertyNames") || tree_get(schema, "minProperties") ||
	       tree_get(schema, "maxProperties");
}

/* The words of a schema without null and default. NULL: there are none. */
static struct json *words_of_type(const struct import *im, const struct import_type *type)
{
	const struct json *named = import_resolve(im, type->schema);
	const struct json *schema = named ? named : type->schema;
	const char *word = type->decimal ? "decimal" : type_word(schema);
	struct json *words = tree_object(im->arena);

	if (!word || import_schema_named(im, import_ref(type->schema)) || limits_members(schema))
		return NULL;
	tree_set_text(im->arena, words, "type", str_from(word));
	if (!put_choices(im, words, import_ref(type->schema), schema))
		return NULL;
	put_bounds(im->arena, words, schema);
	if (strcmp(word, "url") == 0)
		drop_url_bounds(words);
	return words;
}

/* An array has scalars that may be null. */
static bool put_items(const struct import *im, struct json *words, const struct json *schema)
{
	static const struct json any = { .type = JSON_OBJECT };
	const struct json *items = tree_get_of(schema, "items", JSON_OBJECT);
	struct import_type type;

	if (tree_get(schema, "uniqueItems") || tree_get(schema, "prefixItems") ||
		tree_get(schema, "minItems") || tree_get(schema, "maxItems") ||
		!import_type_of(items ? items : &any, &type))
		return false;
	struct json *of_items = words_of_type(im, &type);
	if (!of_items || tree_get(of_items, "items"))
		return false;
	struct str word = tree_get_text(of_items, "type");
	if (str_equal(word, STR("array")) || str_equal(word, STR("object")))
		return false;
	if (type.nullable)
		tree_set(im->arena, of_items, "nullable", tree_bool(im->arena, true));
	tree_set(im->arena, words, "items", of_items);
	return true;
}

static void put_default(const struct import *im, struct json *words, const struct json *property,
	bool nullable, bool required)
{
	const struct json *value = tree_get(property, "default");

	if (nullable)
		tree_set(im->arena, words, "nullable", tree_bool(im->arena, true));
	if (value)
		tree_set(im->arena, words, "default", tree_copy(im->arena, value));
	else if (nullable && !required)
		tree_set(im->arena, words, "default", tree_null(im->arena));
}

void import_put_notes(const struct import *im, struct json *words, const struct json *schema)
{
	static const char *const notes[] = { "description", "examples" };

	for (size_t i = 0; i < NITEMS(notes); i++) {
		const struct json *value = tree_get(schema, notes[i]);
		if (value)
			tree_set(im->arena, words, notes[i], tree_copy(im->arena, value));
	}
}

static void put_title(
	const struct import *im, struct json *words, struct str name, const struct json *property)
{
	struct str title = tree_get_text(property, "title");

	if (title.ptr && !str_equal(title, name_title(im->arena, name)) &&
		!str_equal(title, name_field_title(im->arena, name)))
		tree_set_text(im->arena, words, "title", title);
}

struct json *import_words(const struct import *im, struct str name, const struct json *property,
	bool required, const char **reason)
{
	struct import_type type;
	struct json *words = NULL;

	if (import_type_of(property, &type))
		words = words_of_type(im, &type);
	if (words && str_equal(tree_get_text(words, "type"), STR("array")) &&
		!put_items(im, words, type.schema))
		words = NULL;
	if (!words) {
		*reason = arena_printf(
			im->arena, "\"%.*s\" has a type that fields do not have", STR_ARGS(name))
				  .ptr;
		return NULL;
	}
	put_default(im, words, property, type.nullable, required);
	put_title(im, words, name, property);
	import_put_notes(im, words, property);
	return words;
}

/* Differences. */

/* What an answer does not show: of a decimal the bounds, as it is a string there. */
static bool is_unseen(const struct json *field, const struct json *words, struct str word)
{
	struct str type = tree_get_text(field, "type"), other = tree_get_text(words, "type");
	static const struct str bounds_of_numbers[] = { STR_INIT("ge"), STR_INIT("gt"),
		STR_INIT("le"), STR_INIT("lt"), STR_INIT("multiple_of"), STR_INIT("pattern"),
		STR_INIT("type") };

	if (!str_equal(type, STR("decimal")) || !str_equal(other, STR("string")))
		return false;
	for (size_t i = 0; i < NITEMS(bounds_of_numbers); i++)
		if (str_equal(word, bounds_of_numbers[i]))
			return true;
	return false;
}

/* The word that takes another one away; NULL: none is needed. */
static struct json *without(const struct import *im, struct str *word, bool required)
{
	if (str_equal(*word, STR("nullable")))
		return tree_bool(im->arena, false);
	if (!str_equal(*word, STR("default")))
		return tree_null(im->arena);
	*word = STR("required");
	return required ? tree_bool(im->arena, true) : NULL;
}

/* Adds the words that the field does not have, or has with other values. */
static void put_differing(const struct import *im, const struct json *field,
	const struct json *words, struct json *differ)
{
	const struct json *value;

	for (const struct json *key = words->first; key; key = value->next) {
		const struct json *own = json_get(field, key->text);
		value = key->next;
		if (is_unseen(field, words, key->text) || (own && tree_equal(own, value)))
			continue;
		tree_put(im->arena, differ, key->text, tree_copy(im->arena, value));
	}
}

struct json *import_words_differ(
	const struct import *im, const struct json *field, const struct json *words, bool required)
{
	struct json *differ = tree_object(im->arena);

	for (const struct json *key = field->first; key; key = key->next->next) {
		struct str word = key->text;
		if (json_get(words, word) || is_unseen(field, words, word))
			continue;
		struct json *value = without(im, &word, required);
		if (value)
			tree_put(im->arena, differ, word, value);
	}
	put_differing(im, field, words, differ);
	return differ->count > 0 ? differ : NULL;
}

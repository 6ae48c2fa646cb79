#include "import_tree.h"

#include <stdlib.h>

static struct json *make(struct arena *arena, enum json_type type)
{
	struct json *value = arena_calloc(arena, 1, sizeof(*value));

	value->type = (uint8_t)type;
	return value;
}

struct json *tree_object(struct arena *arena)
{
	return make(arena, JSON_OBJECT);
}

struct json *tree_array(struct arena *arena)
{
	return make(arena, JSON_ARRAY);
}

struct json *tree_null(struct arena *arena)
{
	return make(arena, JSON_NULL);
}

struct json *tree_bool(struct arena *arena, bool value)
{
	return make(arena, value ? JSON_TRUE : JSON_FALSE);
}

struct json *tree_text(struct arena *arena, struct str text)
{
	struct json *value = make(arena, JSON_STRING);

	value->text = text;
	return value;
}

/* Appends a child to a container without counting it. */
static void append(struct json *container, struct json *child)
{
	struct json **end = &container->first;

	while (*end)
		end = &(*end)->next;
	*end = child;
	child->next = NULL;
	if (child->type == JSON_ARRAY || child->type == JSON_OBJECT)
		child->parent = container;
}

static bool is_container(const struct json *value)
{
	return value->type == JSON_ARRAY || value->type == JSON_OBJECT;
}

struct json *tree_copy(struct arena *arena, const struct json *value)
{
	struct json *copy = arena_alloc(arena, sizeof(*copy));
	struct json **end = &copy->first;

	*copy = *value;
	copy->next = NULL;
	if (!is_container(value))
		return copy;
	copy->first = copy->parent = NULL;
	for (const struct json *child = value->first; child; child = child->next) {
		*end = tree_copy(arena, child);
		if (is_container(child))
			(*end)->parent = copy;
		end = &(*end)->next;
	}
	return copy;
}

const struct json *tree_get(const struct json *object, const char *name)
{
	return object && object->type == JSON_OBJECT ? json_get(object, str_from(name)) : NULL;
}

const struct json *tree_get_of(const struct json *object, const char *name, enum json_type type)
{
	const struct json *value = tree_get(object, name);

	return value && value->type == type ? value : NULL;
}

struct str tree_get_text(const struct json *object, const char *name)
{
	const struct json *value = tree_get_of(object, name, JSON_STRING);

	return value ? value->text : (struct str){ .ptr = NULL };
}

bool tree_is_true(const struct json *object, const char *name)
{
	return tree_get_of(object, name, JSON_TRUE) != NULL;
}

bool tree_has_text(const struct json *array, struct str text)
{
	if (!array || array->type != JSON_ARRAY)
		return false;
	for (const struct json *item = array->first; item; item = item->next)
		if (item->type == JSON_STRING && str_equal(item->text, text))
			return true;
	return false;
}

/* Replaces the value of a key. */
static void replace(struct json *object, struct json *key, struct json *value)
{
	value->next = key->next->next;
	key->next = value;
	if (is_container(value))
		value->parent = object;
}

void tree_put(struct arena *arena, struct json *object, struct str name, struct json *value)
{
	for (struct json *key = object->first; key; key = key->next->next)
		if (str_equal(key->text, name)) {
			replace(object, key, value);
			return;
		}
	append(object, tree_text(arena, name));
	append(object, value);
	object->count++;
}

void tree_set(struct arena *arena, struct json *object, const char *name, struct json *value)
{
	tree_put(arena, object, str_from(name), value);
}

void tree_set_text(struct arena *arena, struct json *object, const char *name, struct str text)
{
	tree_set(arena, object, name, tree_text(arena, text));
}

void tree_drop(struct json *object, const char *name)
{
	for (struct json **key = &object->first; *key; key = &(*key)->next->next)
		if (str_equal((*key)->text, str_from(name))) {
			*key = (*key)->next->next;
			object->count--;
			return;
		}
}

void tree_add(struct json *array, struct json *item)
{
	append(array, item);
	array->count++;
}

static double number_of(const struct json *value)
{
	char digits[400];
	size_t n = value->text.len < sizeof(digits) ? value->text.len : sizeof(digits) - 1;

	if (value->type == JSON_FLOAT)
		return value->number;
	memcpy(digits, value->text.ptr, n);
	digits[n] = '\0';
	return strtod(digits, NULL);
}

static bool is_number(const struct json *value)
{
	return value->type == JSON_INT || value->type == JSON_FLOAT;
}

static bool equal_numbers(const struct json *a, const struct json *b)
{
	if (a->type == JSON_INT && b->type == JSON_INT)
		return str_equal(a->text, b->text);
	double x = number_of(a), y = number_of(b);
	return x >= y && x <= y;
}

static bool equal_members(const struct json *a, const struct json *b)
{
	for (const struct json *key = a->first; key; key = key->next->next) {
		const struct json *other = json_get(b, key->text);
		if (!other || !tree_equal(key->next, other))
			return false;
	}
	return true;
}

static bool equal_items(const struct json *a, const struct json *b)
{
	const struct json *x = a->first, *y = b->first;

	for (; x && y; x = x->next, y = y->next)
		if (!tree_equal(x, y))
			return false;
	return !x && !y;
}

bool tree_equal(const struct json *a, const struct json *b)
{
	if (is_number(a) && is_number(b))
		return equal_numbers(a, b);
	if (a->type != b->type)
		return false;
	if (a->type == JSON_STRING)
		return str_equal(a->text, b->text);
	if (a->type == JSON_ARRAY)
		return equal_items(a, b);
	return a->type != JSON_OBJECT || (a->count == b->count && equal_members(a, b));
}

bool tree_is_deeper(const struct json *value, unsigned most)
{
	if (most == 0)
		return true;
	if (!is_container(value))
		return false;
	for (const struct json *child = value->first; child; child = child->next)
		if (tree_is_deeper(child, most - 1))
			return true;
	return false;
}

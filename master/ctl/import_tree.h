/*
 * JSON values that are made and not only read: objects grow member by member. All nodes are in an
 * arena.
 */
#ifndef POSTERN_IMPORT_TREE_H
#define POSTERN_IMPORT_TREE_H

#include "arena.h"
#include "buf.h"
#include "json.h"

/* Values. Texts are borrowed. */
struct json *tree_object(struct arena *arena);
struct json *tree_array(struct arena *arena);
struct json *tree_null(struct arena *arena);
struct json *tree_bool(struct arena *arena, bool value);
struct json *tree_text(struct arena *arena, struct str text);

/* Copies a value with all that it contains; strings are borrowed. */
struct json *tree_copy(struct arena *arena, const struct json *value);

/* The member of this name; NULL if there is none, or if object is NULL or no object. */
const struct json *tree_get(const struct json *object, const char *name);

/* The same if it is of this type. */
const struct json *tree_get_of(const struct json *object, const char *name, enum json_type type);

/* The text of a member that is a string; ptr NULL if there is none. */
struct str tree_get_text(const struct json *object, const char *name);

/* True if the member is true. */
bool tree_is_true(const struct json *object, const char *name);

/* True if an array has this string. */
bool tree_has_text(const struct json *array, struct str text);

/* Appends a member, or replaces the one of that name where it is. The value belongs to the object
 * from now on: it must not be in another container (tree_copy). */
void tree_put(struct arena *arena, struct json *object, struct str name, struct json *value);
void tree_set(struct arena *arena, struct json *object, const char *name, struct json *value);
void tree_set_text(struct arena *arena, struct json *object, const char *name, struct str text);

/* Removes a member, if it is there. */
void tree_drop(struct json *object, const char *name);

/* Appends an item. */
void tree_add(struct json *array, struct json *item);

/* True if the values are equal; the order of an object's members does not matter, and an integer
 * equals a float of the same value. */
bool tree_equal(const struct json *a, const struct json *b);

/* True if values are nested deeper than this; a scalar and an empty container have the depth 1. */
bool tree_is_deeper(const struct json *value, unsigned most);

#endif

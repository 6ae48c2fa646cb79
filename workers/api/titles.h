/* Titles made of identifiers, as Python's str.title() makes them. Identifiers have ASCII letters,
 * digits and underscores. */
#ifndef POSTERN_TITLES_H
#define POSTERN_TITLES_H

#include "arena.h"

/* "list_users" → "List Users", as FastAPI makes summaries and the titles of parameters: the first
 * of adjacent letters in upper case, the others in lower case, spaces for underscores. */
struct str title_of(struct arena *arena, struct str name);

/* The same without spaces at the ends, as Pydantic makes the titles of fields. */
struct str title_of_field(struct arena *arena, const char *name);

/* "order_items" → "OrderItems", as in the name of a class. Letters within a word stay. */
struct str title_joined(struct arena *arena, const char *name);

#endif

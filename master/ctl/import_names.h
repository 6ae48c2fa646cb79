/* English nouns and Python's names: from paths and schemas to the names of a declaration. */
#ifndef POSTERN_IMPORT_NAMES_H
#define POSTERN_IMPORT_NAMES_H

#include "arena.h"

/* All results are in the arena, with a NUL that len does not count, or borrowed from arguments. */

bool name_ends(struct str s, struct str suffix);

/* "heroes" → "hero", "categories" → "category", "people" → "person"; of another word itself. */
struct str name_singular(struct arena *arena, struct str plural);

/* "blog-posts" → "blog_posts": what is no letter, digit or "_" becomes "_". */
struct str name_identifier(struct arena *arena, struct str text);

/* "blog_post" → "BlogPost". */
struct str name_camel(struct arena *arena, struct str name);

/* "BlogPost" → "blog_post". */
struct str name_snake(struct arena *arena, struct str camel);

/* "hero_id" → "Hero Id", as Python's title() after "_" became a blank. */
struct str name_title(struct arena *arena, struct str name);

/* The title that Pydantic gives a field: without "_" at both ends. */
struct str name_field_title(struct arena *arena, struct str name);

/* "List Heroes" → "list_heroes". */
struct str name_of_title(struct arena *arena, struct str title);

/* "Hero-Input" → "Hero": FastAPI's names of a class that is described in two ways. */
struct str name_class(struct str schema);

/* "HeroPublicWithTeam" → "Hero": without the suffixes that tutorials give to schemas. */
struct str name_base(struct str schema);

/* The words that two names in CamelCase have in common at the beginning. */
struct str name_common(struct str a, struct str b);

/* True if name begins with base, and a new word of CamelCase, or nothing, follows. */
bool name_has_base(struct str name, struct str base);

/* True if a name is an identifier that a declaration allows. */
bool name_is_valid(struct str name);

#endif

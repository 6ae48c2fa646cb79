/* The names of classes. */
#include "declaration_reading.h"

#include <ctype.h>

struct str declaration_camel_case(struct arena *arena, const char *name)
{
	char *camel = arena_alloc(arena, strlen(name) + 1), *end = camel;

	for (const char *p = name; *p; p++)
		if (*p != '_')
			*end++ = p == name || p[-1] == '_' ? (char)toupper((unsigned char)*p) : *p;
	*end = '\0';
	return (struct str){ camel, (size_t)(end - camel) };
}

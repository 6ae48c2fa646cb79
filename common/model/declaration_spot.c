/* Members of the objects of a declaration. */
#include "declaration_reading.h"

struct spot spot_member(const struct spot *object, const char *name)
{
	struct str word = str_from(name);

	for (const struct json *k = object->value->first; k; k = k->next->next)
		if (str_equal(k->text, word))
			return (struct spot){ object, word, k, k->next };
	return (struct spot){ object, word, NULL, NULL };
}

const struct spot *spot_child(struct reading *r, const struct spot *in, struct str name,
	const struct json *key, const struct json *value)
{
	struct spot *spot = arena_alloc(r->arena, sizeof(*spot));

	*spot = (struct spot){ in, name, key, value };
	return spot;
}

const struct spot *spot_item(
	struct reading *r, const struct spot *array, unsigned n, const struct json *item)
{
	return spot_child(r, array, arena_printf(r->arena, "%u", n), NULL, item);
}

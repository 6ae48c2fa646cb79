#include "earlier.h"

#include "log.h"

#include <stdlib.h>

/* For each field of a resource of an earlier declaration: its index in the current resource. */
struct places {
	uint8_t of[RESOURCE_MAX_FIELDS];
};

struct earlier {
	const struct api *api;
	struct places places[RESOURCES_MAX]; /* by number */
};

_Static_assert(RESOURCE_MAX_FIELDS <= UINT8_MAX, "the index of a field is longer");

static struct earlier *known;
static unsigned known_count;
static unsigned uses;

static void find_places(struct places *places, const struct resource *r)
{
	const struct resource *current = earlier_current(r);

	for (unsigned i = 0; i < r->nfields; i++)
		places->of[i] = (uint8_t)resource_field_named(current, r->fields[i].name);
}

static void take(struct earlier *earlier, const struct api *declared)
{
	earlier->api = declared;
	for (unsigned i = 0; i < declared->nresources; i++) {
		const struct resource *r = declared->resources[i];
		find_places(&earlier->places[r->number], r);
	}
}

void earlier_use(const struct api *const *list, unsigned count)
{
	free(known);
	known_count = count - 1;
	uses++;
	known = calloc(count, sizeof(*known));
	if (!known)
		log_die("out of memory for the earlier declarations");
	for (unsigned i = 0; i < known_count; i++)
		take(&known[i], list[i + 1]);
}

const struct api *earlier_find(uint64_t fingerprint)
{
	if (api->fingerprint == fingerprint)
		return api;
	for (unsigned i = 0; i < known_count; i++)
		if (known[i].api->fingerprint == fingerprint)
			return known[i].api;
	return NULL;
}

unsigned earlier_count(void)
{
	return 1 + known_count;
}

const struct api *earlier_nth(unsigned n)
{
	return n == 0 ? api : known[n - 1].api;
}

unsigned earlier_uses(void)
{
	return uses;
}

/* Records. */

static const struct places *places_of(const struct resource *r)
{
	for (unsigned i = 0; i < known_count; i++)
		if (r->number < known[i].api->nnumbers && known[i].api->numbered[r->number] == r)
			return &known[i].places[r->number];
	log_die("a resource of no declaration: %s", r->name);
}

/* Converts a value of a field to the same field of another declaration. Returns false if that does
 * not have the choice. */
static bool convert(struct value *to, const struct field *to_field, const struct value *from,
	const struct field *from_field)
{
	*to = *from;
	if (!to_field->choices || from->kind != VALUE_INT)
		return true;
	unsigned choice =
		choices_find(to_field->choices, from_field->choices, (unsigned)from->integer);
	to->integer = choice;
	return choice < to_field->choices->count;
}

void earlier_to_current(struct record *to, const struct record *from)
{
	const struct places *places = places_of(from->resource);

	to->resource = earlier_current(from->resource);
	to->present = 0;
	for (unsigned i = 0; i < from->resource->nfields; i++) {
		unsigned place = places->of[i];
		if (!record_has(from, i))
			continue;
		/* The current declaration has all choices of earlier ones. */
		if (!convert(&to->values[place], &to->resource->fields[place], &from->values[i],
			    &from->resource->fields[i]))
			log_die("a choice of an earlier declaration is gone: %s",
				from->resource->fields[i].name);
		to->present |= UINT64_C(1) << place;
	}
}

unsigned earlier_from_current(
	struct record *to, const struct resource *r, const struct record *from)
{
	const struct places *places = places_of(r);

	to->resource = r;
	to->present = 0;
	for (unsigned i = 0; i < r->nfields; i++) {
		unsigned place = places->of[i];
		if (!record_has(from, place))
			continue;
		if (!convert(&to->values[i], &r->fields[i], &from->values[place],
			    &from->resource->fields[place]))
			return place;
		to->present |= UINT64_C(1) << i;
	}
	return from->resource->nfields;
}

unsigned earlier_field(const struct resource *r, unsigned field)
{
	return earlier_current(r) == r ? field : places_of(r)->of[field];
}

uint64_t earlier_fields(const struct resource *r, uint64_t fields)
{
	const struct places *places = places_of(r);
	uint64_t converted = 0;

	for (unsigned i = 0; i < r->nfields; i++)
		converted |= (fields >> places->of[i] & 1) << i;
	return converted;
}

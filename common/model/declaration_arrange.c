/* The order of the resources, their numbers, and the members that are derived. */
#include "declaration_reading.h"

/* That of the text, but each after its parent. Not deeper than RESOURCE_MAX_DEPTH. */
static void place(struct reading *r, struct draft *draft)
{
	if (draft->placed)
		return;
	if (draft->parent)
		place(r, draft->parent);
	draft->placed = true;
	draft->resource->index = r->api->nresources;
	r->placed[r->api->nresources++] = draft;
}

static void place_all(struct reading *r)
{
	const struct resource **list =
		region_alloc(r->region, r->ndrafts * sizeof(struct resource *));

	r->placed = arena_calloc(r->arena, r->ndrafts, sizeof(struct draft *));
	for (unsigned i = 0; i < r->ndrafts; i++)
		place(r, &r->drafts[i]);
	for (unsigned i = 0; i < r->ndrafts; i++)
		list[i] = r->placed[i]->resource;
	r->api->resources = list;
}

/* Numbers: all resources have one, or none. */

static bool number_all(struct reading *r)
{
	const struct resource **list =
		region_alloc(r->region, RESOURCES_MAX * sizeof(struct resource *));
	bool numbered = r->ndrafts > 0 && r->drafts[0].has_number;

	for (unsigned i = 0; i < r->ndrafts; i++) {
		struct draft *draft = r->placed[i];
		struct resource *resource = draft->resource;
		if (!numbered)
			resource->number = i;
		if (draft->has_number != numbered || list[resource->number])
			return reading_refuse(r, draft->spot,
				"\"number\" is of the canonical form: each resource has its own, "
				"or none has");
		list[resource->number] = resource;
		if (resource->number >= r->api->nnumbers)
			r->api->nnumbers = resource->number + 1;
	}
	r->api->numbered = list;
	return true;
}

static void derive_fields(struct resource *resource)
{
	resource->parent_field = resource->nfields;
	for (unsigned i = 0; i < resource->nfields; i++) {
		for (unsigned bit = 0; bit < FIELD_FLAG_COUNT; bit++)
			if (resource->fields[i].flags >> bit & 1)
				resource->masks[bit] |= UINT64_C(1) << i;
		if (resource->fields[i].flags & FIELD_PARENT)
			resource->parent_field = i;
	}
}

/* From the last resource to the first, each in front of its siblings. */
static void link_children(struct reading *r)
{
	for (unsigned i = r->ndrafts; i-- > 0;) {
		struct resource *resource = r->placed[i]->resource;
		struct draft *parent = r->placed[i]->parent;
		if (!parent)
			continue;
		resource->next_child = parent->resource->first_child;
		parent->resource->first_child = resource;
	}
}

bool declaration_arrange(struct reading *r)
{
	place_all(r);
	link_children(r);
	for (unsigned i = 0; i < r->ndrafts; i++)
		derive_fields(r->drafts[i].resource);
	return number_all(r);
}

/* Schemas and operations, when all resources are known. */
#include "declaration_reading.h"

static void complete_place(struct reading *r, struct resource *resource)
{
	if (!resource->path)
		resource->path = region_copy(r->region,
			arena_printf(r->arena, "%s/%s", r->api->prefix, resource->plural))
					 .ptr;
}

static bool complete_operations(struct reading *r, struct draft *draft)
{
	struct resource *resource = draft->resource;

	if (!draft->operation_spots)
		declaration_add_operations(r, draft);
	resource->operations = draft->operations;
	resource->noperations = draft->noperations;
	for (unsigned i = 0; i < draft->noperations; i++) {
		struct operation *o = &draft->operations[i];
		if (!declaration_complete_operation(r, draft, o, draft->operation_spots[i]))
			return false;
		resource->by_action[o->action] = o;
	}
	return true;
}

/* The members of schemas that are not fields. */

static void list_embeds_of(const struct schema *schema, const struct member **embeds)
{
	for (unsigned m = 0; m < schema->nmembers; m++)
		if (schema->members[m].kind != MEMBER_FIELD)
			embeds[schema->members[m].number] = &schema->members[m];
}

static void list_embeds(struct reading *r)
{
	const struct member **embeds =
		region_alloc(r->region, r->api->nembeds * sizeof(struct member *));

	for (unsigned i = 0; i < r->ndrafts; i++)
		for (unsigned s = 0; s < r->drafts[i].resource->nschemas; s++)
			list_embeds_of(&r->drafts[i].schemas[s], embeds);
	r->api->embeds = embeds;
}

/* Schemas may be of any resource, so each step is taken for all of them. */
bool declaration_complete(struct reading *r)
{
	for (unsigned i = 0; i < r->ndrafts; i++) {
		complete_place(r, r->placed[i]->resource);
		if (!declaration_name_schemas(r, r->placed[i]))
			return false;
	}
	for (unsigned i = 0; i < r->ndrafts; i++)
		if (!declaration_fill_schemas(r, r->placed[i]))
			return false;
	for (unsigned i = 0; i < r->ndrafts; i++)
		if (!complete_operations(r, r->placed[i]))
			return false;
	if (!declaration_check_schemas(r))
		return false;
	list_embeds(r);
	return true;
}

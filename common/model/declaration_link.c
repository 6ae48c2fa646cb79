/* How the resources of a declaration belong together. */
#include "declaration_reading.h"

#include "arena_buf.h"

static struct str list_resources(struct reading *r)
{
	struct buf list;

	buf_init(&list, DECLARATION_MOST);
	for (unsigned i = 0; i < r->ndrafts; i++)
		buf_printf(&list, "%s%s", i ? ", " : "", r->drafts[i].resource->name);
	return arena_take(r->arena, &list);
}

static struct draft *find_draft(struct reading *r, struct str name)
{
	for (unsigned i = 0; i < r->ndrafts; i++)
		if (str_equal(name, str_from(r->drafts[i].resource->name)))
			return &r->drafts[i];
	return NULL;
}

struct draft *declaration_find_resource(struct reading *r, const struct spot *spot)
{
	struct draft *found =
		spot->value->type == JSON_STRING ? find_draft(r, spot->value->text) : NULL;

	if (!found)
		reading_refuse_word(r, spot, list_resources(r));
	return found;
}

/* Parents. */

static bool link_parent(struct reading *r, struct draft *draft)
{
	struct spot parent = spot_member(draft->spot, "parent");

	if (!parent.value || parent.value->type == JSON_NULL)
		return true;
	struct draft *found = declaration_find_resource(r, &parent);
	if (!found)
		return false;
	draft->parent = found;
	draft->resource->parent = found->resource;
	for (unsigned i = 0; i < draft->resource->nfields; i++)
		if (draft->fields[i].flags & FIELD_PARENT)
			draft->fields[i].to = found->resource;
	return true;
}

static bool check_depth(struct reading *r, struct draft *draft)
{
	struct spot parent = spot_member(draft->spot, "parent");
	unsigned depth = 1;

	for (const struct resource *p = draft->resource->parent; p; p = p->parent)
		if (++depth > r->ndrafts)
			return reading_refuse_found(
				r, &parent, "a resource cannot be below itself");
	if (depth > RESOURCE_MAX_DEPTH)
		return reading_refuse_found(r, &parent,
			"the resource is %u deep; allowed is a depth of %d", depth,
			RESOURCE_MAX_DEPTH);
	draft->resource->depth = depth;
	return true;
}

/* References. */

bool declaration_is_reference(const struct spot *spot)
{
	struct spot type = spot_member(spot, "type");

	return type.value && type.value->type == JSON_STRING &&
	       str_equal(type.value->text, STR("reference"));
}

static bool link_references(struct reading *r)
{
	for (struct draft_reference *n = r->references; n; n = n->next) {
		struct draft *found = declaration_find_resource(r, n->to);
		if (!found)
			return false;
		n->field->to = found->resource;
	}
	return true;
}

bool declaration_link(struct reading *r)
{
	for (unsigned i = 0; i < r->ndrafts; i++)
		if (!link_parent(r, &r->drafts[i]))
			return false;
	for (unsigned i = 0; i < r->ndrafts; i++)
		if (!check_depth(r, &r->drafts[i]))
			return false;
	return link_references(r);
}

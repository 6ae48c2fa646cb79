#include "resource.h"

#include "fnv.h"
#include "resources/declare.h"

static const struct resource *const builtin_resources[] = {
#define RESOURCE(x) &x##_resource,
#include POSTERN_RESOURCES_DEF
#undef RESOURCE
};

static const struct api builtin = {
	.title = "02 SQLAlchemy CRUD",
	.version = "0.1.0",
	.home = "{\"message\":\"FastAPI SQLAlchemy CRUD example\"}",
	.resources = builtin_resources,
	.nresources = NITEMS(builtin_resources),
};

const struct api *api = &builtin;

unsigned resource_index(const struct resource *r)
{
	unsigned i = 0;

	while (api->resources[i] != r)
		i++;
	return i;
}

unsigned resource_field_with(const struct resource *r, enum field_flag flag)
{
	unsigned i = 0;

	while (i < r->nfields && !(r->fields[i].flags & flag))
		i++;
	return i;
}

const struct resource *resource_next_child(const struct resource *r, const struct resource *after)
{
	for (unsigned i = after ? resource_index(after) + 1 : 0; i < api->nresources; i++)
		if (api->resources[i]->parent == r)
			return api->resources[i];
	return NULL;
}

const struct resource *resource_next_embedded(
	const struct resource *r, const struct resource *after)
{
	do
		after = resource_next_child(r, after);
	while (after && !after->embedded);
	return after;
}

bool resource_has_embedded(const struct resource *r)
{
	return resource_next_embedded(r, NULL) != NULL;
}

static uint64_t hash_field(uint64_t hash, const struct field *f)
{
	hash = fnv_number(fnv_string(hash, f->name), f->type);
	hash = fnv_number(hash, f->flags);
	return fnv_number(fnv_number(hash, f->len.min), f->len.max);
}

uint64_t resource_fingerprint(const struct resource *const list[], unsigned count)
{
	uint64_t hash = FNV_BEGIN;

	for (unsigned i = 0; i < count; i++) {
		const struct resource *r = list[i];
		hash = fnv_string(fnv_string(hash, r->name), r->plural);
		hash = fnv_string(hash, r->parent ? r->parent->name : "");
		hash = fnv_string(hash, r->embedded ? "embedded" : "");
		for (unsigned j = 0; j < r->nfields; j++)
			hash = hash_field(hash, &r->fields[j]);
	}
	return hash;
}

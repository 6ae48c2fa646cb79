/* What a declaration leaves out: paths, schemas and operations. */
#include "declaration_reading.h"

#include "table.h"

#define KEEP(r, ...) region_copy((r)->region, arena_printf((r)->arena, __VA_ARGS__)).ptr

/* Schemas. */

enum default_schema { DEFAULT_CREATE, DEFAULT_UPDATE, DEFAULT_RESPONSE, DEFAULT_TREE };

/* "UserWithPosts" */
static const char *tree_name(struct reading *r, const struct resource *resource)
{
	struct str name = arena_printf(r->arena, "%sWith", resource->schema);
	const struct resource *child = NULL;

	while ((child = resource_next_embedded(resource, child)))
		name = arena_printf(r->arena, "%s%s", name.ptr,
			declaration_camel_case(r->arena, child->plural).ptr);
	return region_copy(r->region, name).ptr;
}

/* The schema of the answer to READ. */
static const struct schema *read_schema(const struct resource *resource)
{
	return &resource->schemas[resource_has_embedded(resource) ? DEFAULT_TREE
								  : DEFAULT_RESPONSE];
}

/* A schema that is being filled. */
struct filling {
	struct reading *reading;
	struct schema *schema;
	struct member *members;
};

static void add_member(struct filling *f, const struct member *member)
{
	f->members[f->schema->nmembers++] = *member;
	f->schema->fields |= UINT64_C(1) << member->index;
}

static void add_embed(struct filling *f, const struct member *member)
{
	struct member *added = &f->members[f->schema->nmembers++];

	*added = *member;
	added->number = f->reading->api->nembeds++;
	f->schema->nembeds++;
}

static void add_fields(struct filling *filling, unsigned with, unsigned without, bool optional)
{
	const struct resource *resource = filling->schema->resource;

	for (unsigned i = 0; i < resource->nfields; i++) {
		const struct field *f = &resource->fields[i];
		if ((f->flags & with) == with && !(f->flags & without))
			add_member(filling, &(struct member){
						    .name = f->name,
						    .kind = MEMBER_FIELD,
						    .field = f,
						    .index = i,
						    .optional = optional,
					    });
	}
}

static void add_embedded(struct filling *filling)
{
	const struct resource *child = NULL;

	while ((child = resource_next_embedded(filling->schema->resource, child)))
		add_embed(filling, &(struct member){
					   .name = child->plural,
					   .kind = MEMBER_MANY,
					   .field = &child->fields[child->parent_field],
					   .index = child->parent_field,
					   .has_preset = true,
					   .of = child,
					   .schema = read_schema(child),
				   });
}

static unsigned count_embedded(const struct resource *resource)
{
	const struct resource *child = NULL;
	unsigned count = 0;

	while ((child = resource_next_embedded(resource, child)))
		count++;
	return count;
}

static void name_schemas(struct reading *r, struct draft *draft)
{
	struct resource *resource = draft->resource;
	struct schema *schemas = region_alloc(r->region, (DEFAULT_TREE + 1) * sizeof(*schemas));

	schemas[DEFAULT_CREATE].name = KEEP(r, "%sCreate", resource->schema);
	schemas[DEFAULT_UPDATE].name = KEEP(r, "%sUpdate", resource->schema);
	schemas[DEFAULT_RESPONSE].name = KEEP(r, "%sResponse", resource->schema);
	resource->nschemas = DEFAULT_TREE;
	if (resource_has_embedded(resource)) {
		schemas[DEFAULT_TREE].name = tree_name(r, resource);
		resource->nschemas++;
	}
	draft->schemas = schemas;
	resource->schemas = schemas;
}

static void fill_schema(struct reading *r, struct draft *draft, enum default_schema which)
{
	struct resource *resource = draft->resource;
	size_t most = resource->nfields + count_embedded(resource);
	struct filling filling = {
		.reading = r,
		.schema = &draft->schemas[which],
		.members = region_alloc(r->region, most * sizeof(struct member)),
	};

	filling.schema->resource = resource;
	filling.schema->members = filling.members;
	if (which == DEFAULT_CREATE || which == DEFAULT_UPDATE) {
		add_fields(&filling, FIELD_INPUT, 0, which == DEFAULT_UPDATE);
		return;
	}
	add_fields(&filling, FIELD_INPUT, FIELD_HIDDEN, false);
	add_fields(&filling, 0, FIELD_INPUT | FIELD_HIDDEN, false);
	if (which == DEFAULT_TREE)
		add_embedded(&filling);
}

/* Operations. */

static const char *row_path(struct reading *r, const struct resource *resource)
{
	const char *slash = resource->path[strlen(resource->path) - 1] == '/' ? "" : "/";

	return KEEP(r, "%s%s{%s_id}", resource->path, slash, resource->name);
}

static const char *collection_path(struct reading *r, const struct resource *resource)
{
	(void)r;
	return resource->path;
}

/* Rows are created below their parent. */
static const char *creation_path(struct reading *r, const struct resource *resource)
{
	if (!resource->parent)
		return resource->path;
	return KEEP(r, "%s/%s", row_path(r, resource->parent), resource->plural);
}

static const struct operation_default {
	const char *verb; /* of the function's name */
	bool plural;      /* "list_users", "get_user" */
	int status;
	bool partial;
	enum answer_kind answer;
	int body; /* enum default_schema; -1: none */
	const char *(*path)(struct reading *r, const struct resource *resource);
} defaults[] = {
	[ACTION_LIST] = { "list", true, 200, false, ANSWER_ROWS, -1, collection_path },
	[ACTION_CREATE] = { "create", false, 201, false, ANSWER_ROW, DEFAULT_CREATE,
		creation_path },
	[ACTION_READ] = { "get", false, 200, false, ANSWER_ROW, -1, row_path },
	[ACTION_UPDATE] = { "update", false, 200, true, ANSWER_ROW, DEFAULT_UPDATE, row_path },
	[ACTION_DELETE] = { "delete", false, 204, false, ANSWER_NOTHING, -1, row_path },
	[ACTION_REPLACE] = { "replace", false, 200, false, ANSWER_ROW, DEFAULT_CREATE, row_path },
	[ACTION_CHILDREN] = { "list", true, 200, false, ANSWER_ROWS, -1, creation_path },
};
_Static_assert(NITEMS(defaults) == ACTION__COUNT, "an action has no default");

static const struct schema *shown_by(const struct resource *resource, enum action action)
{
	if (defaults[action].answer == ANSWER_NOTHING)
		return NULL;
	return action == ACTION_READ ? read_schema(resource) : &resource->schemas[DEFAULT_RESPONSE];
}

static void complete_operation(
	struct reading *r, struct resource *resource, struct operation *operation)
{
	const struct operation_default *d = &defaults[operation->action];

	operation->resource = resource;
	operation->path = d->path(r, resource);
	operation->tags = resource->tags;
	operation->ntags = resource->ntags;
	operation->name = KEEP(r, "%s_%s", d->verb, d->plural ? resource->plural : resource->name);
	operation->status = d->status;
	operation->partial = d->partial;
	operation->answer = d->answer;
	operation->body = d->body < 0 ? NULL : &resource->schemas[d->body];
	operation->shown = shown_by(resource, operation->action);
	resource->by_action[operation->action] = operation;
}

/* In the order in which their paths come first in OpenAPI. */
static void list_all(struct reading *r, struct draft *draft)
{
	static const enum action orders[][DEFAULT_OPERATIONS] = {
		{ ACTION_LIST, ACTION_CREATE, ACTION_READ, ACTION_UPDATE, ACTION_DELETE },
		{ ACTION_CREATE, ACTION_LIST, ACTION_READ, ACTION_UPDATE, ACTION_DELETE },
	};

	draft->noperations = DEFAULT_OPERATIONS;
	draft->operations = region_alloc(r->region, DEFAULT_OPERATIONS * sizeof(struct operation));
	for (unsigned i = 0; i < DEFAULT_OPERATIONS; i++)
		draft->operations[i].action = orders[draft->resource->parent != NULL][i];
}

static void complete_operations(struct reading *r, struct draft *draft)
{
	if (!draft->operations)
		list_all(r, draft);
	draft->resource->operations = draft->operations;
	draft->resource->noperations = draft->noperations;
	for (unsigned i = 0; i < draft->noperations; i++)
		complete_operation(r, draft->resource, &draft->operations[i]);
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

void declaration_complete(struct reading *r)
{
	for (unsigned i = 0; i < r->ndrafts; i++) {
		struct resource *resource = r->placed[i]->resource;
		if (!resource->path)
			resource->path = KEEP(r, "%s/%s", r->api->prefix, resource->plural);
		resource->not_found.status = 404;
		resource->conflict.status = resource->in_use.status = 409;
		name_schemas(r, r->placed[i]);
	}
	for (unsigned i = 0; i < r->ndrafts; i++) {
		struct resource *resource = r->placed[i]->resource;
		for (unsigned s = 0; s < resource->nschemas; s++)
			fill_schema(r, r->placed[i], (enum default_schema)s);
		complete_operations(r, r->placed[i]);
	}
	list_embeds(r);
	declaration_derive_shapes(r);
}

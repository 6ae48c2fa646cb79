/* The operations that a resource has without declaring them, and what they are. */
#include "declaration_reading.h"

#include "table.h"

#define KEEP(r, ...) region_copy((r)->region, arena_printf((r)->arena, __VA_ARGS__)).ptr

bool declaration_parent_in_path(const struct resource *resource)
{
	return resource->parent && !(resource->fields[resource->parent_field].flags & FIELD_INPUT);
}

/* Paths. */

static const char *row_path(struct reading *r, const struct resource *resource)
{
	const char *slash = resource->path[strlen(resource->path) - 1] == '/' ? "" : "/";

	return KEEP(r, "%s%s{%s}", resource->path, slash, resource->key_parameter.name);
}

static const char *collection_path(struct reading *r, const struct resource *resource)
{
	(void)r;
	return resource->path;
}

static const char *children_path(struct reading *r, const struct resource *resource)
{
	return KEEP(r, "%s/%s", row_path(r, resource->parent), resource->plural);
}

static const char *creation_path(struct reading *r, const struct resource *resource)
{
	return declaration_parent_in_path(resource) ? children_path(r, resource) : resource->path;
}

/* The names of functions. */

/* "list_users" */
static const char *plural_name(struct reading *r, const struct resource *resource, const char *verb)
{
	return KEEP(r, "%s_%s", verb, resource->plural);
}

/* "get_user" */
static const char *row_name(struct reading *r, const struct resource *resource, const char *verb)
{
	return KEEP(r, "%s_%s", verb, resource->name);
}

/* "list_user_posts" */
static const char *children_name(
	struct reading *r, const struct resource *resource, const char *verb)
{
	return KEEP(r, "%s_%s_%s", verb, resource->parent->name, resource->plural);
}

/* clang-format off */
#define DEFAULTS(ROW) \
	ROW(ACTION_LIST,     "list",    plural_name,   collection_path, DEFAULT_NONE,   DEFAULT_RESPONSE) \
	ROW(ACTION_CREATE,   "create",  row_name,      creation_path,   DEFAULT_CREATE, DEFAULT_RESPONSE) \
	ROW(ACTION_READ,     "get",     row_name,      row_path,        DEFAULT_NONE,   DEFAULT_TREE) \
	ROW(ACTION_UPDATE,   "update",  row_name,      row_path,        DEFAULT_UPDATE, DEFAULT_RESPONSE) \
	ROW(ACTION_DELETE,   "delete",  row_name,      row_path,        DEFAULT_NONE,   DEFAULT_NONE) \
	ROW(ACTION_REPLACE,  "replace", row_name,      row_path,        DEFAULT_CREATE, DEFAULT_RESPONSE) \
	ROW(ACTION_CHILDREN, "list",    children_name, children_path,   DEFAULT_NONE,   DEFAULT_RESPONSE)
/* clang-format on */

static const struct {
	const char *verb;
	const char *(*name)(struct reading *r, const struct resource *resource, const char *verb);
	const char *(*path)(struct reading *r, const struct resource *resource);
	enum default_schema body, answer;
} defaults[] = { DEFAULTS(TABLE_ROW) };
TABLE_IS_WHOLE(DEFAULTS, ACTION__COUNT);

const char *declaration_default_path(struct reading *r, const struct operation *o)
{
	return defaults[o->action].path(r, o->resource);
}

const char *declaration_default_name(struct reading *r, const struct operation *o)
{
	return defaults[o->action].name(r, o->resource, defaults[o->action].verb);
}

enum default_schema declaration_default_body(const struct operation *o)
{
	return defaults[o->action].body;
}

enum default_schema declaration_default_answer(const struct operation *o)
{
	enum default_schema answer = defaults[o->action].answer;

	if (answer == DEFAULT_TREE && !resource_has_embedded(o->resource))
		return DEFAULT_RESPONSE;
	return answer;
}

/* Which there are. */

static const enum action *default_order(const struct resource *resource)
{
	/* In the order in which their paths come first in OpenAPI. */
	static const enum action orders[][DEFAULT_OPERATIONS] = {
		{ ACTION_LIST, ACTION_CREATE, ACTION_READ, ACTION_UPDATE, ACTION_DELETE },
		{ ACTION_CREATE, ACTION_LIST, ACTION_READ, ACTION_UPDATE, ACTION_DELETE },
	};

	return orders[declaration_parent_in_path(resource)];
}

void declaration_add_operations(struct reading *r, struct draft *draft)
{
	const enum action *order = default_order(draft->resource);

	draft->operations = region_alloc(r->region, DEFAULT_OPERATIONS * sizeof(struct operation));
	draft->operation_spots = arena_calloc(r->arena, DEFAULT_OPERATIONS, sizeof(struct spot *));
	draft->noperations = DEFAULT_OPERATIONS;
	for (unsigned i = 0; i < DEFAULT_OPERATIONS; i++)
		draft->operations[i].action = order[i];
}

bool declaration_has_default_operations(const struct resource *r)
{
	const enum action *order = default_order(r);

	if (r->noperations != DEFAULT_OPERATIONS)
		return false;
	for (unsigned i = 0; i < DEFAULT_OPERATIONS; i++)
		if (r->operations[i].action != order[i] || r->operations[i].declared)
			return false;
	return true;
}

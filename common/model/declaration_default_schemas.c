/* The schemas that a resource has without declaring them. */
#include "declaration_reading.h"

/* "UserWithPosts" */
static struct str tree_name(struct arena *arena, const struct resource *resource)
{
	struct str name = arena_printf(arena, "%sWith", resource->schema);
	const struct resource *child = NULL;

	while ((child = resource_next_embedded(resource, child)))
		name = arena_printf(
			arena, "%s%s", name.ptr, declaration_camel_case(arena, child->plural).ptr);
	return name;
}

struct str declaration_default_schema_name(
	struct reading *r, const struct resource *resource, enum default_schema which)
{
	static const char *const suffixes[] = {
		[DEFAULT_CREATE] = "Create",
		[DEFAULT_UPDATE] = "Update",
		[DEFAULT_RESPONSE] = "Response",
	};

	if (which == DEFAULT_TREE)
		return tree_name(r->arena, resource);
	return arena_printf(r->arena, "%s%s", resource->schema, suffixes[which]);
}

/* A schema that is being filled. */
struct filling {
	struct reading *reading;
	struct schema *schema;
	struct member *members;
};

static void add_fields(struct filling *filling, unsigned with, unsigned without, bool optional)
{
	const struct resource *resource = filling->schema->resource;

	for (unsigned i = 0; i < resource->nfields; i++) {
		const struct field *f = &resource->fields[i];
		if ((f->flags & with) != with || f->flags & without)
			continue;
		filling->members[filling->schema->nmembers++] = (struct member){
			.name = f->name,
			.kind = MEMBER_FIELD,
			.field = f,
			.index = i,
			.optional = optional,
		};
		filling->schema->fields |= UINT64_C(1) << i;
	}
}

/* What is shown of a row that is read, or embedded in another. */
static enum default_schema whole(const struct resource *resource)
{
	return resource_has_embedded(resource) ? DEFAULT_TREE : DEFAULT_RESPONSE;
}

static void add_embedded(struct filling *filling)
{
	struct reading *r = filling->reading;
	const struct resource *child = NULL;

	while ((child = resource_next_embedded(filling->schema->resource, child))) {
		filling->members[filling->schema->nmembers++] = (struct member){
			.name = child->plural,
			.kind = MEMBER_MANY,
			.field = &child->fields[child->parent_field],
			.index = child->parent_field,
			.has_preset = true,
			.of = child,
			.schema = declaration_default_schema(
				r, r->placed[child->index], whole(child)),
			.number = r->api->nembeds++,
		};
		filling->schema->nembeds++;
	}
}

static unsigned count_embedded(const struct resource *resource)
{
	const struct resource *child = NULL;
	unsigned count = 0;

	while ((child = resource_next_embedded(resource, child)))
		count++;
	return count;
}

static void fill(struct reading *r, struct schema *schema, enum default_schema which)
{
	size_t most = schema->resource->nfields + count_embedded(schema->resource);
	struct filling filling = {
		.reading = r,
		.schema = schema,
		.members = region_alloc(r->region, most * sizeof(struct member)),
	};

	schema->members = filling.members;
	if (which == DEFAULT_CREATE)
		add_fields(&filling, FIELD_INPUT, 0, false);
	if (which == DEFAULT_UPDATE)
		add_fields(&filling, FIELD_INPUT, FIELD_PARENT, true);
	if (which == DEFAULT_CREATE || which == DEFAULT_UPDATE)
		return;
	add_fields(&filling, FIELD_INPUT, FIELD_HIDDEN, false);
	add_fields(&filling, 0, FIELD_INPUT | FIELD_HIDDEN, false);
	if (which == DEFAULT_TREE)
		add_embedded(&filling);
}

static const struct schema *find_declared(const struct draft *draft, struct str name)
{
	for (unsigned i = 0; i < draft->nschemas; i++)
		if (str_equal(name, str_from(draft->schemas[i].name)))
			return &draft->schemas[i];
	return NULL;
}

static const struct schema *add(
	struct reading *r, struct draft *draft, struct str name, enum default_schema which)
{
	struct schema *schema = &draft->schemas[draft->resource->nschemas++];

	schema->name = region_copy(r->region, name).ptr;
	schema->resource = draft->resource;
	fill(r, schema, which);
	return schema;
}

const struct schema *declaration_default_schema(
	struct reading *r, struct draft *draft, enum default_schema which)
{
	if (!draft->defaults[which]) {
		struct str name = declaration_default_schema_name(r, draft->resource, which);
		const struct schema *declared = find_declared(draft, name);
		draft->defaults[which] = declared ? declared : add(r, draft, name, which);
	}
	return draft->defaults[which];
}

/* Names. */

static bool has_default(const struct resource *resource, enum default_schema which)
{
	return which != DEFAULT_TREE || resource_has_embedded(resource);
}

static struct str list_schemas(struct reading *r, const struct draft *draft)
{
	struct str list = STR("");

	for (unsigned i = 0; i < draft->nschemas; i++)
		list = arena_printf(
			r->arena, "%s%s%s", list.ptr, list.len ? ", " : "", draft->schemas[i].name);
	for (unsigned d = 0; d < DEFAULT__COUNT; d++) {
		struct str name =
			declaration_default_schema_name(r, draft->resource, (enum default_schema)d);
		if (has_default(draft->resource, (enum default_schema)d) &&
			!find_declared(draft, name))
			list = arena_printf(
				r->arena, "%s%s%s", list.ptr, list.len ? ", " : "", name.ptr);
	}
	return list;
}

bool declaration_find_schema(struct reading *r, const struct spot *spot, struct draft *draft,
	const struct schema **schema)
{
	struct str name = spot->value->type == JSON_STRING ? spot->value->text : STR("");

	*schema = find_declared(draft, name);
	for (unsigned d = 0; d < DEFAULT__COUNT && !*schema; d++)
		if (has_default(draft->resource, (enum default_schema)d) &&
			str_equal(name, declaration_default_schema_name(
						r, draft->resource, (enum default_schema)d)))
			*schema = declaration_default_schema(r, draft, (enum default_schema)d);
	return *schema || reading_refuse_word(r, spot, list_schemas(r, draft));
}
